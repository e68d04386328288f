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

/** A policy's learned numbers, to be saved, restored and published. */
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
  update(feedback: BanditFeedback): void;
  save(): PolicyState;
  /** @throws MarqueeError when the state is another policy's, or another shape's */
  restore(state: PolicyState): void;
}
