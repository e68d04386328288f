import { byItem, type Interactions } from '../../domain/interactions.ts';
import type { Uniform } from '../../math/random.ts';
import { type SingularVectors, singularVectors } from '../../math/sparse-svd.ts';

export interface DegreePowers {
  /** A user who took n items counts n^-userDegreePower in each of its pairs. */
  readonly userDegreePower: number;
  /** The same of an item that n took. In a history, too, an item counts this much. */
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

/**
 * Singular values and right vectors of the pairs scaled by degrees, N = D_users^-a R D_items^-b, largest first. A
 * history h scores items as h D_items^-b V S^p V^T: with p = 2 by the paths of three pairs that lead from it to them.
 * @see Fu et al., "Revisiting neighborhood-based link prediction for collaborative filtering", WWW 2022
 * @see Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021
 */
export const spectrumOf = (
  train: Interactions,
  { userDegreePower, itemDegreePower }: DegreePowers,
  rank: number,
  uniform: Uniform,
): SingularVectors => {
  const { userCount, itemCount, offsets, items } = train;
  const ofUser = rowWeights(train, userDegreePower);
  const ofItem = itemWeights(train, itemDegreePower);
  const values = new Float32Array(items.length);
  for (let u = 0; u < userCount; u++) {
    for (let at = offsets[u]; at < offsets[u + 1]; at++) values[at] = ofUser[u] * ofItem[items[at]];
  }
  return singularVectors({ columnCount: itemCount, offsets, columns: items, values }, rank, uniform);
};

export interface StartShape {
  readonly dimension: number;
  /** Of the singular values. */
  readonly startPower: number;
  /** An item that n took scores n^popularityPower times as high. */
  readonly popularityPower: number;
}

/**
 * The item embeddings that a spectrum starts from: D_items^popularityPower V S^(startPower / 2), scaled to a mean
 * squared length of 1, so that products of them weigh each direction by its singular value to the power. Directions
 * that are not there are 0.
 */
export const spectralStart = (
  { values, vectors }: SingularVectors,
  train: Interactions,
  { dimension, startPower, popularityPower }: StartShape,
): Float32Array => {
  const { itemCount } = train;
  const popularity = itemWeights(train, -popularityPower);
  const rank = values.length;
  const table = new Float32Array(itemCount * dimension);
  const factors = values.map((value) => (value / values[0]) ** (startPower / 2));
  let square = 0;
  for (let i = 0; i < itemCount; i++) {
    for (let f = 0; f < Math.min(rank, dimension); f++) {
      const entry = popularity[i] * factors[f] * vectors[i * rank + f];
      table[i * dimension + f] = entry;
      square += entry * entry;
    }
  }
  const scale = square > 0 ? Math.sqrt(itemCount / square) : 0;
  for (let i = 0; i < table.length; i++) table[i] *= scale;
  return table;
};
