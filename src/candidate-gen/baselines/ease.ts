import { callerError } from '../../domain/errors.ts';
import { byItem, type Interactions, itemsOf } from '../../domain/interactions.ts';
import type { UserScorer } from '../../evaluation/contract.ts';
import { sharedKernels } from '../../math/kernels/kernels.ts';
import {
  addEntry,
  copyRow,
  createSymmetric,
  invertInPlace,
  type SymmetricMatrix,
  symmetricBytes,
} from '../../math/symmetric-inverse.ts';
import { type FitContext, settingsOf, startFit } from './fit.ts';
import { type ItemNeighbours, nearestItems } from './item-neighbours.ts';

export interface EaseConfig {
  /** Ridge penalty, in users: what the diagonal of the items' Gram matrix gets added. */
  readonly l2: number;
}

export const EASE_DEFAULTS: EaseConfig = { l2: 100 };

export interface Ease extends UserScorer {
  /** Row j: how much having j speaks for each item; 0 for j itself. [itemCount, itemCount] */
  readonly weights: Float32Array;
}

/** Bytes that a fit needs at its peak: half a Gram matrix to invert, and the weights. */
export const easeBytes = (itemCount: number): number => symmetricBytes(itemCount) + 4 * itemCount ** 2;

/** Largest entry of G P - I over the columns looked at: float32 gives up digits as G comes near to singular. */
const TOLERANCE = 1e-3;
const COLUMNS_CHECKED = 8;

/**
 * EASE: a linear model from items to items without self-weights, in closed form.
 *   P = (X^T X + l2 I)^-1,   B_ji = -P_ji / P_ii,   B_ii = 0,   score of i for u = sum of B_ji over the items j of u
 * @throws MarqueeError (caller) on a setting out of range, more memory than there is, or an l2 too small for the data
 * @see Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019
 */
export const fitEase = (
  train: Interactions,
  chosen: Partial<EaseConfig> = {},
  context: FitContext = {},
): Ease => {
  const { l2 } = settingsOf('ease', EASE_DEFAULTS, chosen, { l2: { least: 0, above: true } });
  const { userCount, itemCount } = train;
  const progress = startFit('ease', easeBytes(itemCount), context);
  const kernels = sharedKernels();
  const gram = createSymmetric(kernels, itemCount);
  try {
    for (let u = 0; u < userCount; u++) addPairs(gram, itemsOf(train, u));
    for (let i = 0; i < itemCount; i++) addEntry(gram, i, i, l2);
    const step = progress.step('ease: inverse', gram.panels.length);
    invertInPlace(kernels, gram, (done) => step.advance(done));
    step.end();
    checkInverse(gram, train, l2);
    const weights = weightsOf(gram);
    return { name: 'ease', userCount, itemCount, weights, scoreUsers: scoreBy(train, weights) };
  } finally {
    gram.free();
  }
};

const addPairs = (gram: SymmetricMatrix, items: Uint32Array): void => {
  for (const i of items) {
    for (const j of items) if (j <= i) addEntry(gram, i, j, 1);
  }
};

/** Multiplies some of the inverse's columns back, through the data itself and in float64. */
const checkInverse = (inverse: SymmetricMatrix, train: Interactions, l2: number): void => {
  const { userCount, itemCount } = train;
  const takers = byItem(train);
  const column = new Float32Array(itemCount);
  const sums = new Float64Array(userCount);
  let worst = 0;
  for (let c = 0; c < Math.min(COLUMNS_CHECKED, itemCount); c++) {
    const j = Math.floor((c * itemCount) / COLUMNS_CHECKED);
    copyRow(inverse, j, column);
    for (let u = 0; u < userCount; u++) {
      sums[u] = 0;
      for (const item of itemsOf(train, u)) sums[u] += column[item];
    }
    for (let i = 0; i < itemCount; i++) {
      let product = l2 * column[i] - (i === j ? 1 : 0);
      for (const u of itemsOf(takers, i)) product += sums[u];
      worst = Math.max(worst, Math.abs(product));
    }
  }
  if (worst <= TOLERANCE) return;
  throw callerError(
    'ease-accuracy',
    `ease: l2: ${l2} is too small for these data in float32: the inverse is off by ${worst.toPrecision(2)}, expected <= ${TOLERANCE}`,
  );
};

const weightsOf = (inverse: SymmetricMatrix): Float32Array => {
  const { size } = inverse;
  const weights = new Float32Array(size * size);
  const scales = new Float32Array(size);
  for (let j = 0; j < size; j++) {
    const row = weights.subarray(j * size, (j + 1) * size);
    copyRow(inverse, j, row);
    scales[j] = -1 / row[j];
    row[j] = 0;
  }
  for (let j = 0, at = 0; j < size; j++) for (let i = 0; i < size; i++, at++) weights[at] *= scales[i];
  return weights;
};

const scoreBy =
  (train: Interactions, weights: Float32Array): UserScorer['scoreUsers'] =>
  (users, out) => {
    const { itemCount } = train;
    for (let u = 0; u < users.length; u++) {
      const scores = out.subarray(u * itemCount, (u + 1) * itemCount).fill(0);
      for (const item of itemsOf(train, users[u])) {
        const from = item * itemCount;
        for (let i = 0; i < itemCount; i++) scores[i] += weights[from + i];
      }
    }
  };

/** What each item speaks for most, by the weights of EASE: item-to-item lists that know of each other. */
export const easeNeighbours = ({ weights, itemCount }: Ease, count: number): ItemNeighbours =>
  nearestItems(itemCount, count, (j) => ({
    weights: weights.subarray(j * itemCount, (j + 1) * itemCount),
  }));
