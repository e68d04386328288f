import { type Interactions, itemsOf } from '../../domain/interactions.ts';
import type { Uniform } from '../../math/random.ts';
import type { Bags } from '../sparse-adam.ts';

/** What of a history counts, and how much. */
export interface HistoryRule {
  readonly weights: Float64Array; // [itemCount]
  /** Items back in time after which one counts half; 0: time does not count. */
  readonly halfLife: number;
}

/** What users show of their histories, and what of them is to be found. */
export interface Histories {
  /** The weights of a bag sum to 1. */
  readonly shown: Bags;
  /** The items that user b is to find: targets[starts[b] .. starts[b + 1]). */
  readonly starts: Uint32Array; // [users + 1]
  readonly targets: Uint32Array;
}

/** Shows all of each history, and asks for all of it. */
const WHOLE = { chance: 1, uniform: () => 0 };

/**
 * The histories of some users, as means of their items' embeddings. Each item is shown with the given chance, else
 * it is to be found; of two items or more one at least is on either side. With chance 1 all are shown, and all are
 * to be found.
 * @see Liang et al., "Variational autoencoders for collaborative filtering", WWW 2018, for items held out of the input
 */
export const splitHistories = (
  train: Interactions,
  users: Uint32Array,
  { weights, halfLife }: HistoryRule,
  { chance, uniform }: { readonly chance: number; readonly uniform: Uniform } = WHOLE,
): Histories => {
  const total = users.reduce((sum, user) => sum + itemsOf(train, user).length, 0);
  const ids = new Uint32Array(total);
  const values = new Float32Array(total);
  const targets = new Uint32Array(total);
  const offsets = new Uint32Array(users.length + 1);
  const starts = new Uint32Array(users.length + 1);
  let [shown, sought] = [0, 0];
  for (let b = 0; b < users.length; b++) {
    const own = itemsOf(train, users[b]);
    const n = own.length;
    const alwaysSought = Math.floor(uniform() * n);
    const alwaysShown = n > 1 ? (alwaysSought + 1 + Math.floor(uniform() * (n - 1))) % n : -1;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const shows = chance === 1 || i === alwaysShown || (i !== alwaysSought && uniform() < chance);
      if (shows) {
        ids[shown] = own[i];
        const recency = halfLife > 0 ? 0.5 ** ((n - 1 - i) / halfLife) : 1;
        sum += values[shown++] = weights[own[i]] * recency;
      }
      if (!shows || chance === 1) targets[sought++] = own[i];
    }
    for (let at = offsets[b]; at < shown; at++) values[at] /= sum;
    offsets[b + 1] = shown;
    starts[b + 1] = sought;
  }
  return {
    shown: { ids: ids.subarray(0, shown), weights: values.subarray(0, shown), offsets },
    starts,
    targets: targets.subarray(0, sought),
  };
};

/** Scales rows to length 1 in place, and returns what each was multiplied by. A row of zeros stays. */
export const normaliseRows = (vectors: Float32Array, dimension: number): Float32Array => {
  const scales = new Float32Array(vectors.length / dimension);
  for (let r = 0; r < scales.length; r++) {
    const from = r * dimension;
    let square = 0;
    for (let i = from; i < from + dimension; i++) square += vectors[i] * vectors[i];
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    scales[r] = scale;
    for (let i = from; i < from + dimension; i++) vectors[i] *= scale;
  }
  return scales;
};

/** Turns the gradient of unit vectors into that of the vectors before scaling, in place: the part along them goes. */
export const throughScaling = (
  gradient: Float32Array,
  vectors: Float32Array,
  scales: Float32Array,
  dimension: number,
): void => {
  for (let r = 0; r < scales.length; r++) {
    const from = r * dimension;
    let along = 0;
    for (let i = from; i < from + dimension; i++) along += gradient[i] * vectors[i];
    for (let i = from; i < from + dimension; i++)
      gradient[i] = (gradient[i] - along * vectors[i]) * scales[r];
  }
};
