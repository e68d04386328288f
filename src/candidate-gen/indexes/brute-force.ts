import type { VectorIndex } from '../contract.ts';
import { expectCount, expectShape, expectVector } from './shape.ts';

/**
 * The readable twin that tests hold every index to: all inner products in float64, sorted. Slow.
 * @throws RangeError when the vectors are not whole rows of `dimension`, or the dimension is not >= 1
 */
export function createBruteForceIndex(vectors: Float32Array, dimension: number): VectorIndex {
  const size = expectShape('brute-force', vectors, dimension);
  return {
    name: 'brute-force',
    size,
    dimension,
    search(query, k) {
      expectVector('brute-force', query, dimension);
      expectCount('brute-force', k);
      const found: { row: number; score: number }[] = [];
      for (let row = 0; row < size; row++) {
        let score = 0;
        for (let i = 0; i < dimension; i++) score += query[i] * vectors[row * dimension + i];
        if (!Number.isNaN(score)) found.push({ row, score });
      }
      found.sort((a, b) => b.score - a.score || a.row - b.row);
      const best = found.slice(0, k);
      return {
        items: Uint32Array.from(best, ({ row }) => row),
        scores: Float32Array.from(best, ({ score }) => score),
      };
    },
  };
}
