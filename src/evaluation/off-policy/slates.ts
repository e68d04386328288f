import { mean } from '../../math/statistics.ts';
import type { Contributions, OffPolicyOutcome, Overlap } from './contract.ts';
import { type OffPolicyOptions, outcomeOf } from './evaluate.ts';
import { overlapOfWeights, refusalOf } from './overlap.ts';
import { expectPropensity, expectWithin } from './weigh.ts';

/** How likely a policy was to put each action where the log has it, in that context. */
export interface SlateProbabilities {
  /** P(action at the position | the actions at the positions before). */
  readonly given: ArrayLike<number>; // [n, slateSize]
  /** P(action at the position), whatever stands before. */
  readonly alone: ArrayLike<number>; // [n, slateSize]
}

/** Slates that a behaviour policy showed, with a reward at each position. */
export interface SlateLog {
  readonly slateSize: number;
  readonly rewards: ArrayLike<number>; // [n, slateSize]
  readonly behavior: SlateProbabilities;
  readonly target: SlateProbabilities;
}

/** What a model expects, for `cascadeDr`: rewards from the position on, the target choosing what comes after. */
export interface SlatePredictions {
  /** Given the actions up to and with the position. */
  readonly after: ArrayLike<number>; // [n, slateSize]
  /** Given those before the position alone. */
  readonly before: ArrayLike<number>; // [n, slateSize]
}

/**
 * Importance weights of each position's reward, [n, slateSize]. What a member does at a position may depend on
 *   `whole`        everything shown: the product over all positions
 *   `cascade`      what stands there and before: the product up to the position
 *   `independent`  what stands there: the ratio of P(action at the position)
 * The fewer, the less the weights vary; and the estimate is biased where the assumption does not hold.
 */
export type SlateAssumption = 'whole' | 'cascade' | 'independent';

/** @throws RangeError on an empty log, unequal lengths, or a behaviour probability outside (0, 1] */
export const slateWeights = (log: SlateLog, assumption: SlateAssumption): Float64Array => {
  const { slateSize, rewards, behavior, target } = log;
  const length = rewards.length;
  const n = length / slateSize;
  if (!(n > 0 && Number.isInteger(n))) {
    throw new RangeError(`slates: expected rewards of ${slateSize} positions a slate, got ${length} in all`);
  }
  const kind = assumption === 'independent' ? 'alone' : 'given';
  if (behavior[kind].length !== length || target[kind].length !== length) {
    throw new RangeError(
      `slates: ${length} rewards, ${behavior[kind].length} behaviour and ${target[kind].length} target probabilities, expected as many of each`,
    );
  }
  const weights = new Float64Array(length);
  for (let i = 0; i < n; i++) {
    let product = 1;
    for (let at = i * slateSize; at < (i + 1) * slateSize; at++) {
      expectPropensity(behavior[kind][at], `slate ${i}, position ${at - i * slateSize}`);
      const ratio = target[kind][at] / behavior[kind][at];
      product *= ratio;
      weights[at] = assumption === 'independent' ? ratio : product;
    }
    if (assumption === 'whole') weights.fill(product, i * slateSize, (i + 1) * slateSize);
  }
  return weights;
};

/** The sum of each slate's rewards. [n] */
const slateRewards = ({ slateSize, rewards }: SlateLog): Float64Array => {
  const sums = new Float64Array(Math.ceil(rewards.length / slateSize));
  for (let at = 0; at < rewards.length; at++) sums[Math.floor(at / slateSize)] += rewards[at];
  return sums;
};

/** Mean over slates of sum over positions of weight times reward, and `extra` for each slate. */
const weighted = (
  name: string,
  log: SlateLog,
  weights: Float64Array,
  extra?: Float64Array,
): Contributions => {
  const { slateSize, rewards } = log;
  const terms = new Float64Array(rewards.length / slateSize);
  for (let at = 0; at < rewards.length; at++) terms[Math.floor(at / slateSize)] += weights[at] * rewards[at];
  const influences = extra === undefined ? terms : terms.map((term, i) => term + extra[i]);
  return { name, value: mean(influences), influences };
};

/** IPS of whole slates: right whatever members do, and of a variance that grows with every position. */
export const slateIps = (log: SlateLog): Contributions =>
  weighted('slate-IPS', log, slateWeights(log, 'whole'));

/**
 * Independent IPS: each position's reward depends on what stands there alone.
 * @see Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay & Wen, KDD 2018 (item-position click model)
 */
export const independentIps = (log: SlateLog): Contributions =>
  weighted('IIPS', log, slateWeights(log, 'independent'));

/**
 * Reward interaction IPS: members go from the first position on, and what comes after changes nothing.
 * @see McInerney, Brost, Chandar, Mehrotra & Carterette, KDD 2020
 */
export const cascadeIps = (log: SlateLog): Contributions =>
  weighted('RIPS', log, slateWeights(log, 'cascade'));

/**
 * Doubly robust under the same assumption, with w_k the weight up to position k:
 *   V = mean over slates of sum_k w_k (r_k - after_k) + w_(k-1) before_k
 * @throws RangeError on unequal lengths too
 * @see Kiyohara, Saito, Matsuhiro, Narita, Shimizu & Yamamoto, WSDM 2022
 */
export const cascadeDr = (log: SlateLog, { after, before }: SlatePredictions): Contributions => {
  const { slateSize, rewards } = log;
  const weights = slateWeights(log, 'cascade');
  if (after.length !== rewards.length || before.length !== rewards.length) {
    throw new RangeError(
      `slates: ${rewards.length} rewards, predictions of ${after.length} and ${before.length}, expected as many`,
    );
  }
  const extra = new Float64Array(rewards.length / slateSize);
  for (let at = 0; at < rewards.length; at++) {
    const above = at % slateSize === 0 ? 1 : weights[at - 1];
    extra[Math.floor(at / slateSize)] += above * before[at] - weights[at] * after[at];
  }
  return weighted('cascade-DR', log, weights, extra);
};

/** The overlap at the position where it is worst. */
export const slateOverlap = (log: SlateLog, assumption: SlateAssumption): Overlap => {
  const { slateSize } = log;
  const weights = slateWeights(log, assumption);
  return Array.from({ length: slateSize }, (_, position) =>
    overlapOfWeights(
      weights.filter((_weight, at) => at % slateSize === position),
      0,
    ),
  ).reduce((worst, overlap) => (overlap.effectiveSampleSize < worst.effectiveSampleSize ? overlap : worst));
};

/**
 * The expected sum of a slate's rewards under the target policy, by slate-IPS, IIPS, RIPS and, with predictions,
 * cascade-DR. Each refuses where its own weights show no support: a log that is too small for whole slates may do for
 * single positions.
 * @throws RangeError on slates of a reward outside `rewardRange`, by default 0 to the slate's size
 */
export const evaluateSlates = (
  log: SlateLog,
  options: Omit<OffPolicyOptions, 'model'> & { readonly predictions?: SlatePredictions },
): OffPolicyOutcome[] => {
  const { predictions, rewardRange = [0, log.slateSize], limits } = options;
  expectWithin(slateRewards(log), rewardRange);
  const estimators: [name: string, assumption: SlateAssumption, parts: () => Contributions][] = [
    ['slate-IPS', 'whole', () => slateIps(log)],
    ['IIPS', 'independent', () => independentIps(log)],
    ['RIPS', 'cascade', () => cascadeIps(log)],
  ];
  if (predictions !== undefined) {
    estimators.push(['cascade-DR', 'cascade', () => cascadeDr(log, predictions)]);
  }
  return estimators.map(([estimator, assumption, parts]) => {
    const overlap = slateOverlap(log, assumption);
    const reason = refusalOf(overlap, limits);
    return reason === undefined
      ? outcomeOf(parts(), overlap, { ...options, rewardRange })
      : { kind: 'refusal', estimator, reason, overlap };
  });
};
