import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Rng } from '../../domain/rng.ts';
import { shuffleInPlace } from '../../math/random.ts';
import { sigmoid } from '../../math/statistics.ts';
import type { RewardPredictions, WeighedLog } from './contract.ts';

/** What a reward model knows of an action in a round. */
export interface RoundFeatures {
  readonly featureSize: number;
  /** Writes them from `out[0]` on. */
  write(round: number, action: number, out: Float64Array): void;
}

export interface RewardModelOptions {
  readonly features: RoundFeatures;
  /** `logistic` for rewards of 0 and 1 (or between), `linear` for any. */
  readonly link: RewardLink;
  readonly rng: Rng;
  /** Penalty on the squared weights, of a sum over rounds. Default 1. */
  readonly ridge?: number;
  /** Parts of the log of which each is predicted by a model of the others, 2 or more. Default 3. */
  readonly folds?: number;
}

export type RewardLink = 'linear' | 'logistic';

/**
 * Rewards predicted by ridge or logistic regression with cross-fitting: the rounds are dealt into folds, and each
 * fold's come from a model of the other folds, so that no round's prediction has seen its reward.
 * @throws RangeError on fewer than 2 folds, fewer rounds than folds, or a ridge that is not > 0
 * @see Chernozhukov et al., "Double/debiased machine learning", Econometrics Journal 2018 (cross-fitting)
 */
export const fitRewards = (log: WeighedLog, options: RewardModelOptions): RewardPredictions => {
  const { features, link, rng, ridge = 1, folds = 3 } = options;
  const { n, actionCount, actions, target } = log;
  if (!(folds >= 2 && folds <= n)) {
    throw new RangeError(`reward model: expected 2 to ${n} folds for ${n} rounds, got ${folds}`);
  }
  if (!(ridge > 0)) throw new RangeError(`reward model: expected a ridge > 0, got ${ridge}`);
  const d = features.featureSize;
  const taken = takenRows(log, features);
  const order = shuffleInPlace(
    Uint32Array.from({ length: n }, (_, i) => i),
    () => rng.next(),
  );
  const foldOf = new Uint8Array(n);
  for (const [place, round] of order.entries()) foldOf[round] = place % folds;

  const rewards = new Float64Array(n * actionCount);
  const row = new Float64Array(d);
  const models = Array.from({ length: folds }, (_, fold) => {
    const { theta, curvature } = fitRegression({
      rows: taken,
      rewards: log.rewards,
      uses: (i) => foldOf[i] !== fold,
      link,
      ridge,
      featureSize: d,
    });
    const gradient = new Float64Array(d); // of the sum over the fold of what the model expects of the target
    for (let i = 0; i < n; i++) {
      if (foldOf[i] !== fold) continue;
      for (let a = 0; a < actionCount; a++) {
        const share = target[i * actionCount + a];
        if (share === 0 && a !== actions[i]) continue;
        features.write(i, a, row);
        const mean = meanOf(link, dot(theta, row, 0));
        rewards[i * actionCount + a] = mean;
        const slope = share * slopeOf(link, mean);
        for (let j = 0; j < d; j++) gradient[j] += slope * row[j];
      }
    }
    return { curvature, gradient };
  });
  return {
    rewards,
    leverage: (corrections) => {
      const pulls = models.map(({ curvature, gradient }, fold) => {
        const moved = gradient.slice();
        for (let i = 0; i < n; i++) {
          if (foldOf[i] !== fold || corrections[i] === 0) continue;
          const slope = corrections[i] * slopeOf(link, rewards[i * actionCount + actions[i]]);
          for (let j = 0; j < d; j++) moved[j] -= slope * taken[i * d + j];
        }
        return Float64Array.from(curvature.solve(Matrix.columnVector(moved)).to1DArray());
      });
      return Float64Array.from({ length: n }, (_, i) =>
        pulls.reduce((sum, pull, fold) => (foldOf[i] === fold ? sum : sum + dot(pull, taken, i * d)), 0),
      );
    },
  };
};

/** Features of the actions taken, [n, featureSize]. */
const takenRows = ({ n, actions }: WeighedLog, features: RoundFeatures): Float64Array => {
  const d = features.featureSize;
  const rows = new Float64Array(n * d);
  for (let i = 0; i < n; i++) features.write(i, actions[i], rows.subarray(i * d, (i + 1) * d));
  return rows;
};

const meanOf = (link: RewardLink, score: number): number => (link === 'linear' ? score : sigmoid(score));
const slopeOf = (link: RewardLink, mean: number): number => (link === 'linear' ? 1 : mean * (1 - mean));

const dot = (theta: ArrayLike<number>, rows: ArrayLike<number>, from: number): number => {
  let sum = 0;
  for (let j = 0; j < theta.length; j++) sum += theta[j] * rows[from + j];
  return sum;
};

interface Regression {
  readonly rows: Float64Array; // [n, featureSize]
  readonly rewards: ArrayLike<number>;
  readonly uses: (round: number) => boolean;
  readonly link: RewardLink;
  readonly ridge: number;
  readonly featureSize: number;
}

const MOST_STEPS = 25;
const CONVERGED = 1e-8;

/** The weights of least penalised loss by Newton's method (one step for the linear link), and the curvature there. */
const fitRegression = ({ rows, rewards, uses, link, ridge, featureSize: d }: Regression) => {
  let theta = new Float64Array(d);
  for (let step = 0; ; step++) {
    const gradient = theta.map((weight) => -ridge * weight);
    const information = new Float64Array(d * d); // its lower triangle
    for (let i = 0, from = 0; i < rewards.length; i++, from += d) {
      if (!uses(i)) continue;
      const mean = meanOf(link, dot(theta, rows, from));
      const residual = rewards[i] - mean;
      const slope = slopeOf(link, mean);
      for (let j = 0; j < d; j++) {
        const x = rows[from + j];
        if (x === 0) continue;
        gradient[j] += residual * x;
        for (let k = 0; k <= j; k++) information[j * d + k] += slope * x * rows[from + k];
      }
    }
    const matrix = Matrix.zeros(d, d);
    for (let j = 0; j < d; j++) {
      for (let k = 0; k < j; k++) {
        matrix.set(j, k, information[j * d + k]);
        matrix.set(k, j, information[j * d + k]);
      }
      matrix.set(j, j, information[j * d + j] + ridge);
    }
    const curvature = new CholeskyDecomposition(matrix);
    const move = curvature.solve(Matrix.columnVector(gradient)).to1DArray();
    theta = theta.map((weight, j) => weight + move[j]);
    const size = Math.hypot(...move);
    if (link === 'linear' || size < CONVERGED * (1 + Math.hypot(...theta)) || step === MOST_STEPS) {
      return { theta, curvature };
    }
  }
};
