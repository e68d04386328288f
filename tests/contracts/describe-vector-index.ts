import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VectorIndex } from '../../src/candidate-gen/contract.ts';
import { createRng } from '../../src/domain/rng.ts';

export interface VectorIndexOptions {
  /** Least mean recall of the true 10 best over 50 queries on 2,000 drawn vectors. Default 1: an exact index. */
  readonly minimumRecall?: number;
}

/** What every vector index must do. `make` builds one over `vectors`, [size, dimension]. */
export function describeVectorIndex(
  name: string,
  make: (vectors: Float32Array, dimension: number) => VectorIndex,
  { minimumRecall = 1 }: VectorIndexOptions = {},
): void {
  describe(`${name} is a vector index`, () => {
    it('tells its size and dimension', () => {
      const index = make(drawn(1, 30 * 5), 5);
      expect([index.size, index.dimension]).toEqual([30, 5]);
      expect(index.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    });

    it('gives distinct rows, best first, each with its inner product', () => {
      const shape = fc.record({
        size: fc.nat(70),
        dimension: fc.integer({ min: 1, max: 40 }),
        k: fc.nat(80),
        seed: fc.nat(1e6),
      });
      const property = fc.property(shape, ({ size, dimension, k, seed }) => {
        const vectors = drawn(seed, size * dimension);
        const query = drawn(seed + 1, dimension);
        const { items, scores } = make(vectors, dimension).search(query, k);
        expect(items.length).toBe(scores.length);
        if (minimumRecall === 1) expect(items.length).toBe(Math.min(k, size));
        expect(items.length).toBeLessThanOrEqual(Math.min(k, size));
        expect(new Set(items).size).toBe(items.length);
        items.forEach((row, place) => {
          expect(row).toBeLessThan(size);
          expect(Math.abs(scores[place] - innerProduct(vectors, query, row))).toBeLessThan(
            tolerance(dimension),
          );
          if (place > 0) expect(scores[place]).toBeLessThanOrEqual(scores[place - 1]);
        });
      });
      fc.assert(property, { seed: 7, numRuns: 60 });
    });

    it('leaves out no row that is better than the last one given by more than rounding', () => {
      const dimension = 16;
      const vectors = drawn(11, 2000 * dimension);
      const index = make(vectors, dimension);
      let found = 0;
      for (let q = 0; q < 50; q++) {
        const query = drawn(100 + q, dimension);
        const truth = Array.from({ length: 2000 }, (_, row) => innerProduct(vectors, query, row));
        const bar = [...truth].sort((a, b) => b - a)[9] - tolerance(dimension);
        const { items } = index.search(query, 10);
        found += [...items].filter((row) => truth[row] >= bar).length;
      }
      expect(found / 500).toBeGreaterThanOrEqual(minimumRecall);
    });

    it('gives rows of equal score in row order', () => {
      const row = drawn(3, 8);
      const vectors = new Float32Array(40 * 8);
      for (let i = 0; i < 40; i++) vectors.set(row, i * 8);
      const { items } = make(vectors, 8).search(row, 12);
      expect([...items]).toEqual(Array.from(items, (_, i) => i));
      if (minimumRecall === 1) expect(items).toHaveLength(12);
    });

    it('gives every row when k reaches the size, none when k is 0 or there are none', () => {
      const index = make(drawn(5, 20 * 4), 4);
      const query = drawn(6, 4);
      if (minimumRecall === 1) expect(new Set(index.search(query, 500).items).size).toBe(20);
      expect(index.search(query, 0).items).toHaveLength(0);
      expect(make(new Float32Array(0), 4).search(query, 5).items).toHaveLength(0);
    });

    it('never gives a row whose score is not a number', () => {
      const vectors = drawn(8, 10 * 4);
      vectors[3 * 4 + 1] = Number.NaN;
      const index = make(vectors, 4);
      expect([...index.search(drawn(9, 4), 10).items]).not.toContain(3);
      expect(index.search(Float32Array.of(1, 1, Number.NaN, 1), 10).items).toHaveLength(0);
    });

    it('hands out a list of its own: a later search does not change it', () => {
      const index = make(drawn(12, 30 * 4), 4);
      const first = index.search(drawn(13, 4), 10);
      const copy = { items: first.items.slice(), scores: first.scores.slice() };
      index.search(drawn(14, 4), 10);
      expect(first).toEqual(copy);
      expect(index.search(drawn(13, 4), 10)).toEqual(copy);
    });

    it('refuses a query of another dimension and a k that is no count', () => {
      const index = make(drawn(15, 30 * 4), 4);
      expect(() => index.search(drawn(1, 5), 3)).toThrow(RangeError);
      expect(() => index.search(drawn(1, 3), 3)).toThrow(RangeError);
      for (const k of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => index.search(drawn(1, 4), k)).toThrow(RangeError);
      }
    });
  });
}

/** Components uniform on [-1, 1). */
function drawn(seed: number, length: number): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length }, () => 2 * rng.next() - 1);
}

function innerProduct(vectors: Float32Array, query: Float32Array, row: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += query[i] * vectors[row * query.length + i];
  return sum;
}

/** Rounding of a float32 sum of d products below 1 in size: at most d steps of d x 2^-24. */
const tolerance = (dimension: number): number => dimension * dimension * 2 ** -24 + 1e-7;
