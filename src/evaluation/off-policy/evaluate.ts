import { standardError } from '../../math/statistics.ts';
import { candidateThresholds, leastErrorOf } from './choose-setting.ts';
import type {
  Contributions,
  IntervalMethod,
  OffPolicyOutcome,
  Overlap,
  RewardPredictions,
  RewardRange,
  WeighedLog,
} from './contract.ts';
import {
  clippedIps,
  directMethod,
  doublyRobust,
  drOptimisticShrinkage,
  ips,
  replay,
  snips,
  switchDr,
  UNIT_RANGE,
} from './estimators.ts';
import { intervalOf } from './intervals.ts';
import { type OverlapLimits, overlapOf, overlapOfWeights, refusalOf, tooFewOf } from './overlap.ts';
import { expectWithin } from './weigh.ts';

export interface OffPolicyOptions {
  readonly uniform: () => number;
  /** Those that need a model are left out without one. */
  readonly model?: RewardPredictions;
  /** Default `normal`. */
  readonly interval?: IntervalMethod;
  /** Default 0.95. */
  readonly level?: number;
  /** Default [0, 1]. */
  readonly rewardRange?: RewardRange;
  readonly limits?: OverlapLimits;
}

/**
 * The target policy's value by every estimator: replay, IPS, clipped-IPS, SNIPS and, with a reward model, DM, DR,
 * Switch-DR and DRos. Clip, threshold and shrinkage are chosen from the log. Where the log does not support the
 * target every one is a refusal, models included: they would answer for actions that nobody took.
 * @throws RangeError on a reward outside `rewardRange`
 */
export const evaluateOffPolicy = (log: WeighedLog, options: OffPolicyOptions): OffPolicyOutcome[] => {
  expectWithin(log.rewards, options.rewardRange ?? UNIT_RANGE);
  const overlap = overlapOf(log);
  const reason = refusalOf(overlap, options.limits);
  return estimatorsOf(log, options).map(([estimator, parts]) =>
    reason === undefined
      ? outcomeOf(parts(), overlap, options)
      : { kind: 'refusal', estimator, reason, overlap },
  );
};

/** Each estimator by its name, run when it is called. */
const estimatorsOf = (
  log: WeighedLog,
  { uniform, model, rewardRange = UNIT_RANGE }: OffPolicyOptions,
): [name: string, parts: () => Contributions][] => {
  const thresholds = candidateThresholds(log.weights);
  const withoutModel: [string, () => Contributions][] = [
    ['replay', () => replay(log, uniform)],
    ['IPS', () => ips(log, rewardRange)],
    ['clipped-IPS', () => leastErrorOf(thresholds.map((clip) => clippedIps(log, clip, rewardRange)))],
    ['SNIPS', () => snips(log)],
  ];
  if (model === undefined) return withoutModel;
  return [
    ...withoutModel,
    ['DM', () => directMethod(log, model)],
    ['DR', () => doublyRobust(log, model, rewardRange)],
    ['Switch-DR', () => leastErrorOf(thresholds.map((threshold) => switchDr(log, model, threshold)))],
    ['DRos', () => leastErrorOf(thresholds.map((w) => drOptimisticShrinkage(log, model, w * w)))],
  ];
};

/**
 * The estimate with its interval cut to the rewards' range, or a refusal where the rounds that it counts are too few,
 * or none of them differ in reward, or it has no interval by this method.
 */
export const outcomeOf = (
  parts: Contributions,
  overlap: Overlap,
  options: Pick<OffPolicyOptions, 'uniform' | 'interval' | 'level' | 'rewardRange' | 'limits'>,
): OffPolicyOutcome => {
  const { uniform, interval: method = 'normal', level = 0.95, limits } = options;
  const [least, most] = options.rewardRange ?? UNIT_RANGE;
  const { name, value, influences, ratio, setting } = parts;
  const refusal = (reason: string): OffPolicyOutcome => ({
    kind: 'refusal',
    estimator: name,
    reason,
    overlap,
  });
  const counted = ratio === undefined ? overlap : overlapOfWeights(ratio.by, overlap.neverTakenShare);
  const tooFew = tooFewOf(counted, limits);
  if (tooFew !== undefined) return refusal(tooFew);
  const error = standardError(influences);
  if (error === 0 && method !== 'empirical-bernstein') {
    return refusal(`no ${method} interval: the rewards that count are all alike`);
  }
  const interval = intervalOf(parts, { method, level, uniform });
  if (interval === undefined) {
    return refusal(`no ${method} interval: it needs a mean of independent terms within known bounds`);
  }
  return {
    kind: 'estimate',
    estimator: name,
    value,
    standardError: error,
    interval: [Math.max(least, interval[0]), Math.min(most, interval[1])],
    n: overlap.n,
    effectiveSampleSize: counted.effectiveSampleSize,
    ...(setting === undefined ? {} : { setting }),
  };
};
