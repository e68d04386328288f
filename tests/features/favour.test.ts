import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { createFavours } from '../../src/features/favour.ts';

test('a title first seen says nothing; then its propensity is held against those before', () => {
  const favourOf = createFavours(2);
  expect(favourOf(0, 0.02)).toBe(0);
  expect(favourOf(1, 0.5)).toBe(0);
  expect(favourOf(0, 0.04)).toBeCloseTo(Math.log(2) / 3, 12);
  const usual = 2 / (1 / 0.02 + 1 / 0.04);
  expect(favourOf(0, 0.01)).toBeCloseTo((2 / 4) * Math.log(0.01 / usual), 12);
});

test('who is favoured is told against all members, though the title was mostly shown to those it was likely for', () => {
  const rng = createRng(5);
  const likely = [0.3, 0.02, 0.02, 0.02]; // of four members; 0.09 on average, and 0.23 over the times it is shown
  const favourOf = createFavours(1);
  const last: number[] = [];
  for (let place = 0; place < 40_000; place++) {
    const member = place % likely.length;
    if (rng.next() < likely[member]) last[member] = favourOf(0, likely[member]);
  }
  // About 3,600 sights: the mean of 1 / propensity is within 3 % (its deviation is 1.3 of the mean)
  for (const [member, p] of likely.entries()) expect(last[member]).toBeCloseTo(Math.log(p / 0.09), 1);
});
