import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { latencyQuantile, sampleLatencyMs } from '../../src/experiments/latency.ts';
import { quantileRanks } from '../../src/math/quantile-interval.ts';

describe('quantileRanks', () => {
  it('is worked by hand for a median of 5 at 90 %', () => {
    // P(B = 0..5) of Binomial(5, 1/2) = 1, 5, 10, 10, 5, 1 over 32; a tail may hold 0.05 = 1.6 of 32.
    // P(B < 1) = 1/32 fits, P(B < 2) = 6/32 does not: lower 1. P(B < 5) = 31/32 >= 30.4/32: upper 5.
    expect(quantileRanks(5, 0.5, 0.9)).toEqual([1, 5]);
  });

  it('agrees with the published table for a median of 100 at 95 %', () => {
    expect(quantileRanks(100, 0.5)).toEqual([40, 61]);
  });

  it('needs 368 values for a p99 at 95 %', () => {
    // An upper end exists once 0.99^n <= 0.025, so from ln(0.025) / ln(0.99) = 367.04 on.
    expect(quantileRanks(367, 0.99)).toBeUndefined();
    expect(quantileRanks(368, 0.99)?.[1]).toBe(368);
    expect(quantileRanks(0, 0.5)).toBeUndefined();
  });

  it('covers the truth as often as it says, on a skewed distribution', () => {
    const rng = createRng(42);
    const truth = -Math.log(0.01); // p99 of an exponential of mean 1
    const runs = 2_000;
    let covered = 0;
    for (let r = 0; r < runs; r++) {
      const sample = Float64Array.from({ length: 1_000 }, () => -Math.log(1 - rng.next())).sort();
      const [lower, upper] = quantileRanks(1_000, 0.99) ?? [1, 1];
      if (sample[lower - 1] <= truth && truth <= sample[upper - 1]) covered++;
    }
    // One standard error is sqrt(0.95 * 0.05 / 2000) = 0.005. At least 95 % less 3 of them; ranks are whole,
    // so the interval may cover more, but for n = 1000 not over 98 %.
    expect(covered / runs).toBeGreaterThan(0.95 - 0.015);
    expect(covered / runs).toBeLessThan(0.98);
  });

  it.each([
    [-1, 0.5, 0.95],
    [1.5, 0.5, 0.95],
    [10, 0, 0.95],
    [10, 1, 0.95],
    [10, 0.5, 1],
    [10, Number.NaN, 0.95],
  ])('refuses n %d, p %d, confidence %d', (n, p, confidence) => {
    expect(() => quantileRanks(n, p, confidence)).toThrow(RangeError);
  });
});

describe('latencyQuantile', () => {
  it('is an order statistic with the interval of its neighbours', () => {
    const samples = Float64Array.from({ length: 100 }, (_, i) => 100 - i); // 100, 99, ..., 1
    expect(latencyQuantile('x.p50', samples, 0.5)).toEqual({
      name: 'x.p50',
      value: 50,
      unit: 'ms',
      n: 100,
      ci: [40, 61],
    });
    expect(samples[0]).toBe(100);
  });

  it('has no interval where the sample is too small for one', () => {
    expect(latencyQuantile('x.p99', [3, 1, 2], 0.99)).toMatchObject({
      name: 'x.p99',
      value: 3,
      unit: 'ms',
      n: 3,
    });
    expect(latencyQuantile('x.p99', [3, 1, 2], 0.99)).not.toHaveProperty('ci');
  });

  it('of the tail carries the histogram: shares by upper ends, a budget among them, calls without end left out', () => {
    const [series] =
      latencyQuantile('x.p99', [9.9, 10, 10.1, 0.00001, Number.POSITIVE_INFINITY], 0.99).series ?? [];
    expect(series).toMatchObject({ kind: 'latency', line: 'x.p99' });
    const shares = new Map(series.x.map((upper, i) => [upper, series.y[i]]));
    expect(shares.size).toBe(series.x.length);
    expect([0.001, 8, 10, 12.5].map((upper) => shares.get(upper))).toEqual([0.25, 0, 0.5, 0.25]);
    expect(series.y.reduce((sum, share) => sum + share, 0)).toBe(1);
  });

  it('refuses no samples', () => {
    expect(() => latencyQuantile('x.p99', [], 0.99)).toThrow('x.p99');
  });
});

describe('sampleLatencyMs', () => {
  it('warms up, then times each call, the asynchronous ones to their end', async () => {
    const called: number[] = [];
    const taken = await sampleLatencyMs({ warmUp: 2, samples: 3 }, async (number) => {
      called.push(number);
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    expect(called).toEqual([0, 1, 2, 3, 4]);
    expect(taken).toHaveLength(3);
    for (const ms of taken) expect(ms).toBeGreaterThan(4);
  });
});
