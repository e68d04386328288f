import { expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { compareRuns } from '../../src/reporting/compare.ts';
import { measured, resultOf } from './measured.ts';

const compareOne = (...[before, after]: [Parameters<typeof measured>[2], Parameters<typeof measured>[2]]) =>
  compareRuns(
    resultOf('s', [measured('x', before?.value ?? 1, before)]),
    resultOf('s', [measured('x', after?.value ?? 1, after)]),
  )[0];

it('gives the interval of a difference: of normal means, the known one', () => {
  // standard errors 3 and 4: the difference has 5
  const { difference, ci } = compareOne(
    { value: 100, ci: [100 - 1.96 * 3, 100 + 1.96 * 3] },
    { value: 90, ci: [90 - 1.96 * 4, 90 + 1.96 * 4] },
  );
  expect(difference).toBe(-10);
  expect(ci?.[0]).toBeCloseTo(-10 - 1.96 * 5, 9);
  expect(ci?.[1]).toBeCloseTo(-10 + 1.96 * 5, 9);
});

it('keeps lopsided intervals lopsided', () => {
  const { ci } = compareOne({ value: 1, ci: [0.9, 1.5] }, { value: 2, ci: [1.9, 3] });
  expect(ci?.[0]).toBeCloseTo(1 - Math.hypot(0.1, 0.5), 12);
  expect(ci?.[1]).toBeCloseTo(1 + Math.hypot(1, 0.1), 12);
});

it('says better or worse by which side of a budget is good, and only where the interval leaves 0', () => {
  const less = [
    { value: 10, ci: [9, 11] as const },
    { value: 5, ci: [4, 6] as const, budget: 8 },
  ] as const;
  expect(compareOne(...less).verdict).toBe('better');
  expect(compareOne(less[0], { ...less[1], sense: 'at-least' }).verdict).toBe('worse');
  expect(compareOne(less[0], { value: 10.5, ci: [9, 12], budget: 8 }).verdict).toBe('no difference shown');
  expect(compareOne({ value: 10 }, { value: 5, budget: 8 }).verdict).toBe('no difference shown');
  expect(compareOne(less[0], { value: 5, ci: [4, 6] }).verdict).toBe('other');
});

it('tells which budgets are met now and which no more', () => {
  expect(compareOne({ pass: false }, { pass: true }).passChange).toBe('now passes');
  expect(compareOne({ pass: true }, { pass: false }).passChange).toBe('now fails');
  expect(compareOne({ pass: true }, { pass: true }).passChange).toBeUndefined();
});

it('compares only what both have, in one unit', () => {
  const before = resultOf('s', [measured('a', 1), measured('b', 1), measured('c', 1, { unit: 'ms' })]);
  const after = resultOf('s', [measured('c', 1, { unit: 's' }), measured('b', 2), measured('d', 1)]);
  expect(compareRuns(before, after).map(({ name }) => name)).toEqual(['b']);
});

it('holds the true difference in 95 % of pairs of runs (2,000 pairs; within 3.5 standard errors)', () => {
  const rng = createRng(3).fork('pairs');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
  const pairs = 2_000;
  let held = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const [a, b] = [5 + 2 * normal(), 7 + normal()];
    const { ci } = compareOne(
      { value: a, ci: [a - 1.96 * 2, a + 1.96 * 2] },
      { value: b, ci: [b - 1.96, b + 1.96] },
    );
    if (ci !== undefined && ci[0] <= 2 && 2 <= ci[1]) held++;
  }
  expect(Math.abs(held / pairs - 0.95)).toBeLessThan(3.5 * Math.sqrt((0.95 * 0.05) / pairs));
});
