import type { Rng } from '../domain/rng.ts';

/** One choice to make: a row of features for each action (context and action already crossed). */
export interface BanditRound {
  readonly requestId: string;
  readonly actionCount: number;
  readonly featureSize: number;
  readonly features: Float32Array; // [actionCount, featureSize]
}

export interface Decision {
  readonly action: number;
  /** The probability with which `action` was drawn, exactly. */
  readonly propensity: number;
  readonly probabilities: Float64Array; // [actionCount]
}

export interface BanditFeedback {
  readonly round: BanditRound;
  readonly action: number;
  /** Legally 0. */
  readonly reward: number;
  /** For how many observations this one stands, >= 0; 1 when absent. */
  readonly weight?: number;
}

/** A policy's learned numbers, to be saved, restored, merged and published. */
export interface PolicyState {
  readonly policy: string;
  readonly arrays: Readonly<Record<string, Float64Array>>;
}

export interface BanditPolicy {
  readonly name: string;
  /** P(action), [actionCount], sums to 1 within 1e-9. Same rng, same vector. */
  probabilities(round: BanditRound, rng: Rng): Float64Array;
  /** Draws from exactly that vector, so that the logged propensity is exact. */
  choose(round: BanditRound, rng: Rng): Decision;
  /**
   * Learns one reward, whenever it comes: it need not be of the last round, and any number may come at once, one call
   * for each. Linear and counting policies end in the same state in whatever order they come, within rounding;
   * logistic ones, which approximate the posterior at each step, in nearly the same.
   */
  update(feedback: BanditFeedback): void;
  /**
   * Lets everything learned so far count `keep` times what it did, (0, 1], as often as the world is thought to move:
   * each hour, say. The prior stays whole, so what is forgotten is explored again.
   * @throws RangeError on another keep
   */
  forget(keep: number): void;
  save(): PolicyState;
  /** @throws MarqueeError when the state is another policy's, or another shape's */
  restore(state: PolicyState): void;
  /**
   * Adds what each part learned since they all were in this policy's present state: servers start from one state, learn
   * apart, and are one again. Evidence adds, so linear and counting policies end where one that saw all the feedback
   * would, within rounding, and logistic ones nearly so. Parts that have forgotten meanwhile need a start that has too.
   * @throws MarqueeError as `restore`, this policy being as it was
   */
  merge(parts: readonly PolicyState[]): void;
}
