import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels, type Kernels } from '../../../src/math/kernels/kernels.ts';
import { referenceGemm, referenceScan } from '../../../src/math/kernels/reference.ts';
import { firstDifference, floats, size } from './drawn.ts';

const variants: readonly Kernels[] = [createKernels({ variant: 'plain' }), createKernels()];

const gemmCase = fc
  .record({
    m: size(40),
    n: size(40),
    k: fc.oneof(
      { weight: 6, arbitrary: size(40) },
      { weight: 1, arbitrary: fc.integer({ min: 250, max: 530 }) },
    ),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    accumulate: fc.boolean(),
    specials: fc.boolean(),
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      a: floats(shape.m * shape.k, shape.specials),
      b: floats(shape.k * shape.n, shape.specials),
      start: floats(shape.m * shape.n, shape.specials),
    }),
  );

describe.each(variants.map((kernels) => [kernels.variant, kernels] as const))('gemm, %s', (_, kernels) => {
  it('equals the triple loop for any shape, transpose, NaN and infinity', () => {
    fc.assert(
      fc.property(gemmCase, ({ shape, a, b, start }) => {
        const before = kernels.arena.bytesInUse;
        const blocks = [kernels.from(a), kernels.from(b), kernels.from(start)] as const;
        kernels.gemm({ ...shape, a: blocks[0], b: blocks[1], c: blocks[2] });
        const got = blocks[2].f32.slice();
        for (const block of blocks) block.free();
        const expected = referenceGemm({ ...shape, a, b, ...(shape.accumulate ? { start } : {}) });
        // |error| <= (k + 2) 2^-24 sum|a||b|, and sum|a||b| <= 64 k
        const absolute = (shape.k + 2) * 2 ** -24 * (64 * shape.k + 8);
        expect(firstDifference(got, expected, { relative: 2 ** -23, absolute })).toBe(-1);
        // the workspace of the packed path is kept, everything else is given back
        expect(kernels.arena.bytesInUse - before).toBeLessThanOrEqual(4 * kernels.native.gemmWorkFloats());
      }),
      { numRuns: 400 },
    );
  });

  it('gives a row the same bits whatever the other rows are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 30 }), size(20), fc.integer({ min: 2, max: 20 }), (m, k, n) => {
        const a = kernels.from(Float32Array.from({ length: m * k }, (_, i) => Math.sin(i)));
        const b = kernels.from(Float32Array.from({ length: k * n }, (_, i) => Math.cos(3 * i)));
        const whole = kernels.alloc(m * n);
        const part = kernels.alloc(4 * n);
        kernels.gemm({ m, n, k, a, b, c: whole });
        kernels.gemm({ m: 4, n, k, a: a.words((m - 4) * k), b, c: part });
        expect(part.f32).toEqual(whole.f32.slice((m - 4) * n));
        for (const block of [a, b, whole, part]) block.free();
      }),
    );
  });

  it('refuses sizes and spans that do not fit', () => {
    const block = kernels.alloc(8);
    const fits = { m: 2, n: 2, k: 2, a: block, b: block, c: block };
    expect(() => kernels.gemm({ ...fits, k: 5 })).toThrow(RangeError);
    expect(() => kernels.gemm({ ...fits, m: -1 })).toThrow(RangeError);
    expect(() => kernels.gemm({ ...fits, n: 1.5 })).toThrow(RangeError);
    block.free();
  });
});

const scanCase = fc
  .record({ n: size(30), d: size(70), specials: fc.boolean() })
  .chain(({ n, d, specials }) =>
    fc.record({ n: fc.constant(n), query: floats(d, specials), rows: floats(n * d, specials) }),
  );

describe.each(variants.map((kernels) => [kernels.variant, kernels] as const))('scan, %s', (_, kernels) => {
  it('equals the dot products, and scanIds equals scan bit for bit', () => {
    fc.assert(
      fc.property(scanCase, ({ n, query, rows }) => {
        const d = query.length;
        const ids = Uint32Array.from({ length: n }, (_, i) => n - 1 - i);
        const spans = { query: kernels.from(query), rows: kernels.from(rows), out: kernels.alloc(n) };
        kernels.scan({ ...spans, n, d });
        const got = spans.out.f32.slice();
        const absolute = (d + 2) * 2 ** -24 * 64 * d;
        expect(firstDifference(got, referenceScan(query, rows, n), { relative: 2 ** -23, absolute })).toBe(
          -1,
        );
        const idBlock = kernels.from(ids);
        kernels.scanIds({ ...spans, n, d, ids: idBlock, rowCount: n });
        expect(spans.out.f32.slice().reverse()).toEqual(got);
        for (const block of [...Object.values(spans), idBlock]) block.free();
      }),
      { numRuns: 300 },
    );
  });

  it('refuses an id beyond the last row', () => {
    const ids = kernels.from(Uint32Array.of(2));
    const block = kernels.alloc(8);
    const args = { query: block, rows: block, out: block, n: 1, d: 4, ids, rowCount: 2 };
    expect(() => kernels.scanIds(args)).toThrow(/below 2, got 2/);
    ids.free();
    block.free();
  });
});
