import type { Interval } from '../bootstrap.ts';

/** What a behaviour policy did, one column per field. */
export interface BanditLog {
  readonly actionCount: number;
  /** The action taken, below `actionCount`. */
  readonly actions: ArrayLike<number>; // [n]
  /** Legally 0. */
  readonly rewards: ArrayLike<number>; // [n]
  /** Behaviour probability of the action taken, at the time it was taken. */
  readonly propensities: ArrayLike<number>; // [n], (0, 1]
}

/**
 * What the estimators stand on: the log beside the target policy. A round may offer fewer actions than
 * `actionCount`: the target then gives the others 0.
 */
export interface WeighedLog extends BanditLog {
  readonly n: number;
  /** P(action) under the target policy in each round's context. */
  readonly target: Float64Array; // [n, actionCount], rows sum to 1
  /** Importance weights, target over behaviour probability of the action taken. */
  readonly weights: Float64Array; // [n]
}

/** Rewards as a model expects them, each round's from a model that has not seen the round. */
export interface RewardPredictions {
  /** Expected reward; 0 where neither the log nor the target takes the action. */
  readonly rewards: Float64Array; // [n, actionCount]
  /**
   * By how much the mean over rounds of sum_a target(a) q(a) - v q(taken) moves with each round's residual, times n:
   * the sampling error that the fitted model itself brings into an estimate with correction weights v.
   */
  leverage(corrections: Float64Array): Float64Array; // [n]
}

/** An estimate in parts: the value, and how each round moved it. */
export interface Contributions {
  readonly name: string;
  readonly value: number;
  /** Their standard error of the mean is the estimate's; the mean itself is near the value. */
  readonly influences: Float64Array; // [n]
  /** The estimate is mean(of) / mean(by), which a bootstrap resamples together. */
  readonly ratio?: { readonly of: Float64Array; readonly by: Float64Array }; // [n] each
  /** Their mean estimates, without bias, by how much the estimator falls short of the truth on average. */
  readonly shortfalls?: Float64Array; // [n]
  /**
   * Independent terms whose means' expectations hold the truth between them, and by how much two terms of one kind
   * may differ, the largest weight seen standing for the largest there is. Absent where the estimator has none.
   */
  readonly bounds?: {
    readonly below: Float64Array; // [n]
    readonly above: Float64Array; // [n]
    readonly span: number;
  };
  /** What was chosen from the log: the clip, the switch's threshold, the shrinkage. */
  readonly setting?: number;
}

/** How well a log covers a target policy. */
export interface Overlap {
  readonly n: number;
  /** Rounds whose action the target takes as well, with any probability. */
  readonly matched: number;
  /** Kish's (sum w)^2 / sum w^2: as many rounds of the target's own would be worth as much. 0 without weights. */
  readonly effectiveSampleSize: number;
  /** 1 in expectation where the behaviour policy may do whatever the target does. */
  readonly meanWeight: number;
  readonly meanWeightError: number;
  readonly largestWeight: number;
  /** Share of the target's choices that fall on actions which the log never took. */
  readonly neverTakenShare: number;
}

/** Where the rewards lie, whatever the action. */
export type RewardRange = readonly [least: number, most: number];

export const INTERVAL_METHODS = ['normal', 'bootstrap', 'empirical-bernstein'] as const;
export type IntervalMethod = (typeof INTERVAL_METHODS)[number];

export interface OffPolicyEstimate {
  readonly kind: 'estimate';
  readonly estimator: string;
  /** Expected reward of a round under the target policy. */
  readonly value: number;
  readonly standardError: number;
  readonly interval: Interval;
  readonly n: number;
  readonly effectiveSampleSize: number;
  readonly setting?: number;
}

/** No number, for the log cannot give one: the reason, and the diagnosis it follows from. */
export interface OffPolicyRefusal {
  readonly kind: 'refusal';
  readonly estimator: string;
  readonly reason: string;
  readonly overlap: Overlap;
}

export type OffPolicyOutcome = OffPolicyEstimate | OffPolicyRefusal;
