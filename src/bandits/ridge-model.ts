import {
  createRotations,
  packedLength,
  rotateIn,
  scaledIdentityFactor,
  solveTransposed,
} from '../math/linear-algebra.ts';

export interface RidgeModelConfig {
  readonly featureSize: number;
  /** Pull of every weight towards 0, in observations of a feature of size 1. */
  readonly ridge: number;
  /** Standard deviation of the reward around its mean, as believed before any data. */
  readonly priorNoise: number;
}

/** For how many observations the prior belief about the noise counts. */
const PRIOR_NOISE_OBSERVATIONS = 10;

/**
 * The posterior of a linear reward model, theta ~ N(A^-1 b, sigma^2 A^-1), with
 *   A = ridge I + sum_i w_i x_i x_i^T,   b = sum_i w_i r_i x_i
 * kept as the factor L of A = L L^T and the projection z = L^-1 b, which one set of rotations
 * brings up to date together (see `rotateIn`). Mean and covariance of any scores follow from
 * W = L^-1 X^T: mean = W^T z, covariance = sigma^2 W^T W, and no inverse is ever formed.
 * The noise sigma is estimated along the way: what the rotations leave of each reward adds up to
 * the penalised least squares error.
 */
export class RidgeModel {
  readonly size: number;
  readonly factor: Float64Array; // packed [d, d]
  readonly projection: Float64Array; // [d]
  readonly #priorVariance: number;
  #squaredError = 0;
  #observations = 0;
  readonly #row: Float64Array; // [d] scratch
  readonly #rotations;
  readonly #weights: Float64Array; // [d] theta, once asked for
  #weightsStale = false;

  constructor({ featureSize, ridge, priorNoise }: RidgeModelConfig) {
    this.size = featureSize;
    this.factor = scaledIdentityFactor(featureSize, Math.sqrt(ridge));
    this.projection = new Float64Array(featureSize);
    this.#priorVariance = priorNoise ** 2;
    this.#row = new Float64Array(featureSize);
    this.#rotations = createRotations(featureSize);
    this.#weights = new Float64Array(featureSize);
  }

  /** Updates seen so far that carried any weight. */
  get observations(): number {
    return this.#observations;
  }

  /**
   * Adds one observation, of the features that start at `at`. O(d^2).
   * @throws RangeError on a number that is not finite, or a weight below 0; nothing is then changed
   */
  learn(features: Float32Array, at: number, reward: number, weight: number): void {
    if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`weight: expected >= 0, got ${weight}`);
    if (!Number.isFinite(reward)) throw new RangeError(`reward: expected a finite number, got ${reward}`);
    const scale = Math.sqrt(weight);
    for (let i = 0; i < this.size; i++) {
      const value = features[at + i];
      if (!Number.isFinite(value))
        throw new RangeError(`feature ${i}: expected a finite number, got ${value}`);
      this.#row[i] = scale * value;
    }
    if (weight === 0) return;
    const left = rotateIn(this.factor, this.projection, this.#row, scale * reward, this.#rotations);
    this.#squaredError += left * left;
    this.#observations++;
    this.#weightsStale = true;
  }

  /** The mean of theta, A^-1 b, [d]; valid until the next `learn`. */
  weights(): Float64Array {
    if (this.#weightsStale) {
      solveTransposed(this.factor, this.projection, this.#weights);
      this.#weightsStale = false;
    }
    return this.#weights;
  }

  /** Estimate of the reward's variance around its mean, for an observation of weight 1. */
  noiseVariance(): number {
    return (
      (PRIOR_NOISE_OBSERVATIONS * this.#priorVariance + this.#squaredError) /
      (PRIOR_NOISE_OBSERVATIONS + this.#observations)
    );
  }

  static stateLengths(featureSize: number): Record<string, number> {
    return { factor: packedLength(featureSize), projection: featureSize, evidence: 2 };
  }

  save(): Record<string, Float64Array> {
    return {
      factor: this.factor.slice(),
      projection: this.projection.slice(),
      evidence: Float64Array.of(this.#squaredError, this.#observations),
    };
  }

  /** Takes over arrays of the lengths of `stateLengths`. */
  restore(arrays: Readonly<Record<string, Float64Array>>): void {
    this.factor.set(arrays['factor']);
    this.projection.set(arrays['projection']);
    [this.#squaredError, this.#observations] = arrays['evidence'];
    this.#weightsStale = true;
  }
}
