import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKernels, type Kernels } from '../../../src/math/kernels/kernels.ts';
import { referenceScanInt8, referenceTopK } from '../../../src/math/kernels/reference.ts';
import { size } from './drawn.ts';

const kernels = createKernels();

function topK(with_: Kernels, scores: Float32Array, k: number): Uint32Array {
  const blocks = { scores: with_.from(scores), ids: with_.alloc(k), values: with_.alloc(k) };
  const found = with_.topK({ ...blocks, n: scores.length, k });
  const ids = blocks.ids.u32.slice(0, found);
  expect(blocks.values.f32.slice(0, found)).toEqual(Float32Array.from(ids, (id) => scores[id]!));
  for (const block of Object.values(blocks)) block.free();
  return ids;
}

/** A stream of numbers in [0, 1) from a seed: long arrays are slow to draw element by element. */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Distributions that mislead a sample: ties, sorted runs, a few giants, NaN, infinities, one constant. */
const SHAPES: Readonly<Record<string, (u: () => number, i: number, n: number) => number>> = {
  uniform: (u) => u() * 2 - 1,
  'heavy ties': (u) => Math.floor(u() * 5) - 2,
  constant: () => 0.25,
  rising: (_, i) => i,
  falling: (_, i) => -i,
  'late giants': (u, i, n) => (i > n - 40 ? 1e6 + u() : u()),
  'mostly NaN': (u) => (u() < 0.97 ? Number.NaN : u()),
  'all NaN': () => Number.NaN,
  infinities: (u) => [Infinity, -Infinity, 0, -0, u()][Math.floor(u() * 5)]!,
  'narrow band': (u) => 1 + u() * 1e-4,
  periodic: (_, i) => (i % 16 === 0 ? 5 : i % 7),
  'any bits': (u) => new Float32Array(Uint32Array.of(u() * 2 ** 32).buffer)[0]!,
};

describe('top-k', () => {
  it.each(Object.entries(SHAPES))('equals a sort of everything: %s', (_, draw) => {
    const drawn = fc.record({
      seed: fc.nat(),
      n: fc.oneof(size(700), fc.integer({ min: 1000, max: 30_000 })),
      k: size(700),
    });
    fc.assert(
      fc.property(drawn, ({ seed, n, k }) => {
        const u = stream(seed);
        const scores = Float32Array.from({ length: n }, (_, i) => draw(u, i, n));
        expect(topK(kernels, scores, k)).toEqual(referenceTopK(scores, k));
      }),
      { numRuns: 40 },
    );
  });

  it('breaks ties by the lower index, and takes 0 and -0 for equal', () => {
    expect([...topK(kernels, Float32Array.of(-0, 1, 0, 1, Number.NaN, -0), 5)]).toEqual([1, 3, 0, 2, 5]);
  });

  it('keeps nothing in memory', () => {
    expect(kernels.arena.blocksInUse).toBe(0);
  });
});

describe.each([[createKernels({ variant: 'plain' })], [kernels]])('int8 scan', (each) => {
  it('equals the exact integer dot products', () => {
    const int8s = (length: number) => fc.int8Array({ minLength: length, maxLength: length });
    const drawn = fc.record({ n: size(30), d: size(80) }).chain(({ n, d }) =>
      fc.record({
        n: fc.constant(n),
        query: int8s(d),
        rows: int8s(n * d),
        scale: fc.constantFrom(1, 0.125),
      }),
    );
    fc.assert(
      fc.property(drawn, ({ n, query, rows, scale }) => {
        const rowScales = Float32Array.from({ length: n }, (_, i) => 2 ** ((i % 5) - 2));
        const blocks = {
          query: each.from(query),
          rows: each.from(rows),
          rowScales: each.from(rowScales),
          out: each.alloc(n),
        };
        each.scanInt8({ ...blocks, n, d: query.length, scale });
        expect(blocks.out.f32).toEqual(referenceScanInt8(query, rows, rowScales, scale));
        for (const block of Object.values(blocks)) block.free();
      }),
      { numRuns: 300 },
    );
  });

  it('does not overflow at the largest values', () => {
    const d = 4096;
    const blocks = {
      query: each.from(new Int8Array(d).fill(-128)),
      rows: each.from(new Int8Array(5 * d).fill(-128)),
    };
    const out = each.alloc(5);
    each.scanInt8({ ...blocks, n: 5, d, out });
    expect([...out.f32]).toEqual(Array(5).fill(128 * 128 * d));
  });
});
