import { describe, expect, it } from 'vitest';
import { BetaTs } from '../../src/bandits/beta-ts.ts';
import type { BanditPolicy } from '../../src/bandits/contract.ts';
import { DisjointLinUcb } from '../../src/bandits/disjoint-lin-ucb.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { Greedy } from '../../src/bandits/greedy.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { Softmax } from '../../src/bandits/softmax.ts';
import { Ucb1 } from '../../src/bandits/ucb1.ts';
import { Uniform } from '../../src/bandits/uniform.ts';
import { createRng } from '../../src/domain/rng.ts';
import { normalSource } from '../../src/math/random.ts';
import { mean, standardError } from '../../src/math/statistics.ts';
import { drawnRound } from '../contracts/describe-bandit-policy.ts';

const D = 8;
const ACTIONS = 6;
const ROUNDS = 3_000;
const SEEDS = 8;

/** Pseudo-regret of each seed's world: P(reward) = 0.5 + 0.1 theta . x within [0.05, 0.95], |theta| = 1; x_0 = 1. */
const regrets = (make: () => BanditPolicy): number[] =>
  Array.from({ length: SEEDS }, (_, seed) => {
    const world = createRng(seed).fork('world');
    const normal = normalSource(() => world.next());
    const theta = Float64Array.from({ length: D }, normal);
    const length = Math.hypot(...theta.subarray(1));
    const policy = make();
    const rng = createRng(seed).fork('policy');
    let regret = 0;
    for (let t = 0; t < ROUNDS; t++) {
      const round = drawnRound(world, ACTIONS, D, 2); // the same rounds for every policy
      for (let a = 0; a < ACTIONS; a++) round.features[a * D] = 1;
      const chances = Array.from({ length: ACTIONS }, (_, a) => {
        let sum = 0;
        for (let i = 1; i < D; i++) sum += (theta[i] / length) * round.features[a * D + i];
        return Math.min(0.95, Math.max(0.05, 0.5 + 0.1 * sum));
      });
      const { action } = policy.choose(round, rng);
      regret += Math.max(...chances) - chances[action];
      policy.update({ round, action, reward: rng.next() < chances[action] ? 1 : 0 });
    }
    return regret;
  });

/*
 * 8 worlds x 3,000 rounds of 6 actions. A policy that knew theta would have regret 0; uniform choice
 * has about 0.12 a round. Ratios are asked to hold with 4 standard errors over seeds to spare.
 */
describe('in a planted linear world', () => {
  const uniform = regrets(() => new Uniform());

  const expectShareOfUniform = (make: () => BanditPolicy, share: number) => {
    const gaps = regrets(make).map((regret, seed) => regret - share * uniform[seed]);
    expect(mean(gaps) + 4 * standardError(gaps)).toBeLessThan(0);
  };

  const featureSize = D;
  const link = 'logistic';

  it.each<[string, () => BanditPolicy]>([
    ['lin-ts', () => new LinTs({ featureSize })],
    ['lin-ucb', () => new LinUcb({ featureSize })],
    ['greedy', () => new Greedy({ featureSize })], // contexts differ enough to explore for it
    ['logistic-ts', () => new LinTs({ featureSize, link })],
    ['logistic-ucb', () => new LinUcb({ featureSize, link })],
    ['logistic-greedy', () => new Greedy({ featureSize, link })],
  ])('%s has at most a quarter of the pseudo-regret of uniform choice', (name, make) => {
    expect(make().name).toBe(name);
    expectShareOfUniform(make, 0.25);
  });

  it('epsilon-greedy has at most three tenths: a tenth by chance, the rest by learning', () => {
    expectShareOfUniform(() => new EpsilonGreedy({ featureSize }), 0.3);
  });

  it('softmax has at most a half: it tells means apart by its temperature', () => {
    expectShareOfUniform(() => new Softmax({ featureSize }), 0.5);
  });
});

const MEANS = [0.2, 0.3, 0.4, 0.6];

/** Share of the last 500 rounds in which the best arm was chosen; halfway the arms turn round where `turns` says so. */
const shareOfBest = (
  policy: BanditPolicy,
  { turns = false, keep = 1 }: { turns?: boolean; keep?: number } = {},
): number => {
  const rng = createRng(3);
  const rounds = 3_000;
  let found = 0;
  for (let t = 0; t < rounds; t++) {
    const means = turns && t >= rounds / 2 ? MEANS.toReversed() : MEANS;
    const features = new Float32Array(MEANS.length).fill(1);
    const round = { requestId: `r${t}`, actionCount: MEANS.length, featureSize: 1, features };
    const { action } = policy.choose(round, rng);
    policy.update({ round, action, reward: rng.next() < means[action] ? 1 : 0 });
    if (t % 20 === 19) policy.forget(keep);
    if (t >= rounds - 500 && means[action] === 0.6) found++;
  }
  return found / 500;
};

const ofArms: [string, () => BanditPolicy][] = [
  ['ucb1', () => new Ucb1({ arms: MEANS.length })],
  ['beta-ts', () => new BetaTs({ arms: MEANS.length })],
  ['disjoint-lin-ucb', () => new DisjointLinUcb({ featureSize: 1, arms: MEANS.length })],
];

/* 3,000 rounds tell 0.6 from 0.4 by 6 standard errors once each has had 500; chance would find it a quarter of the time. */
describe('among planted arms', () => {
  it.each(ofArms)('%s finds the best', (name, make) => {
    expect(make().name).toBe(name);
    expect(shareOfBest(make())).toBeGreaterThan(0.75);
  });

  it.each(ofArms)('%s finds the new best when the world turns, if it forgets', (_, make) => {
    expect(shareOfBest(make(), { turns: true, keep: 0.95 })).toBeGreaterThan(0.5);
  });

  // UCB1 explores so much that it finds the new best either way
  it.each(ofArms.slice(1))('%s holds on to the old best if it does not forget', (_, make) => {
    expect(shareOfBest(make(), { turns: true })).toBeLessThan(0.5);
  });
});
