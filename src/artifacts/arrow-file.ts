import {
  type Data,
  Field,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
} from 'apache-arrow';
import { callerError, messageOf } from '../domain/errors.ts';
import { columnFromArrow } from './arrow-decode.ts';
import { arrowData } from './arrow-encode.ts';
import { type ArrowTable, asColumn, type Column, type Columns } from './columns.ts';

/**
 * The columns as the bytes of an Arrow IPC file, in one record batch so that it is read back without a copy.
 * Equal columns give equal bytes.
 * @throws RangeError when there is no column, the columns differ in length, or a value cannot be written
 */
export const encodeArrow = (columns: Columns): Uint8Array => {
  const entries = Object.entries(columns).map(([name, column]) => ({ name, column: asColumn(column) }));
  if (entries.length === 0) throw new RangeError('a table of no columns, expected at least one');
  const children = entries.map(({ name, column }, i) => arrowData(name, column, i));
  const { length } = children[0];
  for (const [i, { name }] of entries.entries()) {
    if (children[i].length === length) continue;
    throw new RangeError(
      `column ${name}: ${children[i].length} rows, expected ${length} as in ${entries[0].name}`,
    );
  }
  const fields = entries.map(({ name }, i) => new Field(name, children[i].type, false));
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return RecordBatchFileWriter.writeAll([new RecordBatch(new Schema(fields), data)]).toUint8Array(true);
};

/**
 * The table of an Arrow IPC file; arrays are views of `bytes` where it holds one record batch and
 * begins at a multiple of 8 bytes.
 * The bytes must have passed `readVerified` first: apache-arrow may hang on damaged ones, or load wrong data.
 * `file` stands in messages only.
 * @throws MarqueeError (caller) when the bytes are no Arrow file, or a column holds nulls or a type not known here
 */
export const decodeArrow = (bytes: Uint8Array, file: string): ArrowTable => {
  const { schema, batches } = parse(bytes, file);
  const columns = new Map<string, Column>();
  for (const [i, field] of schema.fields.entries()) {
    const chunks: Data[] = batches.map((batch) => batch.data.children[i]);
    if (chunks.some(hasNulls)) {
      throw callerError(
        'arrow-nulls',
        `${file}: column ${field.name} holds nulls, expected a value in each row`,
      );
    }
    const column = columnFromArrow(field.type, chunks);
    if (column === undefined) {
      throw callerError(
        'arrow-type',
        `${file}: column ${field.name} holds ${field.type}, which is not read here`,
      );
    }
    columns.set(field.name, column);
  }
  return { file, rows: batches.reduce((sum, batch) => sum + batch.numRows, 0), columns };
};

const parse = (bytes: Uint8Array, file: string): { schema: Schema; batches: RecordBatch[] } => {
  try {
    const reader = RecordBatchReader.from(bytes).open();
    return { schema: reader.schema, batches: [...reader] };
  } catch (thrown) {
    const reason = messageOf(thrown).replace(/\s+/g, ' ');
    throw callerError('arrow-invalid', `${file}: not an Arrow file (${reason})`, { cause: thrown });
  }
};

const hasNulls = (data: Data): boolean => data.nullCount > 0 || data.children.some(hasNulls);
