import { type Interactions, itemsOf } from '../../domain/interactions.ts';
import type { Rng } from '../../domain/rng.ts';
import { normalSource, shuffleInPlace } from '../../math/random.ts';
import { createFactorScorer, drawFactors, type FactorModel } from './factor-scorer.ts';
import { type FitContext, settingsOf, startFit } from './fit.ts';

export interface BprConfig {
  readonly factors: number;
  /** Passes over all pairs. */
  readonly epochs: number;
  /** Falls linearly to a tenth of itself over the epochs. */
  readonly learningRate: number;
  readonly l2: number;
}

export const BPR_DEFAULTS: BprConfig = { factors: 64, epochs: 40, learningRate: 0.05, l2: 0.01 };

const START = 0.1;
const LAST_RATE = 0.1;

/** Bytes that a fit needs at its peak. */
export const bprBytes = (
  train: Pick<Interactions, 'userCount' | 'itemCount' | 'items'>,
  factors: number,
): number => 4 * (train.userCount + train.itemCount) * factors + 12 * train.items.length;

/**
 * Matrix factorisation with BPR: stochastic descent on
 *   -ln sigmoid(w_u . h_i - w_u . h_j) + l2 / 2 (|w_u|^2 + |h_i|^2 + |h_j|^2)
 * for every taken pair (u, i) once an epoch, in a drawn order, with j drawn uniformly from what u did not take.
 * @throws MarqueeError (caller) on a setting out of range, or more memory than there is
 * @see Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009
 */
export const fitBpr = (
  train: Interactions,
  chosen: Partial<BprConfig>,
  { rng, ...context }: FitContext & { readonly rng: Rng },
): FactorModel => {
  const { factors, epochs, learningRate, l2 } = settingsOf('bpr', BPR_DEFAULTS, chosen, {
    factors: { least: 1, whole: true },
    epochs: { least: 1, whole: true },
    learningRate: { least: 0, above: true },
    l2: { least: 0 },
  });
  const progress = startFit('bpr', bprBytes(train, factors), context);
  const { userCount, itemCount, offsets, items } = train;
  const uniform = (): number => rng.next();
  const normal = normalSource(uniform);
  const sd = START / Math.sqrt(factors);
  const userFactors = drawFactors(normal, userCount, factors, sd);
  const itemFactors = drawFactors(normal, itemCount, factors, sd);
  const taken = sortedItems(train);
  const userOf = new Uint32Array(items.length);
  for (let u = 0; u < userCount; u++) userOf.fill(u, train.offsets[u], train.offsets[u + 1]);
  const order = Uint32Array.from(items, (_, pair) => pair);

  const model = { userFactors, itemFactors, factors };
  const step = progress.step('bpr', epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = learningRate * (1 - ((1 - LAST_RATE) * epoch) / epochs);
    let loss = 0;
    for (const pair of shuffleInPlace(order, uniform)) {
      const user = userOf[pair];
      if (offsets[user + 1] - offsets[user] === itemCount) continue; // nothing left that it did not take
      let negative = Math.floor(uniform() * itemCount);
      while (holds(taken, user, negative)) negative = Math.floor(uniform() * itemCount);
      loss += descend(model, { user, positive: items[pair], negative }, rate, l2);
    }
    step.advance(epoch + 1, `loss ${(loss / Math.max(1, items.length)).toFixed(4)}`);
  }
  step.end();
  return createFactorScorer({ name: 'bpr', userCount, itemCount, factors, userFactors, itemFactors });
};

export interface BprFactors {
  readonly factors: number;
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
}

export interface BprTriple {
  readonly user: number;
  readonly positive: number;
  readonly negative: number;
}

/** One step down the gradient of one triple. Returns its loss before, without the penalty. */
export const descend = (
  { userFactors: w, itemFactors: h, factors }: BprFactors,
  { user, positive, negative }: BprTriple,
  rate: number,
  l2: number,
): number => {
  const [u, i, j] = [user * factors, positive * factors, negative * factors];
  let margin = 0;
  for (let f = 0; f < factors; f++) margin += w[u + f] * (h[i + f] - h[j + f]);
  const pull = 1 / (1 + Math.exp(margin)); // 1 - sigmoid(margin)
  for (let f = 0; f < factors; f++) {
    const wf = w[u + f];
    const hi = h[i + f];
    const hj = h[j + f];
    w[u + f] += rate * (pull * (hi - hj) - l2 * wf);
    h[i + f] += rate * (pull * wf - l2 * hi);
    h[j + f] += rate * (-pull * wf - l2 * hj);
  }
  return margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
};

const sortedItems = (train: Interactions): Interactions => {
  const items = train.items.slice();
  for (let u = 0; u < train.userCount; u++) itemsOf({ ...train, items }, u).sort();
  return { ...train, items };
};

/** Whether the user's items, which rise, hold the item. */
const holds = ({ offsets, items }: Interactions, user: number, item: number): boolean => {
  const end = offsets[user + 1];
  let low = offsets[user];
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle] < item) low = middle + 1;
    else high = middle;
  }
  return low < end && items[low] === item;
};
