import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import {
  drawBeta,
  drawBinomial,
  drawGamma,
  drawIndex,
  fillCoarseNormals,
  normalSource,
  shuffleInPlace,
} from '../../src/math/random.ts';
import { mean, normalCdf, variance } from '../../src/math/statistics.ts';

const uniformOf = (seed: number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

const N = 40_000;

/** Asserts a sample mean within 4 standard errors of the truth: red by chance once in 16,000. */
const expectMean = (values: ArrayLike<number>, truth: number) => {
  const tolerance = 4 * Math.sqrt(variance(values) / values.length);
  expect(Math.abs(mean(values) - truth)).toBeLessThan(tolerance);
};

const drawn = (draw: () => number, n = N) => Float64Array.from({ length: n }, draw);

describe('draws', () => {
  it('normalSource has mean 0 and variance 1', () => {
    const values = drawn(normalSource(uniformOf(1)));
    expectMean(values, 0);
    expectMean(
      values.map((z) => z * z),
      1,
    );
  });

  it('drawGamma has mean and variance equal to its shape', () => {
    for (const shape of [0.5, 3]) {
      const uniform = uniformOf(2);
      const values = drawn(() => drawGamma(uniform, shape));
      expectMean(values, shape);
      expectMean(
        values.map((x) => (x - shape) ** 2),
        shape,
      );
    }
    expect(() => drawGamma(uniformOf(1), 0)).toThrow(RangeError);
  });

  it('drawBinomial has mean n p and variance n p (1 - p), for few trials and many', () => {
    for (const [n, p] of [
      [10, 0.3],
      [100_000, 0.02],
    ]) {
      const uniform = uniformOf(5);
      const values = Float64Array.from({ length: 4_000 }, () => drawBinomial(uniform, n, p));
      const spread = n * p * (1 - p);
      // 4 standard errors: of the mean, and of a variance over 4,000 values (2.2 % of itself)
      expect(Math.abs(mean(values) - n * p)).toBeLessThan(4 * Math.sqrt(spread / 4_000));
      expect(Math.abs(variance(values) / spread - 1)).toBeLessThan(0.09);
    }
    expect(() => drawBinomial(uniformOf(1), 1.5, 0.5)).toThrow('got 1.5 and 0.5');
  });

  it('drawBeta has mean alpha / (alpha + beta)', () => {
    const uniform = uniformOf(3);
    expectMean(
      drawn(() => drawBeta(uniform, 2, 6)),
      0.25,
    );
    expect(() => drawBeta(uniform, 1, -1)).toThrow(RangeError);
  });

  it('drawIndex follows the weights and never draws a weight of 0', () => {
    const uniform = uniformOf(4);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < N; i++) counts[drawIndex(uniform, [1, 0, 3, 0])]++;
    expect(counts[1] + counts[3]).toBe(0);
    // 4 standard errors of a share of 3/4 among N draws
    expect(Math.abs(counts[2] / N - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / N));
    expect(drawIndex(() => 1, [0, 0.1, 0.7, 0])).toBe(2); // as far as rounding can push it
    expect(() => drawIndex(uniform, [0, 0])).toThrow(RangeError);
  });

  it('shuffleInPlace gives each order of three equally often', () => {
    const uniform = uniformOf(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < N; i++) {
      const order = shuffleInPlace(Uint8Array.of(0, 1, 2), uniform).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) {
      expect(Math.abs(count / N - 1 / 6)).toBeLessThan(4 * Math.sqrt(5 / 36 / N));
    }
  });
});

describe('fillCoarseNormals', () => {
  it('is within the Kolmogorov distance of a normal and uncorrelated within a pair', () => {
    const values = new Float64Array(N);
    fillCoarseNormals(uniformOf(6), values, N);
    const sorted = values.slice().sort();
    let distance = 0;
    sorted.forEach((z, i) => {
      distance = Math.max(distance, Math.abs(normalCdf(z) - (i + 0.5) / N));
    });
    // 1.95 / sqrt(n) is passed by a true normal in 999 of 1000 samples
    expect(distance).toBeLessThan(1.95 / Math.sqrt(N));
    expectMean(
      values.map((z) => z * z),
      1,
    );
    expectMean(
      Float64Array.from({ length: N / 2 }, (_, i) => values[2 * i] * values[2 * i + 1]),
      0,
    );
  });

  it('leaves what stands beyond the length asked for', () => {
    const out = Float64Array.of(9, 9, 9, 9);
    fillCoarseNormals(uniformOf(7), out, 3);
    expect(out[3]).toBe(9);
    expect(out[2]).not.toBe(9);
  });
});
