import {
  Field,
  Float32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrowData } from '../../src/artifacts/arrow-encode.ts';
import { decodeArrow, encodeArrow } from '../../src/artifacts/arrow-file.ts';
import { type Column, type Columns, columnOf, numbersOf } from '../../src/artifacts/columns.ts';
import { refusalOf } from './expect-refusal.ts';

const FILE = 'table.arrow';
const text = fc.string({ unit: 'binary', maxLength: 6 });
const byte = fc.nat(255);

const sized = <T>(rows: number, item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(item, { minLength: rows, maxLength: rows });

const offsetsOf = (lengths: readonly number[]): Uint32Array => {
  const offsets = new Uint32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = offsets[i] + length;
  return offsets;
};

/** A table of every kind of column, each of the same number of rows. */
const columnsArbitrary: fc.Arbitrary<Record<string, Column>> = fc
  .record({
    rows: fc.nat(40),
    size: fc.integer({ min: 1, max: 5 }),
    list: fc.array(text, { minLength: 1, maxLength: 9 }),
  })
  .chain(({ rows, size, list }) => {
    const code = fc.nat(list.length - 1);
    const lists = sized(rows, fc.array(byte, { maxLength: 4 }));
    const whole = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
    return fc.record({
      u8: sized(rows, byte).map((x): Column => ({ kind: 'numbers', values: Uint8Array.from(x) })),
      i8: sized(rows, byte).map((x): Column => ({ kind: 'numbers', values: Int8Array.from(x) })),
      u16: sized(rows, fc.nat(65535)).map((x): Column => ({ kind: 'numbers', values: Uint16Array.from(x) })),
      i16: sized(rows, fc.nat(65535)).map((x): Column => ({ kind: 'numbers', values: Int16Array.from(x) })),
      u32: sized(rows, fc.nat()).map(
        (x): Column => ({ kind: 'numbers', values: Uint32Array.from(x, (y) => -y) }),
      ),
      i32: sized(rows, fc.integer()).map((x): Column => ({ kind: 'numbers', values: Int32Array.from(x) })),
      f32: sized(rows, fc.float()).map((x): Column => ({ kind: 'numbers', values: Float32Array.from(x) })),
      f64: sized(rows, fc.double()).map((x): Column => ({ kind: 'numbers', values: Float64Array.from(x) })),
      name: sized(rows, text).map((x): Column => ({ kind: 'strings', values: x })),
      coded: sized(rows, code).map((x): Column => ({ kind: 'coded', codes: Uint8Array.from(x), list })),
      wide: sized(rows, code).map((x): Column => ({ kind: 'coded', codes: Uint32Array.from(x), list })),
      genres: sized(rows, fc.array(code, { maxLength: 4 })).map(
        (x): Column => ({
          kind: 'code-lists',
          offsets: offsetsOf(x.map((row) => row.length)),
          codes: Uint8Array.from(x.flat()),
          list,
        }),
      ),
      weights: lists.map(
        (x): Column => ({
          kind: 'number-lists',
          offsets: offsetsOf(x.map((row) => row.length)),
          values: Float64Array.from(x.flat()),
        }),
      ),
      theme: sized(rows * size, fc.float()).map(
        (x): Column => ({ kind: 'vectors', size, values: Float32Array.from(x) }),
      ),
      time: sized(rows, whole).map((x): Column => ({ kind: 'timestamps', values: Float64Array.from(x) })),
      day: sized(rows, fc.integer()).map((x): Column => ({ kind: 'days', values: Int32Array.from(x) })),
      clicked: sized(rows, fc.nat(1)).map((x): Column => ({ kind: 'flags', values: Uint8Array.from(x) })),
    });
  });

const read = (bytes: Uint8Array) => Object.fromEntries(decodeArrow(bytes, FILE).columns);

describe('an Arrow file', () => {
  it('gives back every column as it was written', () => {
    fc.assert(
      fc.property(columnsArbitrary, (columns) => {
        expect(read(encodeArrow(columns))).toEqual(columns);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it('has the same bytes for the same columns', () => {
    const columns: Columns = { kind: { kind: 'coded', codes: Uint8Array.of(1, 0), list: ['a', 'b'] } };
    expect(encodeArrow(columns)).toEqual(encodeArrow(columns));
  });

  it('is read without copying the numbers', () => {
    const bytes = encodeArrow({
      member: Uint32Array.of(1, 2, 3),
      device: { kind: 'coded', codes: Uint8Array.of(0, 1, 0), list: ['tv', 'phone'] },
      theme: { kind: 'vectors', size: 2, values: new Float32Array(6) },
      genres: {
        kind: 'code-lists',
        offsets: Uint32Array.of(0, 1, 1, 2),
        codes: Uint8Array.of(0, 0),
        list: ['x'],
      },
    });
    const table = decodeArrow(bytes, FILE);
    const { offsets, codes } = columnOf(table, 'genres', 'code-lists');
    for (const view of [
      numbersOf(table, 'member', Uint32Array),
      columnOf(table, 'device', 'coded').codes,
      columnOf(table, 'theme', 'vectors').values,
      offsets,
      codes,
    ]) {
      expect(view.buffer).toBe(bytes.buffer);
    }
  });

  it('is read from bytes that begin anywhere in a buffer', () => {
    const columns: Record<string, Column> = {
      weight: { kind: 'numbers', values: Float64Array.of(1.5, -2) },
      time: { kind: 'timestamps', values: Float64Array.of(-1, 1e12) },
      lists: { kind: 'number-lists', offsets: Uint32Array.of(0, 1, 2), values: Uint16Array.of(1, 2) },
    };
    const bytes = encodeArrow(columns);
    for (let shift = 1; shift < 8; shift++) {
      const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
      shifted.set(bytes);
      expect(read(shifted)).toEqual(columns);
    }
  });

  it('holds lists that begin in the middle of their codes', () => {
    const columns: Columns = {
      genres: {
        kind: 'code-lists',
        offsets: Uint32Array.of(2, 3, 5),
        codes: Uint8Array.of(9, 9, 0, 1, 1),
        list: ['a', 'b'],
      },
    };
    expect(() => encodeArrow(columns)).toThrow('row 0: got code 9, expected less than 2');
    const fitting = { ...columns['genres'], codes: Uint8Array.of(0, 0, 0, 1, 1) } as Column;
    expect(read(encodeArrow({ genres: fitting }))['genres']).toEqual({
      kind: 'code-lists',
      offsets: Uint32Array.of(0, 1, 3),
      codes: Uint8Array.of(0, 1, 1),
      list: ['a', 'b'],
    });
  });

  it('of several record batches is read as one table', () => {
    fc.assert(
      fc.property(columnsArbitrary, columnsArbitrary, (one, other) => {
        // The dictionaries must be the same, and sizes too: a file has one schema.
        const names = Object.keys(one).filter((name) => !['coded', 'wide', 'genres', 'theme'].includes(name));
        const pick = (from: Record<string, Column>) => names.map((name) => [name, from[name]] as const);
        const batches = [pick(one), pick(other), pick(one)].map((columns) => {
          const children = columns.map(([name, column], i) => arrowData(name, column, i));
          const fields = columns.map(([name], i) => new Field(name, children[i].type, false));
          const length = children[0].length;
          return new RecordBatch(
            new Schema(fields),
            makeData({ type: new Struct(fields), length, nullCount: 0, children }),
          );
        });
        const bytes = RecordBatchFileWriter.writeAll(batches).toUint8Array(true);
        const table = decodeArrow(bytes, FILE);
        const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
        expect(table.rows).toBe(rows);
        const flat = (column: Column): readonly unknown[] => {
          if (column.kind === 'number-lists') {
            const { offsets, values } = column;
            return Array.from({ length: offsets.length - 1 }, (_, i) => [
              ...values.slice(offsets[i], offsets[i + 1]),
            ]);
          }
          return 'values' in column ? [...column.values] : [];
        };
        for (const name of names) {
          const expected = [one, other, one].flatMap((part) => flat(part[name]));
          expect(flat(table.columns.get(name)!)).toEqual(expected);
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('means to other readers of Arrow what it means to us', () => {
    const table = tableFromIPC(
      encodeArrow({
        time: { kind: 'timestamps', values: Float64Array.of(-1, 0, 1_700_000_000_123) },
        genres: {
          kind: 'code-lists',
          offsets: Uint32Array.of(0, 2, 2, 3),
          codes: Uint8Array.of(1, 0, 1),
          list: ['a', 'b'],
        },
        clicked: { kind: 'flags', values: Uint8Array.of(1, 0, 1) },
      }),
    );
    expect([...table.getChild('time')!]).toEqual([-1, 0, 1_700_000_000_123]);
    expect([...table.getChild('genres')!].map((row) => [...row])).toEqual([['b', 'a'], [], ['b']]);
    expect([...table.getChild('clicked')!]).toEqual([true, false, true]);
  });

  it('refuses to write what would not come back', () => {
    const cases: [Columns, string][] = [
      [{}, 'no columns'],
      [{ a: Uint8Array.of(1), b: Uint8Array.of(1, 2) }, 'column b: 2 rows, expected 1'],
      [{ t: { kind: 'timestamps', values: Float64Array.of(1, 1.5) } }, 'column t, row 1: got 1.5'],
      [{ t: { kind: 'timestamps', values: Float64Array.of(Number.NaN) } }, 'column t, row 0: got NaN'],
      [{ f: { kind: 'flags', values: Uint8Array.of(0, 2) } }, 'column f, row 1: got 2'],
      [{ c: { kind: 'coded', codes: Uint8Array.of(3), list: ['a'] } }, 'column c, row 0: got code 3'],
      [
        { v: { kind: 'vectors', size: 2, values: new Float32Array(3) } },
        '3 values, expected a multiple of 2',
      ],
      [{ v: { kind: 'vectors', size: 0, values: new Float32Array(0) } }, 'size 0'],
      [
        { l: { kind: 'number-lists', offsets: Uint32Array.of(0, 2, 1), values: new Float32Array(2) } },
        'row 1',
      ],
      [
        { l: { kind: 'number-lists', offsets: Uint32Array.of(0, 3), values: new Float32Array(2) } },
        'offset 3',
      ],
      [{ l: { kind: 'number-lists', offsets: new Uint32Array(0), values: new Float32Array(2) } }, 'row'],
    ];
    for (const [columns, message] of cases) {
      expect(() => encodeArrow(columns), message).toThrow(RangeError);
      expect(() => encodeArrow(columns)).toThrow(message);
    }
  });

  it('says which column is not what was asked for', async () => {
    const table = decodeArrow(encodeArrow({ a: Uint8Array.of(1), b: ['x'] }), FILE);
    expect((await refusalOf(() => columnOf(table, 'c', 'numbers'))).message).toBe(
      'table.arrow: no column c, found: a, b',
    );
    expect((await refusalOf(() => columnOf(table, 'b', 'numbers'))).message).toContain(
      'column b holds strings',
    );
    expect((await refusalOf(() => numbersOf(table, 'a', Float32Array))).message).toBe(
      'table.arrow: column a holds Uint8Array, expected Float32Array',
    );
  });

  it('refuses verified bytes that are no table of ours', async () => {
    expect((await refusalOf(() => decodeArrow(Buffer.from('not arrow at all'), FILE))).code).toBe(
      'arrow-invalid',
    );
    const big = tableToIPC(tableFromArrays({ x: BigInt64Array.of(1n) }), 'file');
    expect((await refusalOf(() => decodeArrow(big, FILE))).message).toContain('column x holds Int64');
    const type = new Float32();
    const data = makeData({
      type,
      length: 2,
      nullCount: 1,
      nullBitmap: Uint8Array.of(1),
      data: new Float32Array(2),
    });
    const nulls = RecordBatchFileWriter.writeAll([new RecordBatch({ x: data })]).toUint8Array(true);
    expect((await refusalOf(() => decodeArrow(nulls, FILE))).message).toContain('column x holds nulls');
  });

  it('of a million rows takes moments', () => {
    const rows = 1_000_000;
    const columns: Columns = {
      member: new Uint32Array(rows).map((_, i) => i % 20_000),
      time: { kind: 'timestamps', values: new Float64Array(rows).map((_, i) => 1.7e12 + i) },
      device: { kind: 'coded', codes: new Uint8Array(rows).map((_, i) => i % 3), list: ['a', 'b', 'c'] },
      propensity: new Float32Array(rows).fill(0.5),
      clicked: { kind: 'flags', values: new Uint8Array(rows).map((_, i) => i & 1) },
    };
    const start = performance.now();
    const bytes = encodeArrow(columns);
    const written = performance.now();
    const table = decodeArrow(bytes, FILE);
    const end = performance.now();
    console.log(
      `1,000,000 rows × 5 columns, ${bytes.length} bytes: encoded in ${(written - start).toFixed(0)} ms, ` +
        `decoded in ${(end - written).toFixed(0)} ms`,
    );
    expect(table.rows).toBe(rows);
    expect(columnOf(table, 'time', 'timestamps').values[rows - 1]).toBe(1.7e12 + rows - 1);
    expect(columnOf(table, 'clicked', 'flags').values.subarray(0, 3)).toEqual(Uint8Array.of(0, 1, 0));
  });
});
