import { describe, expect, it } from 'vitest';
import type { BanditRound } from '../../src/bandits/contract.ts';
import { withExplorationFloor } from '../../src/bandits/exploration-floor.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { RidgeModel } from '../../src/bandits/ridge-model.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { solveTransposed } from '../../src/math/linear-algebra.ts';
import { normalSource } from '../../src/math/random.ts';
import { drawnRound } from '../contracts/describe-bandit-policy.ts';

const D = 6;

/**
 * The readable twin: draws theta = mean + sigma L^-T n, scores every action, and counts who is best.
 */
const winsByTheta = (model: RidgeModel, round: BanditRound, draws: number, rng: Rng): Float64Array => {
  const normal = normalSource(() => rng.next());
  const sigma = Math.sqrt(model.noiseVariance());
  const mean = model.weights().slice();
  const shift = new Float64Array(D);
  const wins = new Float64Array(round.actionCount);
  for (let draw = 0; draw < draws; draw++) {
    solveTransposed(model.factor, Float64Array.from({ length: D }, normal), shift);
    let best = 0;
    let highest = -Infinity;
    for (let a = 0; a < round.actionCount; a++) {
      let score = 0;
      for (let i = 0; i < D; i++) score += (mean[i] + sigma * shift[i]) * round.features[a * D + i];
      if (score > highest) {
        highest = score;
        best = a;
      }
    }
    wins[best] += 1 / draws;
  }
  return wins;
};

describe('LinTs', () => {
  it('gives the shares of wins that drawing theta gives', () => {
    const draws = 20_000;
    const policy = new LinTs({ featureSize: D, draws });
    const twin = new RidgeModel({ featureSize: D, ridge: 1, priorNoise: 0.5 });
    const rng = createRng(1);
    for (const updates of [0, 10, 60]) {
      for (let t = 0; t < updates; t++) {
        const round = drawnRound(rng, 2, D);
        const reward = 0.2 * round.features[3] + 0.3 * (rng.next() - 0.5);
        policy.update({ round, action: 0, reward });
        twin.learn(round.features, 0, reward, 1);
      }
      // fewer actions than columns, more actions than columns, no context, nearly all context
      for (const [actions, context] of [
        [3, 2],
        [9, 2],
        [5, 0],
        [4, 5],
      ]) {
        const round = drawnRound(rng, actions, D, context);
        const got = policy.probabilities(round, rng);
        const wanted = winsByTheta(twin, round, draws, rng);
        for (let a = 0; a < actions; a++) {
          // Two estimates from 20,000 draws each, the paired one counted as half as many: 4.5 standard
          // errors of their difference, for 63 comparisons. 1e-3 where shares are too small for a normal.
          const variance = (wanted[a] * (1 - wanted[a]) * 3) / draws;
          expect(Math.abs(got[a] - wanted[a])).toBeLessThan(4.5 * Math.sqrt(variance) + 1e-3);
        }
      }
    }
  });

  it('gives an action out of reach nothing but the floor', () => {
    const policy = withExplorationFloor(new LinTs({ featureSize: 1 }), 0.1);
    const round = { requestId: 'r', actionCount: 2, featureSize: 1, features: Float32Array.of(-1, 1) };
    for (let t = 0; t < 1_000; t++) policy.update({ round, action: 1, reward: 1 });
    expect([...policy.probabilities(round, createRng(2))]).toEqual([0.05, 0.9 + 0.05]);
  });
});
