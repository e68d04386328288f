import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../../src/evaluation/bootstrap.ts';

test('the interval covers the true mean about as often as it says', () => {
  // 300 samples of 60 uniform numbers, mean 0.5. Coverage 0.95 has a standard error of 0.0126 over 300; the
  // percentile bootstrap is a little short at n = 60 (about 0.94), so the lower bound is 4 errors below that.
  const rng = createRng(11);
  let covered = 0;
  for (let s = 0; s < 300; s++) {
    const own = rng.fork(`sample:${s}`);
    const values = Float64Array.from({ length: 60 }, () => own.next());
    const [low, high] = bootstrapMeanInterval(values, { uniform: () => own.next(), resamples: 400 });
    if (low <= 0.5 && high >= 0.5) covered++;
  }
  expect(covered / 300).toBeGreaterThan(0.89);
  expect(covered / 300).toBeLessThan(0.99);
});

test('pairing removes what both share', () => {
  const rng = createRng(3);
  const shared = Float64Array.from({ length: 200 }, () => 10 * rng.next());
  const better = shared.map((x) => x + 0.1 + 0.01 * rng.next());
  const [low, high] = pairedBootstrapInterval(better, shared, { uniform: () => rng.next() });
  expect(low).toBeGreaterThan(0.1);
  expect(high).toBeLessThan(0.11);
  expect(() => pairedBootstrapInterval([1], [1, 2], { uniform: () => 0 })).toThrow(/1 and 2 users/);
});

test('refuses what has no interval', () => {
  const uniform = (): number => 0.5;
  expect(() => bootstrapMeanInterval([], { uniform })).toThrow(RangeError);
  expect(() => bootstrapMeanInterval([1], { uniform, level: 1 })).toThrow(RangeError);
  expect(() => bootstrapMeanInterval([1], { uniform, resamples: 5 })).toThrow(RangeError);
});
