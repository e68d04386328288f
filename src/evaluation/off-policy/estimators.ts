import { mean } from '../../math/statistics.ts';
import type { Contributions, RewardPredictions, RewardRange, WeighedLog } from './contract.ts';

/*
 * All but replay and the self-normalised one are of one family, with a model q (or 0) and correction weights v:
 *   V = mean_i of sum_a target(a | x_i) q(x_i, a) + v_i (r_i - q(x_i, a_i))
 * What v_i falls short of the importance weight w_i is the bias, E[(w - v)(r - q)].
 */

/** Rewards that are clicks or shares. */
export const UNIT_RANGE: RewardRange = [0, 1];

const timesRewards = ({ n, rewards }: WeighedLog, weights: Float64Array): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => weights[i] * rewards[i]);

/**
 * Inverse propensity score estimate, V = mean w_i r_i. Without bias where the behaviour policy may do whatever
 * the target does.
 * @see Horvitz & Thompson, JASA 1952; Precup, Sutton & Singh, ICML 2000
 */
export const ips = (log: WeighedLog, [least, most]: RewardRange = UNIT_RANGE): Contributions => {
  const terms = timesRewards(log, log.weights);
  const largest = largestOf(log.weights);
  return {
    name: 'IPS',
    value: mean(terms),
    influences: terms,
    bounds: {
      below: terms,
      above: terms,
      span: largest * (Math.max(0, most) - Math.min(0, least)),
    },
  };
};

/**
 * IPS with importance weights of at most `clip`: V = mean min(w_i, clip) r_i. Falls short by the reward of the
 * weight cut off, which is between least and most times that weight: E[w] = 1 bounds it from the log.
 * @throws RangeError unless clip > 0
 * @see Ionides, JCGS 2008; Bottou et al., JMLR 2013 (section 4.4, bounds of the clipped part)
 */
export const clippedIps = (log: WeighedLog, clip: number, [least, most] = UNIT_RANGE): Contributions => {
  expectPositive('clip', clip);
  const clipped = log.weights.map((weight) => Math.min(weight, clip));
  const terms = timesRewards(log, clipped);
  return {
    name: 'clipped-IPS',
    value: mean(terms),
    influences: terms,
    shortfalls: timesRewards(
      log,
      log.weights.map((weight, i) => weight - clipped[i]),
    ),
    bounds: {
      below: terms.map((term, i) => term + least * (1 - clipped[i])),
      above: terms.map((term, i) => term + most * (1 - clipped[i])),
      span: clip * (most - least),
    },
    setting: clip,
  };
};

/**
 * Self-normalised IPS estimate of the target policy's value.
 *   V = sum_i w_i r_i / sum_i w_i
 * Biased but consistent, and bounded by the range of r. NaN when every weight is 0: no overlap is no estimate,
 * not an estimate of 0.
 * @see Swaminathan & Joachims, NeurIPS 2015
 */
export const snips = (log: WeighedLog): Contributions => {
  const of = timesRewards(log, log.weights);
  const meanWeight = mean(log.weights);
  const value = mean(of) / meanWeight;
  return {
    name: 'SNIPS',
    value,
    influences: of.map((term, i) => value + (term - value * log.weights[i]) / meanWeight),
    ratio: { of, by: log.weights },
  };
};

/**
 * Mean reward of the rounds that the target would have had itself: each is kept with probability w_i / (largest
 * weight), which leaves the target's own distribution. Under a uniform log and a target without chance, these are
 * the rounds on which both agree. NaN when none is kept.
 * @see Li, Chu, Langford & Wang, WSDM 2011 (replay); rejection sampling for logs that are not uniform
 */
export const replay = (log: WeighedLog, uniform: () => number): Contributions => {
  const largest = largestOf(log.weights);
  const kept = log.weights.map((weight) => (uniform() * largest < weight ? 1 : 0));
  const rewards = timesRewards(log, kept);
  const share = mean(kept);
  const value = mean(rewards) / share;
  return {
    name: 'replay',
    value,
    influences: rewards.map((reward, i) => value + (reward - value * kept[i]) / share),
    ratio: { of: rewards, by: kept },
  };
};

/** What the model expects of the target, without a look at the rewards: [n]. */
const expectedRewards = (
  { n, actionCount, target }: WeighedLog,
  { rewards }: RewardPredictions,
): Float64Array => {
  const expected = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let a = 0; a < actionCount; a++, at++) expected[i] += target[at] * rewards[at];
  }
  return expected;
};

interface Corrected {
  readonly log: WeighedLog;
  readonly model: RewardPredictions;
  readonly corrections: Float64Array;
}

/** A member of the family with a model, and its terms, whose mean is the value. */
const corrected = (name: string, { log, model, corrections }: Corrected) => {
  const { n, actionCount, actions, rewards, weights } = log;
  const residuals = Float64Array.from(
    { length: n },
    (_, i) => rewards[i] - model.rewards[i * actionCount + actions[i]],
  );
  const terms = expectedRewards(log, model).map((expected, i) => expected + corrections[i] * residuals[i]);
  const leverage = model.leverage(corrections);
  const parts: Contributions = {
    name,
    value: mean(terms),
    influences: terms.map((term, i) => term + leverage[i] * residuals[i]),
    shortfalls: residuals.map((residual, i) => (weights[i] - corrections[i]) * residual),
  };
  return { parts, terms };
};

/** The reward that a model expects of the target: V = mean_i sum_a target(a | x_i) q(x_i, a). As right as the model. */
export const directMethod = (log: WeighedLog, model: RewardPredictions): Contributions =>
  corrected('DM', { log, model, corrections: new Float64Array(log.n) }).parts;

/**
 * The direct method corrected by what IPS finds in its residuals, v = w. Right where either the propensities or the
 * model are.
 * @see Dudík, Langford & Li, ICML 2011
 */
export const doublyRobust = (
  log: WeighedLog,
  model: RewardPredictions,
  [least, most] = UNIT_RANGE,
): Contributions => {
  const { parts, terms } = corrected('DR', { log, model, corrections: log.weights });
  const { shortfalls: _none, ...unbiased } = parts;
  const low = model.rewards.reduce((lowest, reward) => Math.min(lowest, reward), least);
  const high = model.rewards.reduce((highest, reward) => Math.max(highest, reward), most);
  const largest = largestOf(log.weights);
  const span = high - low + largest * (high - least + most - low);
  return { ...unbiased, bounds: { below: terms, above: terms, span } };
};

/**
 * Doubly robust where the importance weight is at most `threshold`, the direct method elsewhere: v = w [w <= threshold].
 * @throws RangeError unless threshold > 0
 * @see Wang, Agarwal & Dudík, ICML 2017
 */
export const switchDr = (log: WeighedLog, model: RewardPredictions, threshold: number): Contributions => {
  expectPositive('switch threshold', threshold);
  const corrections = log.weights.map((weight) => (weight <= threshold ? weight : 0));
  return { ...corrected('Switch-DR', { log, model, corrections }).parts, setting: threshold };
};

/**
 * Doubly robust with optimistic shrinkage, v = shrinkage w / (w^2 + shrinkage): the direct method at 0, doubly
 * robust at infinity, and never above sqrt(shrinkage) / 2.
 * @throws RangeError unless shrinkage > 0
 * @see Su, Dimakopoulou, Krishnamurthy & Dudík, ICML 2020
 */
export const drOptimisticShrinkage = (
  log: WeighedLog,
  model: RewardPredictions,
  shrinkage: number,
): Contributions => {
  expectPositive('shrinkage', shrinkage);
  const corrections = log.weights.map((weight) => weight / ((weight * weight) / shrinkage + 1));
  return { ...corrected('DRos', { log, model, corrections }).parts, setting: shrinkage };
};

const largestOf = (weights: Float64Array): number =>
  weights.reduce((highest, weight) => Math.max(highest, weight), 0);

const expectPositive = (name: string, value: number): void => {
  if (!(value > 0)) throw new RangeError(`${name}: expected > 0, got ${value}`);
};
