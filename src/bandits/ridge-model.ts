import { type Kernels, sharedKernels } from '../math/kernels/kernels.ts';
import { freeWith } from '../math/kernels/left-behind.ts';
import type { Span } from '../math/kernels/memory.ts';
import type { RotateInArgs } from '../math/kernels/triangular.ts';
import {
  factorPacked,
  multiplyByTransposed,
  packedLength,
  scaledIdentityFactor,
  solveLower,
  solveTransposed,
} from '../math/linear-algebra.ts';
import type { PolicyState } from './contract.ts';
import { checkWeight } from './round.ts';

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
 * kept in kernel memory as the factor L of A = L L^T and the projection z = L^-1 b, which one set of rotations
 * brings up to date together (see `rotateIn`). Mean and covariance of any scores follow from
 * W = L^-1 X^T: mean = W^T z, covariance = sigma^2 W^T W, and no inverse is ever formed.
 * The noise sigma is estimated along the way: what the rotations leave of each reward adds up to
 * the penalised least squares error.
 */
export class RidgeModel {
  readonly size: number;
  /** This and the projection lie in kernel memory, and live as long as the model. */
  readonly factor: Float64Array; // packed [d, d]
  readonly projection: Float64Array; // [d]
  /** Where the kernels find the two. */
  readonly spans: { readonly factor: Span; readonly projection: Span };
  readonly #kernels: Kernels;
  readonly #call: Omit<RotateInArgs, 'y'> & { y: number };
  readonly #ridge: number;
  readonly #priorVariance: number;
  #squaredError = 0;
  #observations = 0;
  readonly #row: Float64Array; // [d] the features read last, until they are absorbed
  readonly #solved: Float64Array; // [d] L^-1 of those
  readonly #weights: Float64Array; // [d] theta, once asked for
  #weightsStale = false;

  constructor({ featureSize, ridge, priorNoise }: RidgeModelConfig) {
    this.size = featureSize;
    this.#ridge = ridge;
    this.#kernels = sharedKernels();
    const lengths = [packedLength(featureSize), featureSize, featureSize, 3 * featureSize];
    const blocks = lengths.map((length) => this.#kernels.allocBytes(8 * length));
    const [factor, projection, row, turns] = blocks;
    freeWith(this, blocks);
    this.spans = { factor, projection };
    this.#call = { factor, z: projection, x: row, turns, y: 0, d: featureSize };
    this.factor = factor.f64;
    this.factor.set(scaledIdentityFactor(featureSize, Math.sqrt(ridge)));
    this.projection = projection.f64.fill(0);
    this.#priorVariance = priorNoise ** 2;
    this.#row = row.f64;
    this.#solved = new Float64Array(featureSize);
    this.#weights = new Float64Array(featureSize);
  }

  /** Updates seen so far that carried any weight, less what was forgotten of them. */
  get observations(): number {
    return this.#observations;
  }

  /**
   * Adds one observation, of the features that start at `at`. O(d^2).
   * @throws RangeError on a number that is not finite, or a weight below 0; nothing is then changed
   */
  learn(features: Float32Array, at: number, reward: number, weight: number): void {
    checkWeight(weight);
    if (!Number.isFinite(reward)) throw new RangeError(`reward: expected a finite number, got ${reward}`);
    this.#readRow(features, at);
    this.absorb(reward, weight);
  }

  /**
   * Mean and squared width x^T A^-1 x of the score of the features that start at `at`: one action's; `ActionProjection`
   * is for many. What it read, `absorb` may learn.
   * @throws RangeError on a number that is not finite
   */
  scoreOf(features: Float32Array, at: number): { mean: number; square: number } {
    this.#readRow(features, at);
    solveLower(this.factor, this.#row, this.#solved);
    let mean = 0;
    let square = 0;
    for (let i = 0; i < this.size; i++) {
      mean += this.#solved[i] * this.projection[i];
      square += this.#solved[i] * this.#solved[i];
    }
    return { mean, square };
  }

  #readRow(features: Float32Array, at: number): void {
    for (let i = 0; i < this.size; i++) {
      const value = features[at + i];
      if (!Number.isFinite(value))
        throw new RangeError(`feature ${i}: expected a finite number, got ${value}`);
      this.#row[i] = value;
    }
  }

  /** Adds the features read last with their target. */
  protected absorb(target: number, weight: number): void {
    if (weight === 0) return;
    const scale = Math.sqrt(weight);
    for (let i = 0; i < this.size; i++) this.#row[i] *= scale;
    this.#rotate(scale * target);
    this.#observations++;
  }

  #rotate(target: number): void {
    this.#call.y = target;
    const left = this.#kernels.rotateIn(this.#call);
    this.#squaredError += left * left;
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

  /**
   * Lets all observations so far count `keep` times what they did: A = keep (A - ridge I) + ridge I. The prior comes
   * back by rotations, as observations of weight 0 for every feature alone. O(d^3 / 3).
   */
  forget(keep: number): void {
    const shrink = Math.sqrt(keep);
    for (const array of [this.factor, this.projection]) {
      for (let i = 0; i < array.length; i++) array[i] *= shrink;
    }
    this.#squaredError *= keep;
    this.#observations *= keep;
    for (let i = 0; i < this.size; i++) {
      this.#row.fill(0);
      this.#row[i] = Math.sqrt((1 - keep) * this.#ridge);
      this.#rotate(0);
    }
  }

  static stateLengths(featureSize: number): Record<string, number> {
    return { factor: packedLength(featureSize), projection: featureSize, evidence: 2 };
  }

  save(): PolicyState['arrays'] {
    return {
      factor: this.factor.slice(),
      projection: this.projection.slice(),
      evidence: Float64Array.of(this.#squaredError, this.#observations),
    };
  }

  /** Takes over arrays of the lengths of `stateLengths`. */
  restore(arrays: PolicyState['arrays']): void {
    this.factor.set(arrays['factor']);
    this.projection.set(arrays['projection']);
    [this.#squaredError, this.#observations] = arrays['evidence'];
    this.#weightsStale = true;
  }

  /** Adds what each part learned since this state: A, b, the sum of squared rewards and the counts are sums. O(d^3). */
  merge(parts: readonly PolicyState['arrays'][]): void {
    const start = momentsOf(this.save());
    const sum = { ...start, precision: start.precision.slice(), moment: start.moment.slice() };
    for (const part of parts) {
      const { precision, moment, squares, observations } = momentsOf(part);
      for (let i = 0; i < precision.length; i++) sum.precision[i] += precision[i] - start.precision[i];
      for (let i = 0; i < moment.length; i++) sum.moment[i] += moment[i] - start.moment[i];
      sum.squares += squares - start.squares;
      sum.observations += observations - start.observations;
    }
    factorPacked(sum.precision, this.size, this.#ridge);
    this.factor.set(sum.precision);
    solveLower(this.factor, sum.moment, this.projection);
    this.#squaredError = Math.max(0, sum.squares - squaredLength(this.projection));
    this.#observations = sum.observations;
    this.#weightsStale = true;
  }
}

const squaredLength = (vector: Float64Array): number => vector.reduce((sum, value) => sum + value * value, 0);

/** The sums behind a saved model: A packed, b = L z, sum w r^2 = error + |z|^2, and the count. */
const momentsOf = ({ factor, projection, evidence }: PolicyState['arrays']) => ({
  precision: multiplyByTransposed(factor, projection.length),
  moment: Float64Array.from(projection, (_, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += factor[packedLength(i) + j] * projection[j];
    return sum;
  }),
  squares: evidence[0] + squaredLength(projection),
  observations: evidence[1],
});
