/**
 * The synthetic bandit of the Open Bandit Pipeline's published comparison of estimators (Saito, Aihara, Matsutani &
 * Narita, NeurIPS 2021 datasets track; its `examples/synthetic`): 30 actions, contexts of 5 normal numbers, logistic
 * rewards, a behaviour policy that prefers poor actions (inverse temperature -3), and a target policy learned from a
 * log of its own by weighted classification. Coefficients are uniform on [0, 1], as in the Pipeline when it printed its
 * figures; its later versions centre the scores at a reward of 1/2, which makes every relative error a third larger.
 */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Rng } from '../../src/domain/rng.ts';
import type { BanditLog } from '../../src/evaluation/off-policy/contract.ts';
import type { RoundFeatures } from '../../src/evaluation/off-policy/reward-model.ts';
import { drawIndex, normalSource } from '../../src/math/random.ts';
import { sigmoid } from '../../src/math/statistics.ts';

const ACTIONS = 30;
const CONTEXT = 5;
const INVERSE_TEMPERATURE = -3;

export interface SyntheticLog {
  readonly log: BanditLog;
  readonly contexts: Float64Array; // [n, CONTEXT]
  readonly expected: Float64Array; // [n, ACTIONS]
}

/** A bandit whose coefficients are drawn once, and logs of which are then drawn as often as wanted. */
export const createSyntheticBandit = (rng: Rng): ((rounds: number) => SyntheticLog) => {
  const stream = rng.fork('coefficients');
  const coefficients = Float64Array.from({ length: ACTIONS * CONTEXT }, () => stream.next());
  const constants = Float64Array.from({ length: ACTIONS }, () => stream.next());
  const draws = rng.fork('log');
  const uniform = (): number => draws.next();
  const normal = normalSource(uniform);
  return (rounds) => {
    const contexts = Float64Array.from({ length: rounds * CONTEXT }, normal);
    const expected = new Float64Array(rounds * ACTIONS);
    for (let i = 0; i < rounds; i++) {
      for (let a = 0; a < ACTIONS; a++) {
        let score = constants[a];
        for (let j = 0; j < CONTEXT; j++) score += coefficients[a * CONTEXT + j] * contexts[i * CONTEXT + j];
        expected[i * ACTIONS + a] = sigmoid(score);
      }
    }
    const behavior = softmaxRows(expected.map((reward) => INVERSE_TEMPERATURE * reward));
    const actions = new Uint8Array(rounds);
    const rewards = new Uint8Array(rounds);
    const propensities = new Float64Array(rounds);
    for (let i = 0; i < rounds; i++) {
      actions[i] = drawIndex(uniform, behavior.subarray(i * ACTIONS, (i + 1) * ACTIONS));
      propensities[i] = behavior[i * ACTIONS + actions[i]];
      rewards[i] = uniform() < expected[i * ACTIONS + actions[i]] ? 1 : 0;
    }
    return { log: { actionCount: ACTIONS, actions, rewards, propensities }, contexts, expected };
  };
};

/** exp(score) over the sum of its row's, in place. [n, ACTIONS] */
const softmaxRows = (scores: Float64Array): Float64Array => {
  for (let from = 0; from < scores.length; from += ACTIONS) {
    const row = scores.subarray(from, from + ACTIONS);
    const highest = row.reduce((most, score) => Math.max(most, score), -Infinity);
    let sum = 0;
    for (let a = 0; a < ACTIONS; a++) sum += row[a] = Math.exp(row[a] - highest);
    for (let a = 0; a < ACTIONS; a++) row[a] /= sum;
  }
  return scores;
};

const STEPS = 30;
const RIDGE = 0.01;

/**
 * The target policy, P(action | context) for each context of a log: a multinomial logistic regression of the actions
 * taken on contexts, each round weighted by reward / propensity, whose probabilities go through one more softmax.
 * Minimised by steps under Böhning's bound of the curvature, half the weighted moments for each action.
 * @see Böhning, "Multinomial logistic regression algorithm", AISM 1992
 */
export const learnTarget = ({ log, contexts }: SyntheticLog): ((contexts: Float64Array) => Float64Array) => {
  const { actions, rewards, propensities } = log;
  const size = CONTEXT + 1;
  const theta = new Float64Array(ACTIONS * size);
  const rewarded = Array.from(actions as Uint8Array, (_, i) => i).filter((i) => rewards[i] > 0);
  const rows = rewarded.map((i) => [1, ...contexts.subarray(i * CONTEXT, (i + 1) * CONTEXT)]);
  const weights = rewarded.map((i) => rewards[i] / propensities[i]);
  const scaled = new Matrix(rows.map((row, i) => row.map((value) => value * Math.sqrt(weights[i] / 2))));
  const curvature = new CholeskyDecomposition(
    scaled.transpose().mmul(scaled).add(Matrix.eye(size).mul(RIDGE)),
  );
  const probabilitiesOf = (all: Float64Array): Float64Array => {
    const scores = new Float64Array((all.length / CONTEXT) * ACTIONS);
    for (let i = 0; i * CONTEXT < all.length; i++) {
      for (let a = 0; a < ACTIONS; a++) {
        let score = theta[a * size];
        for (let j = 0; j < CONTEXT; j++) score += all[i * CONTEXT + j] * theta[a * size + 1 + j];
        scores[i * ACTIONS + a] = score;
      }
    }
    return softmaxRows(scores);
  };
  const flat = Float64Array.from(rows.flatMap((row) => row.slice(1)));
  for (let step = 0; step < STEPS; step++) {
    const probabilities = probabilitiesOf(flat);
    const gradient = new Float64Array(size * ACTIONS);
    for (const [at, i] of rewarded.entries()) {
      for (let a = 0; a < ACTIONS; a++) {
        const residual = weights[at] * ((actions[i] === a ? 1 : 0) - probabilities[at * ACTIONS + a]);
        gradient[a] += residual;
        for (let j = 0; j < CONTEXT; j++)
          gradient[(j + 1) * ACTIONS + a] += residual * flat[at * CONTEXT + j];
      }
    }
    const uphill = new Matrix(
      Array.from({ length: size }, (_, j) =>
        Array.from({ length: ACTIONS }, (__, a) => gradient[j * ACTIONS + a] - RIDGE * theta[a * size + j]),
      ),
    );
    const move = curvature.solve(uphill);
    for (let a = 0; a < ACTIONS; a++) for (let j = 0; j < size; j++) theta[a * size + j] += move.get(j, a);
  }
  return (all) => softmaxRows(probabilitiesOf(all));
};

/** Context and action side by side, as the published regression has them: no interactions, so the model is wrong. */
export const additiveFeatures = (contexts: Float64Array): RoundFeatures => ({
  featureSize: 1 + CONTEXT + ACTIONS,
  write: (round, action, out) => {
    out.fill(0);
    out[0] = 1;
    for (let j = 0; j < CONTEXT; j++) out[1 + j] = contexts[round * CONTEXT + j];
    out[1 + CONTEXT + action] = 1;
  },
});
