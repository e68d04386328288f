import { describe, expect, it } from 'vitest';
import { LogisticModel, peakScore } from '../../src/bandits/logistic-model.ts';
import { createRng } from '../../src/domain/rng.ts';
import { normalSource } from '../../src/math/random.ts';
import { sigmoid } from '../../src/math/statistics.ts';

/** Mean and covariance of theta by brute force: prior N(0, I / ridge) times likelihood on a grid of the plane. */
const gridPosterior = (rows: readonly Float32Array[], rewards: readonly number[], ridge: number) => {
  const [reach, cells] = [3, 100];
  const at = (i: number): number => -reach + (2 * reach * (i + 0.5)) / cells;
  let total = 0;
  const first = [0, 0];
  const second = [0, 0, 0];
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const [u, v] = [at(i), at(j)];
      let log = (-ridge * (u * u + v * v)) / 2;
      rows.forEach((x, k) => {
        const p = sigmoid(u * x[0] + v * x[1]);
        log += rewards[k] === 1 ? Math.log(p) : Math.log1p(-p);
      });
      const mass = Math.exp(log);
      total += mass;
      first[0] += mass * u;
      first[1] += mass * v;
      second[0] += mass * u * u;
      second[1] += mass * u * v;
      second[2] += mass * v * v;
    }
  }
  const mean = first.map((sum) => sum / total);
  return {
    mean,
    covariance: [
      second[0] / total - mean[0] ** 2,
      second[1] / total - mean[0] * mean[1],
      second[2] / total - mean[1] ** 2,
    ],
  };
};

/** A^-1 of a model of two features, from its factor. */
const covarianceOf = ({ factor: [a, b, c] }: LogisticModel): number[] => {
  const [p, q, r] = [a * a, a * b, b * b + c * c]; // A
  const determinant = p * r - q * q;
  return [r / determinant, -q / determinant, p / determinant];
};

describe('LogisticModel', () => {
  it('is the brute-force posterior within what Laplace approximates', () => {
    const rng = createRng(1);
    const normal = normalSource(() => rng.next());
    const model = new LogisticModel({ featureSize: 2, ridge: 0.5 });
    const rows: Float32Array[] = [];
    const rewards: number[] = [];
    for (let t = 0; t < 300; t++) {
      const x = Float32Array.of(1, normal());
      const reward = rng.next() < sigmoid(-1 + 0.8 * x[1]) ? 1 : 0;
      rows.push(x);
      rewards.push(reward);
      model.learn(x, 0, reward, 1);
    }
    const { mean, covariance } = gridPosterior(rows, rewards, 0.5);
    // 300 steps of Laplace's approximation, each off by the skewness of one: half a standard deviation at most.
    const deviations = [Math.sqrt(covariance[0]), Math.sqrt(covariance[2])];
    model.weights().forEach((weight, i) => {
      expect(Math.abs(weight - mean[i])).toBeLessThan(0.5 * deviations[i]);
    });
    covarianceOf(model).forEach((value, i) => {
      expect(Math.abs(value - covariance[i])).toBeLessThan(0.15 * covariance[0]);
    });
    // and not the prior, nor a linear fit: the truth is within 4 deviations
    expect(Math.abs(model.weights()[0] + 1)).toBeLessThan(4 * deviations[0]);
    expect(Math.abs(model.weights()[1] - 0.8)).toBeLessThan(4 * deviations[1]);
  });

  it('moves to the peak of prior times likelihood, and adds the curvature there', () => {
    const model = new LogisticModel({ featureSize: 2, ridge: 2 });
    const x = Float32Array.of(1.5, -0.5);
    model.learn(x, 0, 1, 3);
    const theta = model.weights();
    const p = sigmoid(theta[0] * x[0] + theta[1] * x[1]);
    // the gradient 3 (1 - p) x - 2 theta is 0 at the peak
    for (const i of [0, 1]) expect(Math.abs(3 * (1 - p) * x[i] - 2 * theta[i])).toBeLessThan(1e-9);
    const curvature = 3 * p * (1 - p);
    const wanted = [2 + curvature * x[0] ** 2, curvature * x[0] * x[1], 2 + curvature * x[1] ** 2];
    const [a, b, c] = model.factor;
    [a * a, a * b, b * b + c * c].forEach((entry, i) => {
      expect(Math.abs(entry - wanted[i])).toBeLessThan(1e-12);
    });
  });

  it('takes rewards between 0 and 1, and no others', () => {
    const model = new LogisticModel({ featureSize: 1, ridge: 1 });
    for (const reward of [-0.1, 1.1, Number.NaN]) {
      expect(() => model.learn(Float32Array.of(1), 0, reward, 1)).toThrow(/reward: expected 0 to 1/);
    }
    for (let t = 0; t < 2_000; t++) model.learn(Float32Array.of(1), 0, 0.25, 1);
    expect(Math.abs(sigmoid(model.weights()[0]) - 0.25)).toBeLessThan(0.005);
  });
});

describe('peakScore', () => {
  it.each([
    [0, 1, 1],
    [0, 1e60, 1],
    [-700, 1e9, 1],
    [1e30, 1e60, 0],
    [3, 0, 0],
    [2, 50, 0.5],
  ])('solves its equation from %f, variance %f, reward %f', (score, variance, reward) => {
    const m = peakScore({ score, variance, reward });
    const pulled = variance * (reward * sigmoid(-m) - (1 - reward) * sigmoid(m)); // reward - sigmoid(m)
    expect(Math.abs(m - score - pulled)).toBeLessThan(1e-6 * Math.max(1, Math.abs(score), Math.abs(pulled)));
  });
});
