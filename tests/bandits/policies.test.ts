import { describe, expect, it } from 'vitest';
import { BetaTs } from '../../src/bandits/beta-ts.ts';
import { DisjointLinUcb } from '../../src/bandits/disjoint-lin-ucb.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { withExplorationFloor } from '../../src/bandits/exploration-floor.ts';
import { Greedy } from '../../src/bandits/greedy.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { Softmax } from '../../src/bandits/softmax.ts';
import { Ucb1 } from '../../src/bandits/ucb1.ts';
import { Uniform } from '../../src/bandits/uniform.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { createRng } from '../../src/domain/rng.ts';
import { describeBanditPolicy, drawnRound } from '../contracts/describe-bandit-policy.ts';

describeBanditPolicy('uniform', () => new Uniform());
describeBanditPolicy('greedy', (featureSize) => withExplorationFloor(new Greedy({ featureSize })));
describeBanditPolicy('epsilon-greedy', (featureSize) => new EpsilonGreedy({ featureSize }));
describeBanditPolicy(
  'epsilon-greedy with decay',
  (featureSize) => new EpsilonGreedy({ featureSize, epsilon: 0.5, decayUpdates: 5_000 }),
);
describeBanditPolicy('softmax', (featureSize) => withExplorationFloor(new Softmax({ featureSize })));
describeBanditPolicy('lin-ucb', (featureSize) => withExplorationFloor(new LinUcb({ featureSize })));
describeBanditPolicy('disjoint-lin-ucb', (featureSize) =>
  withExplorationFloor(new DisjointLinUcb({ featureSize, arms: 40 })),
);
describeBanditPolicy('lin-ts', (featureSize) => withExplorationFloor(new LinTs({ featureSize })));
describeBanditPolicy('lin-ts of two draws', (featureSize) =>
  withExplorationFloor(new LinTs({ featureSize, draws: 2 })),
);
const logistic = { adds: false, rewardsAreShares: true };
describeBanditPolicy(
  'logistic-ts',
  (featureSize) => withExplorationFloor(new LinTs({ featureSize, link: 'logistic' })),
  logistic,
);
describeBanditPolicy(
  'logistic-epsilon-greedy',
  (featureSize) => new EpsilonGreedy({ featureSize, link: 'logistic' }),
  logistic,
);
/** As many arms as the suite's rounds have actions, and other ones for another size of features. */
const armsFor = (featureSize: number) => ({ arms: 34 + featureSize });
describeBanditPolicy('ucb1', (featureSize) => withExplorationFloor(new Ucb1(armsFor(featureSize))), {
  rewardsAreShares: true,
});
describeBanditPolicy('beta-ts', (featureSize) => withExplorationFloor(new BetaTs(armsFor(featureSize))), {
  rewardsAreShares: true,
});

const FEATURES = 4;
const linear = () => [
  new Greedy({ featureSize: FEATURES }),
  new EpsilonGreedy({ featureSize: FEATURES }),
  new Softmax({ featureSize: FEATURES }),
  new LinUcb({ featureSize: FEATURES }),
  new DisjointLinUcb({ featureSize: FEATURES, arms: 5 }),
  new LinTs({ featureSize: FEATURES }),
  new LinTs({ featureSize: FEATURES, link: 'logistic' }),
];

describe('every linear policy', () => {
  it('refuses a round of another shape, an action that is none, and numbers that are not finite', () => {
    const rng = createRng(1);
    const round = drawnRound(rng, 3, FEATURES);
    for (const policy of linear()) {
      const before = policy.save();
      expect(() => policy.probabilities(drawnRound(rng, 3, FEATURES + 1), rng)).toThrow(RangeError);
      expect(() => policy.probabilities({ ...round, actionCount: 0 }, rng)).toThrow(RangeError);
      expect(() => policy.probabilities({ ...round, actionCount: 2 }, rng)).toThrow(RangeError);
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        for (const at of [0, 3, 6, 11]) {
          const features = round.features.slice();
          features[at] = bad;
          expect(() => policy.probabilities({ ...round, features }, rng)).toThrow(/finite/);
          const action = Math.floor(at / FEATURES);
          expect(() => policy.update({ round: { ...round, features }, action, reward: 1 })).toThrow(/finite/);
        }
        expect(() => policy.update({ round, action: 0, reward: bad })).toThrow(RangeError);
        expect(() => policy.update({ round, action: 0, reward: 1, weight: bad })).toThrow(RangeError);
      }
      for (const action of [-1, 3, 0.5]) {
        expect(() => policy.update({ round, action, reward: 1 })).toThrow(RangeError);
      }
      expect(() => policy.update({ round, action: 0, reward: 1, weight: -1 })).toThrow(RangeError);
      expect(policy.save()).toEqual(before);
    }
  });

  it('learns nothing from weight 0', () => {
    const round = drawnRound(createRng(2), 3, FEATURES);
    for (const policy of linear()) {
      const before = policy.save();
      policy.update({ round, action: 1, reward: 1, weight: 0 });
      expect(policy.save()).toEqual(before);
    }
  });

  it('favours no index among actions that look alike', () => {
    const features = new Float32Array(5 * FEATURES).fill(0.5);
    const round = { requestId: 'alike', actionCount: 5, featureSize: FEATURES, features };
    for (const policy of linear()) {
      const probabilities = policy.probabilities(round, createRng(3));
      // 16 pairs of draws on 5 actions: shares of 3 or 4 in 16
      for (const p of probabilities) expect(Math.abs(p - 0.2)).toBeLessThan(0.06);
    }
  });
});

describe('epsilon-greedy', () => {
  it('halves its share of exploration after decayUpdates updates', () => {
    const policy = new EpsilonGreedy({ featureSize: FEATURES, epsilon: 0.4, decayUpdates: 10 });
    const rng = createRng(4);
    const round = drawnRound(rng, 4, FEATURES);
    for (let t = 0; t < 10; t++) policy.update({ round, action: t % 4, reward: t % 2 });
    const sorted = [...policy.probabilities(round)].sort();
    expect(sorted[0]).toBeCloseTo(0.2 / 4, 12); // epsilon 0.4 / (1 + 10 / 10) over 4 actions
    expect(sorted[3]).toBeCloseTo(0.8 + 0.2 / 4, 12);
  });
});

describe('settings', () => {
  it('out of range are refused by name', () => {
    const featureSize = FEATURES;
    const cases: [() => unknown, RegExp][] = [
      [() => new LinTs({ featureSize: 0 }), /lin-ts: featureSize: expected a whole number >= 1, got 0/],
      [() => new LinTs({ featureSize, ridge: 0 }), /lin-ts: ridge: expected a number > 0, got 0/],
      [() => new LinTs({ featureSize, draws: 3 }), /lin-ts: draws: expected a multiple of 2 >= 2, got 3/],
      [() => new LinTs({ featureSize, exploration: -1 }), /exploration: expected a number >= 0, got -1/],
      [
        () => withExplorationFloor(new LinTs({ featureSize }), 1.1),
        /lin-ts: explorationFloor: expected a number >= 0 and <= 1, got 1.1/,
      ],
      [() => new Ucb1({ arms: 0 }), /ucb1: arms: expected a whole number >= 1, got 0/],
      [() => new Softmax({ featureSize, temperature: 0 }), /softmax: temperature: expected a number > 0/],
      [() => new DisjointLinUcb({ featureSize, arms: 1.5 }), /disjoint-lin-ucb: arms/],
      [
        () => new LinUcb({ featureSize, alpha: Number.NaN }),
        /lin-ucb: alpha: expected a number >= 0, got NaN/,
      ],
      [() => new LinUcb({ featureSize, priorNoise: 0 }), /lin-ucb: priorNoise/],
      [() => new EpsilonGreedy({ featureSize, epsilon: 2 }), /epsilon-greedy: epsilon/],
      [() => new EpsilonGreedy({ featureSize, decayUpdates: 0 }), /epsilon-greedy: decayUpdates/],
    ];
    for (const [build, message] of cases) {
      expect(build).toThrow(MarqueeError);
      expect(build).toThrow(message);
    }
  });

  it('stand in the config as settled', () => {
    expect(new LinTs({ featureSize: 3, draws: 8 }).config).toEqual({
      featureSize: 3,
      link: 'linear',
      ridge: 1,
      priorNoise: 0.5,
      exploration: 1,
      draws: 8,
    });
  });
});
