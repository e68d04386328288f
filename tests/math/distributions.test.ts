import { describe, expect, it } from 'vitest';
import {
  chiSquareTail,
  incompleteBeta,
  logGamma,
  twoSidedQuantile,
  twoSidedTail,
} from '../../src/math/distributions.ts';
import { normalCdf, normalQuantile } from '../../src/math/statistics.ts';

/** Relative error at most 1e-10; expected values are those of scipy 1.17. */
const expectNear = (got: number, expected: number, relative = 1e-10): void => {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
};

describe('tails and quantiles against tables', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [3.7, 1.428072326665388],
    [50, 144.56574394634487],
    [1000.5, 5908.674175848678],
  ])('log gamma of %d', (x, expected) => expectNear(logGamma(x), expected));

  it.each([
    [3.841458820694124, 1, 0.05],
    [0.5, 2, 0.7788007830714049],
    [10, 3, 0.01856613546304325],
    [30, 10, 0.000856641210775301],
    [200, 150, 0.003973185970821635],
    [60, 1, 9.485737571073857e-15],
    [900, 1000, 0.9892827619087102],
  ])('chi-square above %d with %d degrees', (x, df, expected) => expectNear(chiSquareTail(x, df), expected));

  it.each([
    [0.3, 2, 3, 0.3483],
    [0.9, 0.5, 0.5, 0.7951672353008665],
    [0.5, 100, 120, 0.9117960627949818],
    [0.01, 20, 0.5, 1.2597199925096003e-41],
    [0.999, 500, 0.5, 0.31731044730971725],
  ])('incomplete beta at %d of %d and %d', (x, a, b, expected) =>
    expectNear(incompleteBeta(x, a, b), expected),
  );

  it.each([
    [2, 5, 0.10193947882985835],
    [12.7062047, 1, 0.05000000014176587],
    [1.96, 1000, 0.050273184955748736],
    [6, 30, 1.3942768767204764e-6],
    [-1, 2.5, 0.40406102727827364],
  ])('both tails of t beyond %d with %d degrees', (t, df, expected) =>
    expectNear(twoSidedTail(t, df), expected, 1e-9),
  );

  it.each([
    [0.05, 1, 12.706204736174705],
    [0.05, 10, 2.2281388519862753],
    [0.05, 7.3, 2.3450667365477034],
    [0.001, 30, 3.645958635042021],
    [0.5, 3, 0.7648923284043444],
    [0.05, Number.POSITIVE_INFINITY, 1.9599639845400545],
    [1e-8, Number.POSITIVE_INFINITY, 5.73072886823629],
  ])('the t with tails of %d with %d degrees', (tail, df, expected) =>
    expectNear(twoSidedQuantile(tail, df), expected),
  );

  it('agrees with the normal of statistics.ts', () => {
    for (const z of [0.1, 1, 2.5, 4]) expectNear(twoSidedTail(z), 2 * normalCdf(-z), 1e-9);
    for (const p of [0.001, 0.1, 0.9]) expectNear(twoSidedQuantile(p), normalQuantile(1 - p / 2));
  });

  it('passes into the normal without a step at a million degrees', () => {
    expectNear(twoSidedTail(2, 999_999), twoSidedTail(2, 1_000_001), 1e-5);
  });

  it('refuses what has no tail', () => {
    expect(() => logGamma(0)).toThrow('expected > 0, got 0');
    expect(() => chiSquareTail(-1, 1)).toThrow('got -1 and 1');
    expect(() => incompleteBeta(2, 1, 1)).toThrow('got 2, 1, 1');
    expect(() => twoSidedTail(1, 0)).toThrow('df > 0, got 0');
    expect(() => twoSidedQuantile(1)).toThrow('between 0 and 1, got 1');
  });
});
