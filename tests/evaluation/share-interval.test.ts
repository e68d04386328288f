import { expect, test } from 'vitest';
import { shareInterval } from '../../src/evaluation/share-interval.ts';

test('is where the score test of the share is just not rejected', () => {
  for (const [count, n] of [
    [3, 20],
    [95, 100],
    [1, 2],
  ]) {
    for (const end of shareInterval(count, n)) {
      expect(Math.abs(count / n - end)).toBeCloseTo(1.959964 * Math.sqrt((end * (1 - end)) / n), 6);
    }
  }
});

test('stays within 0 and 1, and tells how little few observations tell', () => {
  expect(shareInterval(0, 10)[0]).toBe(0);
  expect(shareInterval(0, 10)[1]).toBeCloseTo(0.277533, 5);
  expect(shareInterval(10, 10)[1]).toBe(1);
});

test('refuses what is no share', () => {
  expect(() => shareInterval(3, 2)).toThrow(/got 3 of 2/);
  expect(() => shareInterval(0, 0)).toThrow(RangeError);
});
