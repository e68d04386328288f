import { packedLength } from '../math/linear-algebra.ts';
import type { BanditRound } from './contract.ts';
import type { RidgeModel } from './ridge-model.ts';
import { sharedColumns } from './round.ts';

/** Actions solved side by side: four chains of additions hide each other's latency. */
const LANES = 4;

/**
 * The rows w_a = L^-1 x_a of one round's actions, in buffers that the next round reuses.
 * Leading feature columns in which all actions agree (the context) have one solution for all of
 * them, so it is found once, and costs nothing per action: put the context first.
 */
export class ActionProjection {
  /** Leading columns in which all actions agree; `rows` says nothing of them. */
  shared = 0;
  /** w_a at `rows[a * d + i]`, for i >= shared. */
  rows = new Float64Array(0); // [actions, d]
  /** Score of the shared columns' part: the same for all. */
  sharedMean = 0;
  /** Squared length of w_a in the shared columns: the same for all. */
  sharedSquare = 0;
  readonly #common: Float64Array; // [d] w in the shared columns
  readonly #pull: Float64Array; // [d] what those take from each later row

  constructor(featureSize: number) {
    this.#common = new Float64Array(featureSize);
    this.#pull = new Float64Array(featureSize);
  }

  project({ factor, projection, size }: RidgeModel, round: BanditRound): void {
    const shared = sharedColumns(round);
    this.shared = shared;
    this.#solveShared(factor, projection, round.features);
    const count = round.actionCount;
    const needed = Math.ceil(count / LANES) * LANES * size;
    if (this.rows.length < needed) this.rows = new Float64Array(needed);
    const { features } = round;
    const rows = this.rows;
    const pull = this.#pull;
    for (let first = 0; first < count; first += LANES) {
      const w0 = first * size;
      const w1 = w0 + size;
      const w2 = w1 + size;
      const w3 = w2 + size;
      const x1 = Math.min(first + 1, count - 1) * size; // lanes beyond the last action repeat it
      const x2 = Math.min(first + 2, count - 1) * size;
      const x3 = Math.min(first + 3, count - 1) * size;
      for (let i = shared, row = packedLength(shared); i < size; row += ++i) {
        let s0 = features[w0 + i] - pull[i];
        let s1 = features[x1 + i] - pull[i];
        let s2 = features[x2 + i] - pull[i];
        let s3 = features[x3 + i] - pull[i];
        for (let j = shared; j < i; j++) {
          const entry = factor[row + j];
          s0 -= entry * rows[w0 + j];
          s1 -= entry * rows[w1 + j];
          s2 -= entry * rows[w2 + j];
          s3 -= entry * rows[w3 + j];
        }
        const inverse = 1 / factor[row + i];
        rows[w0 + i] = s0 * inverse;
        rows[w1 + i] = s1 * inverse;
        rows[w2 + i] = s2 * inverse;
        rows[w3 + i] = s3 * inverse;
      }
    }
  }

  #solveShared(factor: Float64Array, projection: Float64Array, features: Float32Array): void {
    const common = this.#common;
    const { shared } = this;
    this.sharedMean = 0;
    this.sharedSquare = 0;
    for (let i = 0, row = 0; i < common.length; row += ++i) {
      const end = Math.min(i, shared);
      let sum = 0;
      for (let j = 0; j < end; j++) sum += factor[row + j] * common[j];
      this.#pull[i] = sum;
      if (i >= shared) continue;
      const w = (features[i] - sum) / factor[row + i];
      common[i] = w;
      this.sharedMean += w * projection[i];
      this.sharedSquare += w * w;
    }
  }
}
