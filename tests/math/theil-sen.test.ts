import { expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { normalQuantile } from '../../src/math/statistics.ts';
import { theilSen } from '../../src/math/theil-sen.ts';

const xs = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

it('gives a line its own slope, and an interval of no width', () => {
  const x = xs(9);
  expect(
    theilSen(
      x,
      x.map((each) => 3 - 2 * each),
    ),
  ).toEqual({ slope: -2, interval: [-2, -2] });
});

it('is not carried off by a fifth of the points', () => {
  const x = xs(20);
  const y = x.map((each) => (each % 5 === 4 ? 1_000 : each / 2));
  expect(theilSen(x, y).slope).toBeCloseTo(0.5, 10);
});

it('covers the slope in 95 % of samples', () => {
  const rng = createRng(3);
  const x = xs(24);
  const runs = 1_000;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const y = x.map((each) => 0.1 * each + normalQuantile(1e-9 + (1 - 2e-9) * rng.next()));
    const [low, high] = theilSen(x, y).interval;
    if (low <= 0.1 && 0.1 <= high) covered += 1;
  }
  expect(covered / runs).toBeGreaterThan(0.95 - 0.025); // 3.6 standard errors
  expect(covered / runs).toBeLessThan(0.95 + 0.025);
});

it('refuses what has no slope', () => {
  expect(() => theilSen([1, 2, 3, 4], [1, 2, 3, 4])).toThrow('at least 5 points, got 4');
  expect(() => theilSen(xs(6), xs(5))).toThrow('expected 6 values');
  expect(() => theilSen([1, 2, 3, 4, 4], xs(5))).toThrow('got 4 twice');
});
