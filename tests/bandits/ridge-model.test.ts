import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { ActionProjection } from '../../src/bandits/action-projection.ts';
import { RidgeModel } from '../../src/bandits/ridge-model.ts';
import { createRng } from '../../src/domain/rng.ts';
import { solveRidge } from '../../src/math/linear-algebra.ts';
import { normalSource } from '../../src/math/random.ts';
import { drawnRound } from '../contracts/describe-bandit-policy.ts';

const D = 8;
const THETA = [0.5, -1, 0, 2, 0.1, -0.3, 1, 0.7];
const NOISE = 0.4;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** Rows whose later features nearly repeat the first, with rewards linear in them. */
const collinearRows = (seed: number, count: number) => {
  const rng = createRng(seed);
  const normal = normalSource(() => rng.next());
  const row = new Float32Array(D);
  return {
    next: () => {
      for (let i = 0; i < D; i++) row[i] = i === 0 ? 30 * normal() : row[0] + 0.01 * i * normal();
      return { row, reward: dot(THETA, row) + NOISE * normal() };
    },
    count,
  };
};

const createModel = (ridge = 1) => new RidgeModel({ featureSize: D, ridge, priorNoise: 1 });

describe('RidgeModel', () => {
  it('equals the closed form, weights and all', () => {
    const rows: Float32Array[] = [];
    const targets: number[] = [];
    const { next } = collinearRows(1, 0);
    const model = createModel(0.5);
    for (let t = 0; t < 200; t++) {
      const { row, reward } = next();
      const weight = [0.25, 1, 4][t % 3];
      model.learn(row, 0, reward, weight);
      rows.push(row.map((value) => value * Math.sqrt(weight)));
      targets.push(reward * Math.sqrt(weight));
    }
    const wanted = solveRidge(rows, targets, 0.5);
    // Features agree to about 1e-3 of their size: the normal equations of the oracle lose the square of it.
    model.weights().forEach((weight, i) => {
      expect(Math.abs(weight - wanted[i])).toBeLessThan(1e-6);
    });
  });

  it('does not drift in 1,000,000 updates of nearly collinear features', () => {
    const { next, count } = collinearRows(2, 1_000_000);
    const model = createModel();
    const precision = Matrix.eye(D);
    const moment = new Float64Array(D);
    for (let t = 0; t < count; t++) {
      const { row, reward } = next();
      model.learn(row, 0, reward, 1);
      for (let i = 0; i < D; i++) {
        moment[i] += reward * row[i];
        for (let j = 0; j <= i; j++) precision.set(i, j, precision.get(i, j) + row[i] * row[j]);
      }
    }
    for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) precision.set(j, i, precision.get(i, j));
    // The residual of A theta = b, relative to b: 1e6 roundings of 1e-16 add up to 1e-10 at the very worst.
    const theta = model.weights();
    for (let i = 0; i < D; i++) {
      const residual = dot(precision.getRow(i), theta) - moment[i];
      expect(Math.abs(residual)).toBeLessThan(1e-10 * Math.abs(moment[i]));
    }
    // The estimated variance of n rewards has a standard error of sqrt(2 / n) of itself; 4 of them.
    expect(Math.abs(model.noiseVariance() / NOISE ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });

  it('estimates the noise from the prior alone before any data', () => {
    expect(createModel().noiseVariance()).toBe(1);
    expect(createModel().observations).toBe(0);
  });

  it('restores exactly what it saved', () => {
    const model = createModel();
    const { next } = collinearRows(3, 0);
    for (let t = 0; t < 20; t++) {
      const { row, reward } = next();
      model.learn(row, 0, reward, 1);
    }
    const restored = createModel();
    restored.restore(model.save());
    expect(restored.weights()).toEqual(model.weights());
    expect(restored.noiseVariance()).toBe(model.noiseVariance());
  });
});

describe('ActionProjection', () => {
  it('gives the means and covariances of the closed form, whatever the context and number of actions', () => {
    const rng = createRng(4);
    const model = createModel();
    const precision = Matrix.eye(D);
    const moment = new Float64Array(D);
    for (let t = 0; t < 50; t++) {
      const { features } = drawnRound(rng, 1, D);
      const reward = rng.next();
      model.learn(features, 0, reward, 1);
      const column = Matrix.columnVector(Array.from(features));
      precision.add(column.mmul(column.transpose()));
      for (let i = 0; i < D; i++) moment[i] += reward * features[i];
    }
    const decomposition = new CholeskyDecomposition(precision);
    const projection = new ActionProjection(D); // one for all, so that stale buffers would show
    for (const [actions, context] of [
      [9, 3],
      [1, 0],
      [4, 0],
      [5, D],
      [3, 7],
      [13, 1],
    ]) {
      const round = drawnRound(rng, actions, D, context);
      projection.project(model, round);
      const { shared, rows, lanes, means, squares, sharedMean, sharedSquare } = projection;
      expect(shared).toBe(actions === 1 ? D : context);
      const x = new Matrix(
        Array.from({ length: actions }, (_, a) => [...round.features.subarray(a * D, (a + 1) * D)]),
      );
      const solved = decomposition.solve(x.transpose()); // A^-1 X^T, [d, actions]
      for (let a = 0; a < actions; a++) {
        expect(sharedMean + means[a]).toBeCloseTo(dot(moment, solved.getColumn(a)), 10);
        expect(sharedSquare + squares[a]).toBeCloseTo(dot(x.getRow(a), solved.getColumn(a)), 10);
        for (let b = 0; b < actions; b++) {
          let covariance = sharedSquare;
          for (let i = shared; i < D; i++) {
            covariance += rows[i * lanes + a] * rows[i * lanes + b];
          }
          expect(covariance).toBeCloseTo(dot(x.getRow(b), solved.getColumn(a)), 10);
        }
      }
    }
  });
});
