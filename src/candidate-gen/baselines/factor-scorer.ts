/** Scores as inner products of user and item factors: what every matrix factorisation ends as. */
import type { UserScorer } from '../../evaluation/contract.ts';
import { sharedKernels } from '../../math/kernels/kernels.ts';
import { type ItemNeighbours, nearestItems } from './item-neighbours.ts';

export interface FactorModel extends UserScorer {
  readonly factors: number;
  readonly userFactors: Float32Array; // [userCount, factors]
  readonly itemFactors: Float32Array; // [itemCount, factors]
}

/** Users scored by one product: bounds the copy of the scores in kernel memory. */
const BATCH = 64;

export const createFactorScorer = (parts: Omit<FactorModel, 'scoreUsers'>): FactorModel => {
  const { itemCount, factors, userFactors, itemFactors } = parts;
  return {
    ...parts,
    scoreUsers(users, out) {
      const kernels = sharedKernels();
      const batch = Math.min(BATCH, users.length);
      const work = kernels.alloc((itemCount + batch) * factors + batch * itemCount);
      try {
        work.f32.set(itemFactors);
        const a = work.words(itemCount * factors, (itemCount + batch) * factors);
        const c = work.words((itemCount + batch) * factors);
        for (let from = 0; from < users.length; from += batch) {
          const m = Math.min(batch, users.length - from);
          for (let u = 0; u < m; u++) {
            const row = users[from + u] * factors;
            a.f32.set(userFactors.subarray(row, row + factors), u * factors);
          }
          kernels.gemm({ m, n: itemCount, k: factors, a, b: work, c, transposeB: true });
          out.set(c.f32.subarray(0, m * itemCount), from * itemCount);
        }
      } finally {
        work.free();
      }
    },
  };
};

/** For each item those of largest cosine between the factors. An item without factors is near to none. */
export const factorNeighbours = (
  { itemFactors, itemCount, factors }: FactorModel,
  count: number,
): ItemNeighbours => {
  const unit = itemFactors.slice();
  for (let i = 0; i < itemCount; i++) {
    const row = unit.subarray(i * factors, (i + 1) * factors);
    const length = Math.hypot(...row);
    if (length > 0) for (let f = 0; f < factors; f++) row[f] /= length;
  }
  const kernels = sharedKernels();
  const work = kernels.alloc(itemCount * (factors + 1));
  try {
    work.f32.set(unit);
    const out = work.words(itemCount * factors);
    return nearestItems(itemCount, count, (j) => {
      const query = work.words(j * factors, (j + 1) * factors);
      kernels.scan({ query, rows: work, n: itemCount, d: factors, out });
      return { weights: out.f32 };
    });
  } finally {
    work.free();
  }
};

/** Factors drawn from a normal distribution of the given deviation, [rows, factors]. */
export const drawFactors = (normal: () => number, rows: number, factors: number, sd: number): Float32Array =>
  Float32Array.from({ length: rows * factors }, () => sd * normal());
