import { sigmoid } from '../math/statistics.ts';
import { RidgeModel, type RidgeModelConfig } from './ridge-model.ts';
import { checkWeight } from './round.ts';

/** Below this variance of a reward, an observation says nothing that a double could hold. */
const LEAST_VARIANCE = 1e-12;

/**
 * A Gaussian posterior of a logistic reward model, P(reward = 1) = sigmoid(x^T theta), kept as `RidgeModel` keeps a
 * linear one. Each observation moves the mean to the peak of prior times likelihood, and adds the curvature there:
 *   theta' = theta + A^-1 x alpha,   alpha = w (r - p),   p = sigmoid(x^T theta')
 *   A' = A + w p (1 - p) x x^T
 * The peak lies in the direction A^-1 x, so one number is looked for. In the terms of least squares that is one
 * observation of weight w p (1 - p) and target x^T theta' + (r - p) / (p (1 - p)).
 * Merging adds precisions A and A theta, so means are weighed by precision.
 * @see Chapelle & Li, "An Empirical Evaluation of Thompson Sampling", NIPS 2011, algorithm 3 (Laplace's approximation
 * over and over). Theirs keeps the diagonal of A and refits in batches; this keeps all of A and goes one by one.
 */
export class LogisticModel extends RidgeModel {
  constructor({ featureSize, ridge }: Omit<RidgeModelConfig, 'priorNoise'>) {
    super({ featureSize, ridge, priorNoise: 1 });
  }

  /** @throws RangeError as `RidgeModel`, and on a reward outside [0, 1] */
  override learn(features: Float32Array, at: number, reward: number, weight: number): void {
    checkWeight(weight);
    if (!(reward >= 0 && reward <= 1)) throw new RangeError(`reward: expected 0 to 1, got ${reward}`);
    const { mean, square } = this.scoreOf(features, at);
    const moved = peakScore({ score: mean, variance: weight * square, reward });
    const curvature = Math.max(LEAST_VARIANCE, sigmoid(moved) * sigmoid(-moved));
    this.absorb(moved + residual(reward, moved) / curvature, weight * curvature);
  }

  /** 1: the posterior is of log-odds themselves, and a draw of theta has covariance A^-1. */
  override noiseVariance(): number {
    return 1;
  }
}

/** More than Newton's method needs from the middle to where a double's sigmoid is 0 or 1. */
const NEWTON_STEPS = 200;

interface Observed {
  /** Mean of the log-odds before. */
  readonly score: number;
  /** Their variance before, times the observation's weight. */
  readonly variance: number;
  readonly reward: number;
}

/**
 * The m with m = score + variance (reward - sigmoid(m)). What is left of that rises in m by at least 1, so Newton's
 * method, halving where it would leave the bracket, finds the one there is. NaN where score or variance is none.
 */
export const peakScore = ({ score, variance, reward }: Observed): number => {
  let low = score + variance * (reward - 1);
  let high = score + variance * reward;
  let m = score;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const excess = m - score - variance * residual(reward, m);
    if (excess > 0) high = m;
    else low = m;
    const next = m - excess / (1 + variance * sigmoid(m) * sigmoid(-m));
    const moved = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - m) <= 1e-12 * (1 + Math.abs(m))) return moved;
    m = moved;
  }
  return m;
};

/** reward - sigmoid(score), to the last digit even where the two are nearly alike. */
const residual = (reward: number, score: number): number =>
  reward * sigmoid(-score) - (1 - reward) * sigmoid(score);
