import { describe, expect, it } from 'vitest';
import type { BanditPolicy } from '../../src/bandits/contract.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
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

  it('lin-ts has at most a quarter of the pseudo-regret of uniform choice', () => {
    expectShareOfUniform(() => new LinTs({ featureSize: D }), 0.25);
  });

  it('lin-ucb has at most a quarter', () => {
    expectShareOfUniform(() => new LinUcb({ featureSize: D }), 0.25);
  });

  it('epsilon-greedy has at most three tenths: a tenth by chance, the rest by learning', () => {
    expectShareOfUniform(() => new EpsilonGreedy({ featureSize: D }), 0.3);
  });
});
