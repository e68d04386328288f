import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels } from '../../../src/math/kernels/kernels.ts';
import { referenceArgMaxRows, referenceScanCells } from '../../../src/math/kernels/reference-cells.ts';
import { floats, size } from './drawn.ts';

describe.each([[createKernels({ variant: 'plain' })], [createKernels()]])('an inverted file', (kernels) => {
  it('scans the chosen cells, and no other, in their order', () => {
    const int8s = (length: number) => fc.int8Array({ minLength: length, maxLength: length });
    const drawn = fc
      .record({ d: size(70), sizes: fc.array(size(20), { minLength: 1, maxLength: 6 }) })
      .chain(({ d, sizes }) =>
        fc.record({
          sizes: fc.constant(sizes),
          query: int8s(d),
          codes: int8s(d * sizes.reduce((sum, n) => sum + n, 0)),
          chosen: fc.shuffledSubarray([...sizes.keys()]),
          scale: fc.constantFrom(1, 0.125),
        }),
      );
    const property = fc.property(drawn, ({ sizes, query, codes, chosen, scale }) => {
      const starts = Uint32Array.from([0, ...sizes]);
      for (let c = 1; c < starts.length; c++) starts[c]! += starts[c - 1]!;
      const n = starts[sizes.length]!;
      const rowScales = Float32Array.from({ length: n }, (_, i) => 2 ** ((i % 5) - 2));
      const expected = referenceScanCells({ query, codes, rowScales, starts }, chosen, scale);
      const total = expected.rows.length;
      const blocks = {
        query: kernels.from(query),
        codes: kernels.from(codes),
        rowScales: kernels.from(rowScales),
        starts: kernels.from(starts),
        chosen: kernels.from(Uint32Array.from(chosen)),
        out: kernels.alloc(total),
        rows: kernels.alloc(total),
      };
      const shape = { cells: sizes.length, count: chosen.length, d: query.length, scale };
      expect(kernels.scanCells({ ...blocks, ...shape })).toBe(total);
      expect(blocks.rows.u32).toEqual(expected.rows);
      expect(blocks.out.f32).toEqual(expected.out);
      for (const block of Object.values(blocks)) block.free();
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('finds the first largest column of each row, past NaN', () => {
    const drawn = fc
      .record({ m: size(12), n: size(40), whole: fc.boolean() })
      .chain(({ m, n, whole }) =>
        fc.record({ m: fc.constant(m), whole: fc.constant(whole), x: floats(m * n, true), bias: floats(n) }),
      );
    const property = fc.property(drawn, ({ m, whole, x: values, bias: biases }) => {
      // whole numbers make ties
      const x = whole ? values.map(Math.trunc) : values;
      const bias = whole ? biases.map(Math.trunc) : biases;
      const n = bias.length;
      const blocks = {
        x: kernels.from(x),
        bias: kernels.from(bias),
        ids: kernels.alloc(m),
        best: kernels.alloc(m),
      };
      kernels.argMaxRows({ ...blocks, m, n });
      if (n > 0) {
        const expected = referenceArgMaxRows(x, bias);
        expect(blocks.ids.u32).toEqual(expected.ids);
        expect(blocks.best.f32).toEqual(expected.best);
      }
      for (const block of Object.values(blocks)) block.free();
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('refuses cells that are not there and room that does not reach', () => {
    const starts = kernels.from(Uint32Array.of(0, 4, 8));
    const codes = kernels.from(new Int8Array(8 * 8));
    const [eight, two] = [kernels.alloc(8), kernels.alloc(2)];
    const chosen = kernels.from(Uint32Array.of(1, 0));
    const args = {
      query: codes,
      codes,
      rowScales: eight,
      starts,
      cells: 2,
      chosen,
      count: 2,
      d: 8,
      scale: 1,
    };
    expect(kernels.scanCells({ ...args, out: eight, rows: eight })).toBe(8);
    expect(() => kernels.scanCells({ ...args, out: two, rows: eight })).toThrow(RangeError);
    expect(() => kernels.scanCells({ ...args, cells: 1, out: eight, rows: eight })).toThrow(RangeError);
    expect(() => kernels.scanCells({ ...args, d: 9, out: eight, rows: eight })).toThrow(RangeError);
    for (const block of [starts, codes, eight, two, chosen]) block.free();
  });

  it('keeps nothing in memory', () => {
    expect(kernels.arena.blocksInUse).toBe(0);
  });
});
