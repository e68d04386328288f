import { byItem, type Interactions } from '../../domain/interactions.ts';
import type { Uniform } from '../../math/random.ts';
import { type SingularVectors, type SparseRows, singularVectors } from '../../math/sparse-svd.ts';

export interface DegreePowers {
  /** A user who took n items counts n^-userDegreePower in each of its pairs. */
  readonly userDegreePower: number;
  /** The same of an item that n took. */
  readonly itemDegreePower: number;
}

/** Words that the largest blocks of a decomposition may hold together: 1 GB. */
const MOST_WORDS = 1 << 28;

/** The most vectors that fit in memory, and that the data have. */
export const mostRank = ({ userCount, itemCount }: Pick<Interactions, 'userCount' | 'itemCount'>): number =>
  Math.max(1, Math.min(userCount, itemCount, Math.floor(MOST_WORDS / (userCount + 2 * itemCount))));

/** n^-power for each item, n being how many took it: [itemCount]. An item that nobody took counts 1. */
export const itemWeights = (train: Interactions, power: number): Float64Array =>
  rowWeights(byItem(train), power);

const rowWeights = ({ userCount: rows, offsets }: Interactions, power: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, r) => Math.max(1, offsets[r + 1] - offsets[r]) ** -power);

/** The pairs scaled by degrees, D_users^-a R D_items^-b: [userCount, itemCount]. */
export const scaledPairs = (
  train: Interactions,
  { userDegreePower, itemDegreePower }: DegreePowers,
): SparseRows => {
  const { userCount, itemCount, offsets, items } = train;
  const ofUser = rowWeights(train, userDegreePower);
  const ofItem = itemWeights(train, itemDegreePower);
  const values = new Float32Array(items.length);
  for (let u = 0; u < userCount; u++) {
    for (let at = offsets[u]; at < offsets[u + 1]; at++) values[at] = ofUser[u] * ofItem[items[at]];
  }
  return { columnCount: itemCount, offsets, columns: items, values };
};

/**
 * Singular values and right vectors of the pairs scaled by degrees, largest first.
 * @see Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021
 * @see Fu et al., "Revisiting neighborhood-based link prediction for collaborative filtering", WWW 2022
 */
export const spectrumOf = (
  train: Interactions,
  powers: DegreePowers,
  rank: number,
  uniform: Uniform,
): SingularVectors => singularVectors(scaledPairs(train, powers), rank, uniform);
