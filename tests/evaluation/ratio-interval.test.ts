import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { ratioOfMeansInterval } from '../../src/evaluation/ratio-interval.ts';

describe('the interval of a ratio of means', () => {
  const uniformOf = (seed: number) => {
    const rng = createRng(seed);
    return { uniform: () => rng.next() };
  };

  it('has no width where every user has the same ratio, and is not that of two intervals', () => {
    const b = Float64Array.from({ length: 50 }, (_, i) => 1 + i);
    const [lower, upper] = ratioOfMeansInterval(
      b.map((value) => 3 * value),
      b,
      uniformOf(1),
    );
    expect(lower).toBeCloseTo(3, 12);
    expect(upper).toBeCloseTo(3, 12);
  });

  it('covers the true ratio in about 95 of 100 samples', () => {
    // 200 samples of 80 pairs with means 2 and 1, 95 % expected; its standard error is 1.5 %, so 90 % is 3 below.
    const draws = createRng(7);
    let covered = 0;
    for (let sample = 0; sample < 200; sample++) {
      const b = Float64Array.from({ length: 80 }, () => 2 * draws.next());
      const a = b.map((value) => value + 2 * draws.next());
      const [lower, upper] = ratioOfMeansInterval(a, b, { ...uniformOf(sample), resamples: 300 });
      if (lower <= 2 && 2 <= upper) covered++;
    }
    expect(covered).toBeGreaterThan(180);
    expect(covered).toBeLessThan(200);
  });

  it('refuses lists of different users', () => {
    expect(() => ratioOfMeansInterval([1, 2], [1], uniformOf(1))).toThrow('2 and 1 users');
    expect(() => ratioOfMeansInterval([], [], uniformOf(1))).toThrow(RangeError);
  });
});
