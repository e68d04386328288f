import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  List,
  makeData,
  TimestampMillisecond,
  Uint8,
  Uint16,
  Uint32,
  Utf8,
  Vector,
} from 'apache-arrow';
import type { CodeArray, Column, NumberArray } from './columns.ts';

/** Buffers of 2 GiB and more overflow the 32-bit arithmetic of apache-arrow 21's writer. */
const MAX_BUFFER_BYTES = 2 ** 31 - 8;
const WORD = 2 ** 32;

/** Lets a message say which row of which column cannot be written. */
type Refuse = (row: number, got: unknown, expected: string) => RangeError;

/**
 * The column as Arrow memory: the caller's typed arrays themselves wherever Arrow lays them out the same way.
 * `dictionaryId` must differ between the columns of one file.
 * A lone surrogate in a string is written as U+FFFD, for Arrow's strings are UTF-8.
 * @throws RangeError on a code outside its list, offsets that fall, a time that is not a whole number of
 *   milliseconds, a flag other than 0 and 1, or a buffer of 2 GiB
 */
export const arrowData = (name: string, column: Column, dictionaryId: number): Data => {
  const refuse: Refuse = (row, got, expected) =>
    new RangeError(`column ${name}, row ${row}: got ${got}, expected ${expected}`);
  switch (column.kind) {
    case 'numbers':
      return numberData(column.values);
    case 'strings':
      return stringData(column.values, refuse);
    case 'coded':
      return codedData(column.codes, column.list, dictionaryId, refuse);
    case 'code-lists':
      return listData(column.offsets, codedData(column.codes, column.list, dictionaryId, refuse), refuse);
    case 'number-lists':
      return listData(column.offsets, numberData(column.values), refuse);
    case 'vectors': {
      const { size, values } = column;
      if (!Number.isInteger(size) || size < 1)
        throw new RangeError(`column ${name}: size ${size}, expected >= 1`);
      if (values.length % size !== 0) {
        throw new RangeError(`column ${name}: ${values.length} values, expected a multiple of ${size}`);
      }
      const child = numberData(values);
      const type = new FixedSizeList(size, new Field('item', new Float32(), false));
      return makeData({ type, length: values.length / size, nullCount: 0, child: child as Data<Float32> });
    }
    case 'timestamps':
      return makeData({
        type: new TimestampMillisecond('UTC'),
        length: column.values.length,
        nullCount: 0,
        data: int64Of(column.values, refuse),
      });
    case 'days':
      return makeData({
        type: new DateDay(),
        length: column.values.length,
        nullCount: 0,
        data: bounded(column.values),
      });
    case 'flags':
      return makeData({
        type: new Bool(),
        length: column.values.length,
        nullCount: 0,
        data: packedBits(column.values, refuse),
      });
  }
};

const numberType = (values: NumberArray): DataType => {
  if (values instanceof Uint8Array) return new Uint8();
  if (values instanceof Uint16Array) return new Uint16();
  if (values instanceof Uint32Array) return new Uint32();
  if (values instanceof Int8Array) return new Int8();
  if (values instanceof Int16Array) return new Int16();
  if (values instanceof Int32Array) return new Int32();
  if (values instanceof Float32Array) return new Float32();
  return new Float64();
};

const bounded = <T extends ArrayBufferView>(values: T): T => {
  if (values.byteLength > MAX_BUFFER_BYTES) {
    throw new RangeError(`a column of ${values.byteLength} bytes, expected at most ${MAX_BUFFER_BYTES}`);
  }
  return values;
};

const numberData = (values: NumberArray): Data =>
  makeData({
    type: numberType(values) as Float32, // one of the number types; makeData treats them alike
    length: values.length,
    nullCount: 0,
    data: bounded(values) as Float32Array,
  });

const stringData = (strings: readonly string[], refuse: Refuse): Data<Utf8> => {
  const valueOffsets = new Int32Array(strings.length + 1);
  let bytes = 0;
  for (let i = 0; i < strings.length; i++) {
    bytes += Buffer.byteLength(strings[i]);
    if (bytes > MAX_BUFFER_BYTES) throw refuse(i, `${bytes} bytes of text`, `at most ${MAX_BUFFER_BYTES}`);
    valueOffsets[i + 1] = bytes;
  }
  const data = Buffer.alloc(bytes);
  for (let i = 0; i < strings.length; i++) data.write(strings[i], valueOffsets[i]);
  return makeData({ type: new Utf8(), length: strings.length, nullCount: 0, valueOffsets, data });
};

const codedData = (codes: CodeArray, list: readonly string[], id: number, refuse: Refuse): Data => {
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] >= list.length) throw refuse(i, `code ${codes[i]}`, `less than ${list.length}`);
  }
  return makeData({
    // The id is ours, because the library's own counter would make equal tables differ in their bytes.
    type: new Dictionary(new Utf8(), numberType(codes) as Uint8, id, false),
    length: codes.length,
    nullCount: 0,
    data: bounded(codes) as Uint8Array,
    dictionary: new Vector([stringData(list, refuse)]),
  });
};

const listData = (offsets: Uint32Array, child: Data, refuse: Refuse): Data => {
  const rows = offsets.length - 1;
  if (rows < 0) throw refuse(0, 'no offsets', 'one more than there are rows');
  for (let i = 0; i < rows; i++) {
    if (offsets[i + 1] < offsets[i]) throw refuse(i, `offset ${offsets[i + 1]}`, `>= ${offsets[i]}`);
  }
  if (offsets[rows] > child.length) throw refuse(rows, `offset ${offsets[rows]}`, `<= ${child.length}`);
  return makeData({
    type: new List(new Field('item', child.type, false)),
    length: rows,
    nullCount: 0,
    valueOffsets: new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length),
    child,
  });
};

/** Two 32-bit halves, because a BigInt for each value would take ten times as long. */
const int64Of = (values: Float64Array, refuse: Refuse): BigInt64Array => {
  const out = new BigInt64Array(values.length);
  bounded(out);
  const low = new Uint32Array(out.buffer);
  const high = new Int32Array(out.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isSafeInteger(value)) throw refuse(i, value, 'whole milliseconds');
    const upper = Math.floor(value / WORD);
    low[2 * i] = value - upper * WORD;
    high[2 * i + 1] = upper;
  }
  return out;
};

const packedBits = (flags: Uint8Array, refuse: Refuse): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(flags.length / 8));
  for (let i = 0; i < flags.length; i++) {
    if (flags[i] > 1) throw refuse(i, flags[i], '0 or 1');
    bits[i >> 3] |= flags[i] << (i & 7);
  }
  return bits;
};
