import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { bootstrapMeanInterval } from '../../src/evaluation/bootstrap.ts';
import { meanInterval } from '../../src/evaluation/mean-interval.ts';

describe('meanInterval', () => {
  it('by hand', () => {
    // 2, 4, 9: mean 5, standard error sqrt(13 / 3) = 2.08167, times 1.959964 is 4.08000
    const [low, high] = meanInterval([2, 4, 9]);
    expect(low).toBeCloseTo(0.92, 4);
    expect(high).toBeCloseTo(9.08, 4);
    expect(meanInterval([7])).toEqual([7, 7]);
  });

  it('agrees with the bootstrap on many values', () => {
    const rng = createRng(2);
    const values = Array.from({ length: 2_000 }, () => rng.next());
    const normal = meanInterval(values);
    // An end found from 1,000 resamples has a standard error of some 7 % of the mean's, which is .0065.
    bootstrapMeanInterval(values, { uniform: () => rng.next() }).forEach((end, i) => {
      expect(Math.abs(end - normal[i])).toBeLessThan(4 * 0.07 * 0.0065);
    });
  });

  it('refuses no values, NaN, and a level outside (0, 1)', () => {
    expect(() => meanInterval([])).toThrow(RangeError);
    expect(() => meanInterval([1, Number.NaN])).toThrow(RangeError);
    for (const level of [0, 1, Number.NaN]) expect(() => meanInterval([1, 2], level)).toThrow(RangeError);
  });
});
