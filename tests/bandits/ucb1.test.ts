import { describe, expect, it } from 'vitest';
import { Ucb1 } from '../../src/bandits/ucb1.ts';

const round = (actionCount: number) => ({
  requestId: 'r',
  actionCount,
  featureSize: 0,
  features: new Float32Array(0),
});

const learn = (policy: Ucb1, action: number, rewards: readonly number[]): void => {
  for (const reward of rewards) policy.update({ round: round(3), action, reward });
};

describe('UCB1', () => {
  it('pulls every arm before any arm twice, favouring none', () => {
    const policy = new Ucb1({ arms: 3 });
    expect([...policy.probabilities(round(3))]).toEqual([1 / 3, 1 / 3, 1 / 3]);
    learn(policy, 1, [1]);
    expect([...policy.probabilities(round(3))]).toEqual([0.5, 0, 0.5]);
    learn(policy, 0, [0]);
    expect([...policy.probabilities(round(3))]).toEqual([0, 0, 1]);
  });

  it('takes the highest bound, worked by hand', () => {
    const policy = new Ucb1({ arms: 3 });
    learn(policy, 0, [1, 1, 0, 0]); // 0.5 + sqrt(2 ln 10 / 4) = 0.5 + 1.0730 = 1.5730
    learn(policy, 1, [1, 1, 1, 0, 0]); // 0.6 + sqrt(2 ln 10 / 5) = 0.6 + 0.9597 = 1.5597
    learn(policy, 2, [0]); // 0 + sqrt(2 ln 10) = 2.1460
    expect([...policy.probabilities(round(3))]).toEqual([0, 0, 1]);
    learn(policy, 2, [0, 0]); // sqrt(2 ln 12 / 3) = 1.2871, and 0.5 + 1.1147 beats 0.6 + 0.9970
    expect([...policy.probabilities(round(3))]).toEqual([1, 0, 0]);
    // of the first two alone there are 9 pulls: 0.5 + 1.0482 beats 0.6 + 0.9375
    expect([...policy.probabilities(round(2))]).toEqual([1, 0]);
    learn(policy, 0, [0]); // 0.4 + sqrt(2 ln 13 / 5) = 1.4129, 0.6 + 1.0129 = 1.6129
    expect([...policy.probabilities(round(3))]).toEqual([0, 1, 0]);
  });

  it('refuses more actions than there are arms, and rewards that are no shares', () => {
    const policy = new Ucb1({ arms: 2 });
    expect(() => policy.probabilities(round(3))).toThrow('round r: expected 1 to 2 actions, got 3');
    expect(() => policy.update({ round: round(2), action: 0, reward: 2 })).toThrow(/reward: expected 0 to 1/);
  });
});
