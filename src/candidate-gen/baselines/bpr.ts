import { type Interactions, interactionsOf, itemsOf } from '../../domain/interactions.ts';
import type { Rng } from '../../domain/rng.ts';
import { normalSource, shuffleInPlace, type Uniform } from '../../math/random.ts';
import { mean } from '../../math/statistics.ts';
import { createFactorScorer, drawFactors, type FactorModel } from './factor-scorer.ts';
import { type FitContext, settingsOf, startFit } from './fit.ts';

export interface BprConfig {
  readonly factors: number;
  /** Passes over all pairs, at most: how many are best for the data is found on pairs kept apart. */
  readonly epochs: number;
  /** Falls linearly to a tenth of itself over that many. */
  readonly learningRate: number;
  readonly l2: number;
}

export const BPR_DEFAULTS: BprConfig = { factors: 64, epochs: 150, learningRate: 0.1, l2: 0.01 };

const START = 0.1;
const LAST_RATE = 0.1;
/** Epochs between two looks at the pairs kept apart, and looks without a rise that end the search. */
const LOOK_EVERY = 4;
const PATIENCE = 4;
/** Users who are looked at, at most, and the untaken items that each one's kept pair is ranked among. */
const MOST_LOOKED_AT = 4_000;
const RANKED_AMONG = 400;

/** Bytes that a fit needs at its peak. */
export const bprBytes = (
  train: Pick<Interactions, 'userCount' | 'itemCount' | 'items'>,
  factors: number,
): number =>
  4 *
  (2 * (train.userCount + train.itemCount) * factors +
    6 * train.items.length +
    MOST_LOOKED_AT * RANKED_AMONG);

/**
 * Matrix factorisation with BPR: stochastic descent on
 *   -ln sigmoid(w_u . h_i - w_u . h_j) + l2 / 2 (|w_u|^2 + |h_i|^2 + |h_j|^2)
 * for every taken pair (u, i) once an epoch, in a drawn order, with j drawn uniformly from what u did not take.
 * It is done twice: without a drawn pair of each of some users, to see after how many epochs these rank best, and
 * then with all pairs for as many.
 * @throws MarqueeError (caller) on a setting out of range, or more memory than there is
 * @see Rendle et al., "BPR: Bayesian personalized ranking from implicit feedback", UAI 2009
 */
export const fitBpr = (
  train: Interactions,
  chosen: Partial<BprConfig>,
  { rng, ...context }: FitContext & { readonly rng: Rng },
): FactorModel => {
  const config = settingsOf('bpr', BPR_DEFAULTS, chosen, {
    factors: { least: 1, whole: true },
    epochs: { least: 1, whole: true },
    learningRate: { least: 0, above: true },
    l2: { least: 0 },
  });
  const { factors, epochs } = config;
  const progress = startFit('bpr', bprBytes(train, factors), context);
  const { userCount, itemCount } = train;
  const looks = keepPairsApart(train, rng.fork('apart'));
  const step = progress.step('bpr', 2 * epochs); // the search for the epochs, and the fit
  let [best, highest] = [epochs, Number.NEGATIVE_INFINITY];
  if (looks.apart.length > 0) {
    descendEpochs(looks.train, config, rng.fork('search'), (model, epoch, loss) => {
      if (epoch % LOOK_EVERY !== 0) return true;
      const ndcg = looks.ndcg(model);
      if (ndcg > highest) [best, highest] = [epoch, ndcg];
      step.advance(epoch, `loss ${loss.toFixed(4)}, NDCG of pairs kept apart ${ndcg.toFixed(4)}`);
      return epoch < best + PATIENCE * LOOK_EVERY;
    });
  }
  const { userFactors, itemFactors } = descendEpochs(train, config, rng.fork('fit'), (_, epoch, loss) => {
    step.advance(epochs + Math.round((epochs * epoch) / best), `loss ${loss.toFixed(4)}`);
    return epoch < best;
  });
  step.end(`${best} epochs`);
  return createFactorScorer({ name: 'bpr', userCount, itemCount, factors, userFactors, itemFactors });
};

/** Descends for `epochs`, or until `after` an epoch, told of its number from 1 and its mean loss, says no. */
const descendEpochs = (
  train: Interactions,
  { factors, epochs, learningRate, l2 }: BprConfig,
  rng: Rng,
  after: (model: BprFactors, epoch: number, loss: number) => boolean,
): BprFactors => {
  const { userCount, itemCount, offsets, items } = train;
  const uniform = (): number => rng.next();
  const normal = normalSource(uniform);
  const sd = START / Math.sqrt(factors);
  const userFactors = drawFactors(normal, userCount, factors, sd);
  const itemFactors = drawFactors(normal, itemCount, factors, sd);
  const taken = sortedItems(train);
  const userOf = new Uint32Array(items.length);
  for (let u = 0; u < userCount; u++) userOf.fill(u, offsets[u], offsets[u + 1]);
  const order = Uint32Array.from(items, (_, pair) => pair);
  const model = { userFactors, itemFactors, factors };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = learningRate * (1 - ((1 - LAST_RATE) * epoch) / epochs);
    let loss = 0;
    for (const pair of shuffleInPlace(order, uniform)) {
      const user = userOf[pair];
      if (offsets[user + 1] - offsets[user] === itemCount) continue; // nothing left that it did not take
      const negative = drawUntaken(taken, user, uniform);
      loss += descend(model, { user, positive: items[pair], negative }, rate, l2);
    }
    if (!after(model, epoch + 1, loss / Math.max(1, items.length))) break;
  }
  return model;
};

const drawUntaken = (taken: Interactions, user: number, uniform: Uniform): number => {
  let item = Math.floor(uniform() * taken.itemCount);
  while (holds(taken, user, item)) item = Math.floor(uniform() * taken.itemCount);
  return item;
};

/** The pairs without one of each of some users, and how well a model ranks these among drawn untaken items. */
const keepPairsApart = (whole: Interactions, rng: Rng) => {
  const uniform = (): number => rng.next();
  const { userCount, itemCount } = whole;
  const taken = sortedItems(whole);
  const users = Uint32Array.from({ length: userCount }, (_, u) => u).filter((u) => {
    const n = itemsOf(whole, u).length;
    return n > 1 && n < itemCount;
  });
  const lists = Array.from({ length: userCount }, (_, u) => itemsOf(whole, u));
  const apart = Array.from(shuffleInPlace(users, uniform).subarray(0, MOST_LOOKED_AT), (user) => {
    const at = Math.floor(uniform() * lists[user].length);
    const item = lists[user][at];
    lists[user] = lists[user].filter((_, i) => i !== at);
    const others = Uint32Array.from({ length: RANKED_AMONG }, () => drawUntaken(taken, user, uniform));
    return { user, item, others };
  });
  /** Mean of 1 / log2(rank + 1). */
  const ndcg = ({ userFactors, itemFactors, factors }: BprFactors): number => {
    const score = (user: number, item: number): number => {
      let sum = 0;
      for (let f = 0; f < factors; f++)
        sum += userFactors[user * factors + f] * itemFactors[item * factors + f];
      return sum;
    };
    return mean(
      apart.map(({ user, item, others }) => {
        const own = score(user, item);
        return 1 / Math.log2(2 + others.filter((other) => score(user, other) >= own).length);
      }),
    );
  };
  return { train: interactionsOf(lists, itemCount), apart, ndcg };
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
