import type { Rng } from '../domain/rng.ts';
import { factorSemidefinite } from '../math/linear-algebra.ts';
import { fillCoarseNormals } from '../math/random.ts';
import { ActionProjection } from './action-projection.ts';
import type { BanditRound } from './contract.ts';
import { LINEAR_DEFAULTS, LinearPolicy, type LinearPolicyConfig } from './linear-policy.ts';
import { checkSetting } from './policy-config.ts';
import { checkFinite, checkRound } from './round.ts';

export interface LinTsConfig extends LinearPolicyConfig {
  /** Scale of the posterior's standard deviation, >= 0: 1 is Bayes, 0 is greedy. */
  readonly exploration?: number;
  /** Posterior draws of a round, an even number >= 2. More make propensities smoother, not regret lower. */
  readonly draws?: number;
}

export const LIN_TS_DEFAULTS = {
  ...LINEAR_DEFAULTS,
  exploration: 1,
  draws: 32,
} as const;

/** Standard deviations by which an action must trail to be left out of the draws: it wins one in 3 million. */
const OUT_OF_REACH = 5;

/**
 * Linear Thompson sampling, theta ~ N(A^-1 b, exploration^2 sigma^2 A^-1), with propensities that are exact.
 *   p(a) = share of the draws in which a scores best
 * The action is then drawn from that very vector, whose expectation over the draws is Thompson
 * sampling's own distribution: any number of draws acts alike, and what is logged is the truth.
 *
 * Scores are drawn rather than theta: W = L^-1 X^T gives their covariance sigma^2 W^T W, and its
 * factor turns one normal for each action into a draw of all scores. That is the same distribution as
 * through theta, at actions^2 / 2 instead of d^2 / 2 + actions d multiplications. Columns in which
 * all actions agree move all scores alike, so they are left out, and so are actions that trail the
 * best by 5 standard deviations of the difference, which would win one draw in 3 million. Draws come in pairs of opposite
 * sign: each has the right distribution, and a pair costs one set of normals.
 * @see Agrawal & Goyal, "Thompson Sampling for Contextual Bandits with Linear Payoffs", ICML 2013.
 * Its v is a bound's constant; here it is the estimated noise times `exploration`.
 */
export class LinTs extends LinearPolicy {
  readonly config: Required<LinTsConfig>;
  readonly #projection: ActionProjection;
  #contenders = new Uint32Array(0); // [actions], of which the first n stand in this round
  #factor = new Float64Array(0); // [n, m]
  #normals = new Float64Array(0); // [m]

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: LinTsConfig) {
    const settled = { ...LIN_TS_DEFAULTS, ...config };
    super('lin-ts', settled);
    checkSetting(this.name, 'exploration', settled.exploration, { min: 0 });
    checkSetting(this.name, 'draws', settled.draws, { min: 2, multipleOf: 2 });
    this.config = settled;
    this.#projection = new ActionProjection(settled.featureSize);
  }

  /** @throws RangeError on a round of another shape, or a feature that is not finite */
  probabilities(round: BanditRound, rng: Rng): Float64Array {
    checkRound(round, this.model.size);
    this.#projection.project(this.model, round);
    this.#reserve(round.actionCount);
    const scale = this.config.exploration * Math.sqrt(this.model.noiseVariance());
    const best = this.#bestMean(round);
    const n = this.#keepContenders(round.actionCount, best, scale);
    const shares = new Float64Array(round.actionCount);
    if (n === 1) shares[best] = 1;
    else this.#countWins(shares, n, this.#factorScores(n, scale), rng);
    return shares;
  }

  #reserve(actionCount: number): void {
    if (this.#contenders.length >= actionCount) return;
    const narrow = Math.min(actionCount, this.model.size);
    this.#contenders = new Uint32Array(actionCount);
    this.#factor = new Float64Array(actionCount * narrow);
    this.#normals = new Float64Array(narrow);
  }

  /** The action of the best mean score. */
  #bestMean(round: BanditRound): number {
    const { means, sharedMean } = this.#projection;
    if (!Number.isFinite(sharedMean)) checkFinite(round);
    let best = 0;
    for (let a = 0; a < round.actionCount; a++) {
      if (!Number.isFinite(means[a])) checkFinite(round);
      if (means[a] > means[best]) best = a;
    }
    return best;
  }

  /** Lists the actions that may score best in a draw, and returns how many. */
  #keepContenders(actionCount: number, best: number, scale: number): number {
    const { rows, shared, lanes, means } = this.#projection;
    const d = this.model.size;
    const reach = (scale * OUT_OF_REACH) ** 2;
    let n = 0;
    for (let a = 0; a < actionCount; a++) {
      let square = 0;
      for (let i = shared; i < d; i++) square += (rows[i * lanes + a] - rows[i * lanes + best]) ** 2;
      const gap = means[best] - means[a];
      if (gap * gap <= reach * square) this.#contenders[n++] = a;
    }
    return n;
  }

  /**
   * Fills a factor F of the contenders' score covariance, [n, m], and returns m. With no more of them
   * than columns that tell them apart F is triangular, m = n; else the projected rows are F themselves.
   */
  #factorScores(n: number, scale: number): number {
    const { rows, shared, lanes } = this.#projection;
    const contenders = this.#contenders;
    const factor = this.#factor;
    const d = this.model.size;
    const columns = d - shared;
    if (n > columns) {
      for (let p = 0; p < n; p++) {
        for (let i = 0; i < columns; i++) {
          factor[p * columns + i] = scale * rows[(shared + i) * lanes + contenders[p]];
        }
      }
      return columns;
    }
    for (let p = 0; p < n; p++) {
      for (let q = 0; q <= p; q++) {
        let sum = 0;
        for (let i = shared; i < d; i++) {
          sum += rows[i * lanes + contenders[p]] * rows[i * lanes + contenders[q]];
        }
        factor[p * n + q] = scale * scale * sum;
      }
    }
    factorSemidefinite(factor, n);
    return n;
  }

  /** Adds to each action the share of the draws in which it scores best. */
  #countWins(shares: Float64Array, n: number, m: number, rng: Rng): void {
    const { means } = this.#projection;
    const contenders = this.#contenders;
    const factor = this.#factor;
    const normals = this.#normals;
    const { draws } = this.config;
    for (let pair = 0; pair < draws; pair += 2) {
      fillCoarseNormals(() => rng.next(), normals, m);
      let bestAbove = 0;
      let bestBelow = 0;
      let highestAbove = -Infinity;
      let highestBelow = -Infinity;
      let p = (pair / 2) % n; // equal scores go to the first met: each contender's turn in time
      for (let met = 0; met < n; met++) {
        const row = p * m;
        const length = m === n ? p + 1 : m;
        let shift = 0;
        for (let i = 0; i < length; i++) shift += factor[row + i] * normals[i];
        const mean = means[contenders[p]];
        if (mean + shift > highestAbove) {
          highestAbove = mean + shift;
          bestAbove = p;
        }
        if (mean - shift > highestBelow) {
          highestBelow = mean - shift;
          bestBelow = p;
        }
        if (++p === n) p = 0;
      }
      shares[contenders[bestAbove]] += 1 / draws;
      shares[contenders[bestBelow]] += 1 / draws;
    }
  }
}
