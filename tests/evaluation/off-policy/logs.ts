import { createRng } from '../../../src/domain/rng.ts';
import type { RewardPredictions, WeighedLog } from '../../../src/evaluation/off-policy/contract.ts';
import type { RoundFeatures } from '../../../src/evaluation/off-policy/reward-model.ts';
import { weighLog } from '../../../src/evaluation/off-policy/weigh.ts';
import { drawIndex } from '../../../src/math/random.ts';
import { sigmoid } from '../../../src/math/statistics.ts';

/** A model of given rewards that was fitted to nothing. */
export const fixedModel = (rewards: readonly number[]): RewardPredictions => ({
  rewards: Float64Array.from(rewards),
  leverage: (corrections) => new Float64Array(corrections.length),
});

/** Every outcome of `rounds` independent rounds in one context, with its probability. */
export const enumerateLogs = (
  { behavior, target, reward }: TinyBandit,
  rounds: number,
): { readonly probability: number; readonly log: WeighedLog }[] => {
  let outcomes: { probability: number; actions: number[]; rewards: number[] }[] = [
    { probability: 1, actions: [], rewards: [] },
  ];
  for (let i = 0; i < rounds; i++) {
    outcomes = outcomes.flatMap(({ probability, actions, rewards }) =>
      behavior.flatMap((p, action) =>
        [0, 1].map((r) => ({
          probability: probability * p * (r === 1 ? reward[action] : 1 - reward[action]),
          actions: [...actions, action],
          rewards: [...rewards, r],
        })),
      ),
    );
  }
  const probabilities = Float64Array.from(
    { length: rounds * target.length },
    (_, at) => target[at % target.length],
  );
  return outcomes.map(({ probability, actions, rewards }) => ({
    probability,
    log: weighLog(
      {
        actionCount: behavior.length,
        actions,
        rewards,
        propensities: actions.map((action) => behavior[action]),
      },
      probabilities,
    ),
  }));
};

export interface TinyBandit {
  readonly behavior: readonly number[];
  readonly target: readonly number[];
  /** P(reward 1) of each action. */
  readonly reward: readonly number[];
}

export const truthOf = ({ target, reward }: TinyBandit): number =>
  target.reduce((sum, p, action) => sum + p * reward[action], 0);

/** A contextual log with logistic rewards, whose features hold the right model. */
export const logisticLog = (
  seed: number,
  rounds: number,
): { readonly log: WeighedLog; readonly features: RoundFeatures; readonly expected: Float64Array } => {
  const rng = createRng(seed);
  const uniform = (): number => rng.next();
  const actionCount = 3;
  const theta = [-1, 1.5, 0.8, -0.9, 0.6];
  const contexts = Float64Array.from({ length: rounds }, () => 2 * uniform() - 1);
  const features: RoundFeatures = {
    featureSize: theta.length,
    write: (round, action, out) => {
      out[0] = 1;
      out[1] = contexts[round];
      for (let a = 0; a < actionCount; a++) out[2 + a] = a === action ? contexts[round] - 0.5 * a : 0;
    },
  };
  const row = new Float64Array(theta.length);
  const expected = new Float64Array(rounds * actionCount);
  const target = new Float64Array(rounds * actionCount);
  const [actions, rewards, propensities]: number[][] = [[], [], []];
  for (let i = 0; i < rounds; i++) {
    const odds = [1, 0.5 + uniform(), 2];
    const sum = odds.reduce((total, value) => total + value, 0);
    const behavior = odds.map((value) => value / sum);
    for (let a = 0; a < actionCount; a++) {
      features.write(i, a, row);
      expected[i * actionCount + a] = sigmoid(theta.reduce((score, weight, j) => score + weight * row[j], 0));
      target[i * actionCount + a] = [0.7, 0.2, 0.1][(a + (contexts[i] > 0 ? 1 : 0)) % actionCount];
    }
    actions.push(drawIndex(uniform, behavior));
    propensities.push(behavior[actions[i]]);
    rewards.push(uniform() < expected[i * actionCount + actions[i]] ? 1 : 0);
  }
  return { log: weighLog({ actionCount, actions, rewards, propensities }, target), features, expected };
};
