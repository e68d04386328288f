import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { createRng } from '../../src/domain/rng.ts';
import { drawnRound } from '../contracts/describe-bandit-policy.ts';

const D = 5;
const ALPHA = 1.5;
const PRIOR_NOISE = 0.7;

describe('LinUcb', () => {
  it('takes the action whose bound is highest by the closed form', () => {
    const policy = new LinUcb({ featureSize: D, alpha: ALPHA, priorNoise: PRIOR_NOISE });
    const rng = createRng(1);
    const precision = Matrix.eye(D);
    const moment = Matrix.zeros(D, 1);
    let squaredRewards = 0;
    let explorations = 0;
    for (let t = 0; t < 400; t++) {
      const round = drawnRound(rng, 6, D);
      const decomposition = new CholeskyDecomposition(precision);
      const theta = decomposition.solve(moment); // [d, 1]
      // min_theta of the penalised squared error is r^T r - b^T theta
      const error = squaredRewards - moment.transpose().mmul(theta).get(0, 0);
      const sigma = Math.sqrt((10 * PRIOR_NOISE ** 2 + error) / (10 + t));
      const scores = Array.from({ length: 6 }, (_, a) => {
        const x = Matrix.columnVector([...round.features.subarray(a * D, (a + 1) * D)]);
        const mean = x.transpose().mmul(theta).get(0, 0);
        const variance = x.transpose().mmul(decomposition.solve(x)).get(0, 0);
        return { mean, bound: mean + ALPHA * sigma * Math.sqrt(variance) };
      });
      const best = scores.reduce((top, { bound }, a) => (bound > scores[top].bound ? a : top), 0);
      expect(policy.probabilities(round)[best]).toBe(1);
      if (scores.some(({ mean }) => mean > scores[best].mean)) explorations++;

      const x = Matrix.columnVector([...round.features.subarray(best * D, (best + 1) * D)]);
      const reward = 0.3 * x.get(3, 0) + rng.next() - 0.5;
      policy.update({ round, action: best, reward });
      precision.add(x.mmul(x.transpose()));
      moment.add(Matrix.mul(x, reward));
      squaredRewards += reward * reward;
    }
    expect(explorations).toBeGreaterThan(10); // else the bound's width was not put to the test
  });
});
