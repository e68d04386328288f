import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { directMethod, doublyRobust } from '../../../src/evaluation/off-policy/estimators.ts';
import { fitRewards } from '../../../src/evaluation/off-policy/reward-model.ts';
import { solveRidge } from '../../../src/math/linear-algebra.ts';
import { variance } from '../../../src/math/statistics.ts';
import { logisticLog } from './logs.ts';

/** The same folds each time. */
const folds = () => createRng(1);

describe('fitRewards', () => {
  it('finds rewards that a logistic model can tell', () => {
    const { log, features, expected } = logisticLog(21, 20_000);
    const { rewards } = fitRewards(log, { features, link: 'logistic', rng: folds() });
    const worst = rewards.reduce((most, reward, at) => Math.max(most, Math.abs(reward - expected[at])), 0);
    expect(worst).toBeLessThan(0.05); // some 5 standard errors of a rate over 20,000 x 2/3 rounds, at the edge
  });

  it('predicts each round from the other folds alone', () => {
    const { log, features } = logisticLog(22, 60);
    const options = { features, link: 'linear', rng: folds(), folds: 60, ridge: 0.5 } as const; // one round a fold
    const { rewards } = fitRewards(log, options);
    const rowOf = (i: number, action: number): Float64Array => {
      const row = new Float64Array(features.featureSize);
      features.write(i, action, row);
      return row;
    };
    const others = Array.from({ length: 59 }, (_, i) => i + 1);
    const theta = solveRidge(
      others.map((i) => rowOf(i, log.actions[i])),
      others.map((i) => log.rewards[i]),
      0.5,
    );
    const row = rowOf(0, 2);
    const closed = theta.reduce((sum, weight, j) => sum + weight * row[j], 0);
    expect(rewards[2]).toBeCloseTo(closed, 10);
  });

  it.each(['linear', 'logistic'] as const)('knows what one reward moves in an estimate (%s)', (link) => {
    const { log, features } = logisticLog(23, 90);
    const step = 1e-5;
    for (const estimate of [directMethod, doublyRobust]) {
      const valueAt = (round: number, change: number): number => {
        const rewards = Float64Array.from(log.rewards, (reward, i) =>
          i === round ? reward + change : reward,
        );
        const moved = { ...log, rewards };
        return estimate(moved, fitRewards(moved, { features, link, rng: folds() })).value;
      };
      const corrections = estimate === doublyRobust ? log.weights : new Float64Array(log.n);
      const leverage = fitRewards(log, { features, link, rng: folds() }).leverage(corrections);
      for (const round of [0, 41, 89]) {
        const slope = (valueAt(round, step) - valueAt(round, -step)) / (2 * step);
        expect(slope * log.n).toBeCloseTo(corrections[round] + leverage[round], link === 'linear' ? 5 : 3);
      }
    }
  });

  it('has a standard error that the estimates of many logs bear out', () => {
    const values: number[] = [];
    let errors = 0;
    const logs = 150;
    for (let seed = 0; seed < logs; seed++) {
      const { log, features } = logisticLog(seed, 300);
      const parts = directMethod(log, fitRewards(log, { features, link: 'logistic', rng: folds() }));
      values.push(parts.value);
      errors += variance(parts.influences) / log.n / logs;
    }
    // a standard deviation of 150 values is known to within 1 / sqrt(300) = 6 %; here 4 of those
    expect(Math.abs(Math.sqrt(variance(values) / errors) - 1)).toBeLessThan(0.24);
  });

  it('refuses folds and ridges that make no model', () => {
    const { log, features } = logisticLog(24, 10);
    const link = 'linear';
    expect(() => fitRewards(log, { features, link, rng: folds(), folds: 1 })).toThrow(
      /2 to 10 folds for 10 rounds, got 1/,
    );
    expect(() => fitRewards(log, { features, link, rng: folds(), folds: 11 })).toThrow(RangeError);
    expect(() => fitRewards(log, { features, link, rng: folds(), ridge: 0 })).toThrow(/a ridge > 0, got 0/);
  });
});
