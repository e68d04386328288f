import { isAscii } from 'node:buffer';
import { type Data, DataType, DateUnit, Precision, TimeUnit } from 'apache-arrow';
import type { CodeArray, Column, NumberArray } from './columns.ts';

const WORD = 2 ** 32;

/**
 * The column of a file, or undefined where its Arrow type has no place in `Column`.
 * One chunk (what `encodeArrow` writes) gives views of the file's own bytes; several are joined by a copy.
 * Offsets are checked nowhere here: the bytes were verified, and the tables' own checks come after.
 */
export const columnFromArrow = (type: DataType, chunks: readonly Data[]): Column | undefined => {
  if (isNumber(type)) return { kind: 'numbers', values: joined(chunks.map(valuesOf), numberArrayOf(type)) };
  if (DataType.isUtf8(type)) return { kind: 'strings', values: chunks.flatMap(stringsOf) };
  if (DataType.isDictionary(type)) return codedColumn(type, chunks);
  if (DataType.isList(type)) return listColumn(type.children[0].type, chunks);
  if (DataType.isFixedSizeList(type) && DataType.isFloat(type.children[0].type)) {
    const values = joined(
      chunks.map((chunk) => valuesOf(chunk.children[0])),
      numberArrayOf(type.children[0].type),
    );
    return values instanceof Float32Array ? { kind: 'vectors', size: type.listSize, values } : undefined;
  }
  if (DataType.isTimestamp(type) && type.unit === TimeUnit.MILLISECOND) {
    return { kind: 'timestamps', values: joined(chunks.map(millisecondsOf), Float64Array) };
  }
  if (DataType.isDate(type) && type.unit === DateUnit.DAY) {
    return {
      kind: 'days',
      values: joined(
        chunks.map((chunk) => valuesOf(chunk) as Int32Array),
        Int32Array,
      ),
    };
  }
  if (DataType.isBool(type)) return { kind: 'flags', values: joined(chunks.map(flagsOf), Uint8Array) };
  return undefined;
};

const isNumber = (type: DataType): boolean =>
  DataType.isFloat(type) ? type.precision !== Precision.HALF : DataType.isInt(type) && type.bitWidth < 64;

type NumberArrayConstructor = new (length: number) => NumberArray;

const numberArrayOf = (type: DataType): NumberArrayConstructor => type.ArrayType as NumberArrayConstructor;

/** The buffer is padded to 8 bytes, so it is longer than its rows. */
const valuesOf = (data: Data): NumberArray => (data.values as NumberArray).subarray(0, data.length);

const joined = <T extends NumberArray>(parts: readonly T[], type: new (length: number) => T): T => {
  if (parts.length === 1) return parts[0];
  const out = new type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** Where every byte is a character, all are decoded at once and cut apart: a call for each takes five times as long. */
const stringsOf = (data: Data): string[] => {
  const bytes = data.values as Uint8Array;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = data.valueOffsets as Int32Array;
  const strings = new Array<string>(data.length);
  if (isAscii(text)) {
    const whole = text.toString('latin1');
    for (let i = 0; i < strings.length; i++) strings[i] = whole.slice(offsets[i], offsets[i + 1]);
  } else {
    for (let i = 0; i < strings.length; i++) strings[i] = text.toString('utf8', offsets[i], offsets[i + 1]);
  }
  return strings;
};

const codedColumn = (type: DataType, chunks: readonly Data[]): Column | undefined => {
  if (!DataType.isDictionary(type) || !DataType.isUtf8(type.dictionary)) return undefined;
  const codes = joined(chunks.map(valuesOf), numberArrayOf(type.indices));
  const isCodes = codes instanceof Uint8Array || codes instanceof Uint16Array || codes instanceof Uint32Array;
  if (!isCodes) return undefined;
  const list =
    chunks.length === 0 ? [] : (chunks[0].dictionary?.data ?? []).flatMap((part) => stringsOf(part));
  return { kind: 'coded', codes: codes as CodeArray, list };
};

const listColumn = (itemType: DataType, chunks: readonly Data[]): Column | undefined => {
  const offsets = joinedOffsets(chunks);
  const items = columnFromArrow(itemType, chunks.map(itemsOf));
  if (items?.kind === 'coded') return { kind: 'code-lists', offsets, codes: items.codes, list: items.list };
  if (items?.kind === 'numbers') return { kind: 'number-lists', offsets, values: items.values };
  return undefined;
};

/** The items that the chunk's rows hold, and no others. */
const itemsOf = ({ length, valueOffsets, children }: Data): Data => {
  const [first, last] = [valueOffsets[0] as number, valueOffsets[length] as number];
  return first === 0 && last === children[0].length ? children[0] : children[0].slice(first, last - first);
};

const joinedOffsets = (chunks: readonly Data[]): Uint32Array => {
  if (chunks.length === 1 && chunks[0].valueOffsets[0] === 0) {
    const { buffer, byteOffset } = chunks[0].valueOffsets as Int32Array;
    return new Uint32Array(buffer, byteOffset, chunks[0].length + 1);
  }
  const out = new Uint32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 1));
  let row = 0;
  for (const { length, valueOffsets } of chunks) {
    const base = out[row] - (valueOffsets[0] as number);
    for (let i = 1; i <= length; i++) out[row + i] = base + (valueOffsets[i] as number);
    row += length;
  }
  return out;
};

const millisecondsOf = (data: Data): Float64Array => {
  const { buffer, byteOffset } = data.values as BigInt64Array;
  const low = new Uint32Array(buffer, byteOffset, 2 * data.length);
  const high = new Int32Array(buffer, byteOffset, 2 * data.length);
  const out = new Float64Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = high[2 * i + 1] * WORD + low[2 * i];
  return out;
};

const flagsOf = (data: Data): Uint8Array => {
  const bits = data.values as Uint8Array;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = (bits[i >> 3] >> (i & 7)) & 1;
  return out;
};
