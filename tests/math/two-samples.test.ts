import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import {
  kolmogorovSmirnov,
  kolmogorovSmirnovOfCounts,
  kolmogorovSmirnovTail,
  populationStability,
  stabilityTail,
} from '../../src/math/two-samples.ts';

const draws = (n: number, label: string, of: (u: number) => number = (u) => u): Float64Array => {
  const rng = createRng(11).fork(label);
  return Float64Array.from({ length: n }, () => of(rng.next())).sort();
};

const countsOf = (values: ArrayLike<number>, bins: number): Float64Array => {
  const counts = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) counts[Math.min(bins - 1, Math.floor(values[i] * bins))] += 1;
  return counts;
};

describe('populationStability', () => {
  it('matches a value worked by hand', () => {
    // shares (50.5/101, 50.5/101) and (25.5/101, 75.5/101): the difference is 25/101 either way
    const byHand = (-25 / 101) * Math.log(25.5 / 50.5) + (25 / 101) * Math.log(75.5 / 50.5);
    expect(populationStability([50, 50], [25, 75])).toBeCloseTo(byHand, 14);
  });

  it('is symmetric, 0 of equal shares, and finite where a bin is empty', () => {
    expect(populationStability([3, 9, 30], [40, 2, 7])).toBeCloseTo(
      populationStability([40, 2, 7], [3, 9, 30]),
      14,
    );
    expect(populationStability([5, 10], [5, 10])).toBe(0);
    expect(populationStability([100, 0], [0, 100])).toBeLessThan(20);
  });

  it('refuses samples of nothing and bins that do not match', () => {
    expect(() => populationStability([0, 0], [1, 2])).toThrow(RangeError);
    expect(() => populationStability([1, 2], [1, 2, 3])).toThrow(RangeError);
  });
});

describe('kolmogorovSmirnov', () => {
  it('is the largest distance of the two step functions, by brute force', () => {
    const share = (values: ArrayLike<number>, x: number): number =>
      Array.from(values).filter((value) => value <= x).length / values.length;
    for (let round = 0; round < 20; round++) {
      const a = draws(7 + round, `a${round}`, (u) => Math.floor(u * 9)); // many ties
      const b = draws(12, `b${round}`, (u) => Math.floor(u ** 2 * 9));
      const slow = Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
      expect(kolmogorovSmirnov(a, b)).toBeCloseTo(slow, 14);
    }
  });

  it('of counts is that of the values at the ends of bins', () => {
    const [a, b] = [draws(500, 'a'), draws(300, 'b', (u) => u ** 1.3)];
    const ends = (values: Float64Array): Float64Array => values.map((x) => Math.floor(x * 64));
    const exact = kolmogorovSmirnov(a, b);
    const grouped = kolmogorovSmirnovOfCounts(countsOf(a, 64), countsOf(b, 64));
    expect(grouped).toBeCloseTo(kolmogorovSmirnov(ends(a), ends(b)), 14);
    expect(grouped).toBeLessThanOrEqual(exact);
    expect(exact - grouped).toBeLessThan(0.05);
  });

  it('refuses a sample of nothing', () => {
    expect(() => kolmogorovSmirnov([], [1])).toThrow(RangeError);
  });
});

describe('the tails', () => {
  it('of Kolmogorov and Smirnov match their table', () => {
    // large samples: 1.358 / r is the 5 % point, 1.628 / r the 1 % point
    const sizes = { n: 1e8, m: 1e8 };
    const root = Math.sqrt(0.5e8);
    expect(kolmogorovSmirnovTail(1.3581 / root, sizes)).toBeCloseTo(0.05, 4);
    expect(kolmogorovSmirnovTail(1.6276 / root, sizes)).toBeCloseTo(0.01, 4);
    expect(kolmogorovSmirnovTail(0, sizes)).toBe(1);
  });

  it('call samples of one distribution different as often as they say, and others nearly always', () => {
    const runs = 1_000;
    const sizes = { n: 400, m: 300 };
    const accused = (of: (u: number) => number) => {
      let [byPsi, byKs] = [0, 0];
      for (let run = 0; run < runs; run++) {
        const [a, b] = [draws(sizes.n, `n${run}`), draws(sizes.m, `m${run}`, of)];
        if (kolmogorovSmirnovTail(kolmogorovSmirnov(a, b), sizes) < 0.05) byKs += 1;
        const psi = populationStability(countsOf(a, 10), countsOf(b, 10));
        if (stabilityTail(psi, 10, sizes) < 0.05) byPsi += 1;
      }
      return { byPsi: byPsi / runs, byKs: byKs / runs };
    };
    // 0.05 within 4 standard errors, 0.0276
    const alike = accused((u) => u);
    expect(Math.abs(alike.byPsi - 0.05)).toBeLessThan(0.028);
    expect(Math.abs(alike.byKs - 0.05)).toBeLessThan(0.028);
    const shifted = accused((u) => u ** 1.7);
    expect(shifted.byPsi).toBeGreaterThan(0.95);
    expect(shifted.byKs).toBeGreaterThan(0.95);
  });
});
