import { describe, expect, it } from 'vitest';
import {
  logit,
  mean,
  normalCdf,
  normalQuantile,
  quantile,
  sigmoid,
  standardError,
  variance,
} from '../../src/math/statistics.ts';

describe('mean, variance and standardError', () => {
  it('match values worked by hand', () => {
    // 2, 4, 9: mean 5, squares 9 + 1 + 16 = 26, variance 13, standard error sqrt(13 / 3)
    expect(mean([2, 4, 9])).toBe(5);
    expect(variance([2, 4, 9])).toBe(13);
    expect(standardError([2, 4, 9])).toBeCloseTo(2.0816659994661326, 14);
    expect(variance([7])).toBe(0);
  });

  it('refuse no values', () => {
    expect(() => mean([])).toThrow(RangeError);
    expect(() => variance([])).toThrow(RangeError);
  });
});

describe('quantile', () => {
  it('interpolates at (n - 1) p and leaves its input alone', () => {
    const values = [40, 10, 30, 20];
    expect(quantile(values, 0.5)).toBe(25); // place 1.5: halfway from 20 to 30
    expect(quantile(values, 0.9)).toBeCloseTo(37, 12); // place 2.7
    expect(quantile(values, 0)).toBe(10);
    expect(quantile(values, 1)).toBe(40);
    expect(values).toEqual([40, 10, 30, 20]);
  });

  it('refuses no values and p outside [0, 1]', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => quantile([1], 1.01)).toThrow(RangeError);
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError);
  });
});

describe('the normal', () => {
  it('matches printed tables', () => {
    expect(normalCdf(0)).toBe(0.5);
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 14);
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316300946, 14);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(normalQuantile(0.5)).toBe(0);
  });

  it('has a quantile that undoes the distribution function, in the tails too', () => {
    for (const p of [1e-9, 1e-4, 0.02, 0.3, 0.7, 0.9999, 1 - 1e-9]) {
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-15 + 1e-9 * Math.min(p, 1 - p));
    }
    expect(() => normalQuantile(0)).toThrow(RangeError);
    expect(() => normalQuantile(1)).toThrow(RangeError);
  });
});

describe('sigmoid and logit', () => {
  it('undo each other and stay finite where they should', () => {
    expect(sigmoid(0)).toBe(0.5);
    expect(sigmoid(-1000)).toBe(0);
    expect(logit(sigmoid(2.5))).toBeCloseTo(2.5, 12);
  });
});
