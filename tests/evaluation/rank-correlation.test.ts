import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendallTau, spearmanRho, topListLikeness } from '../../src/evaluation/rank-correlation.ts';

/** The readable twin: every pair. */
const tauByPairs = (a: readonly number[], b: readonly number[]): number => {
  let [agree, tiedA, tiedB, all] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i] - a[j]), Math.sign(b[i] - b[j])];
      agree += x * y;
      if (x === 0) tiedA++;
      if (y === 0) tiedB++;
      all++;
    }
  }
  return agree / Math.sqrt((all - tiedA) * (all - tiedB));
};

/** The readable twin: the linear correlation of ranks, each the mean place of its equals. */
const rhoByRanks = (a: readonly number[], b: readonly number[]): number => {
  const ranks = (values: readonly number[]): number[] =>
    values.map((x) => values.filter((y) => y < x).length + (values.filter((y) => y === x).length + 1) / 2);
  const centred = (values: readonly number[]): number[] =>
    values.map((x) => x - values.reduce((sum, y) => sum + y, 0) / values.length);
  const [x, y] = [centred(ranks(a)), centred(ranks(b))];
  const dot = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, v, i) => sum + v * q[i], 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
};

const paired = fc
  .array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -4, max: 4 })), {
    minLength: 2,
    maxLength: 40,
  })
  .map((rows) => [rows.map(([a]) => a), rows.map(([, b]) => b)] as const);

describe.each([
  ['kendallTau', kendallTau, tauByPairs],
  ['spearmanRho', spearmanRho, rhoByRanks],
] as const)('%s', (_, correlation, twin) => {
  it('equals its readable twin, with ties', () => {
    fc.assert(
      fc.property(paired, ([a, b]) => {
        const [fast, slow] = [correlation(a, b), twin(a, b)];
        if (Number.isNaN(slow)) expect(fast).toBeNaN();
        else expect(fast).toBeCloseTo(slow, 10);
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('is symmetric, turns with a reversed order, and sees only order', () => {
    fc.assert(
      fc.property(paired, ([a, b]) => {
        const value = correlation(a, b);
        if (Number.isNaN(value)) return;
        expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
        expect(correlation(b, a)).toBeCloseTo(value, 10);
        expect(
          correlation(
            a.map((x) => -x),
            b,
          ),
        ).toBeCloseTo(-value, 10);
        expect(
          correlation(
            a.map((x) => Math.exp(x) - 7),
            b,
          ),
        ).toBeCloseTo(value, 10);
      }),
      { seed: 43, numRuns: 200 },
    );
  });

  it('is 1 and -1 for the same and the reverse order, and nothing without two values that differ', () => {
    expect(correlation([1, 2, 3, 9], [0, 5, 6, 7])).toBeCloseTo(1, 12);
    expect(correlation([1, 2, 3, 9], [7, 6, 5, 0])).toBeCloseTo(-1, 12);
    expect(correlation([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(correlation([], [])).toBeNaN();
  });

  it('refuses unequal lengths and NaN', () => {
    expect(() => correlation([1, 2], [1])).toThrow('2 and 1 values');
    expect(() => correlation([1, 2], [1, Number.NaN])).toThrow('value 1 is NaN');
  });
});

it('kendallTau and spearmanRho by hand', () => {
  // 1 2 3 4 against 1 3 2 4: of 6 pairs one discordant; rank differences 0, 1, 1, 0.
  expect(kendallTau([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(4 / 6, 12);
  expect(spearmanRho([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(1 - (6 * 2) / (4 * 15), 12);
  // a ties once: 5 pairs told by a, 6 by b, all 5 concordant.
  expect(kendallTau([1, 1, 2, 3], [1, 2, 3, 4])).toBeCloseTo(5 / Math.sqrt(5 * 6), 12);
});

describe('topListLikeness', () => {
  it('by hand', () => {
    expect(topListLikeness([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(topListLikeness([1, 2, 3], [4, 5, 6])).toBe(0);
    // Lists 1 2 and 2 3. Pair 1-2: the first says 1 before 2, the second 2 before 1: 1. Pair 1-3: 1. Pair 2-3:
    // both say 2 before 3. Distance 2 of 2 * 2 + (1 + 1) / 2 = 5.
    expect(topListLikeness([1, 2], [2, 3])).toBeCloseTo(1 - 2 / 5, 12);
    // The same two items the other way round: one pair of 5.
    expect(topListLikeness([1, 2], [2, 1])).toBeCloseTo(1 - 1 / 5, 12);
    // Lists 1 2 and 1 3: pair 2-3 is 1; 1 before both in both.
    expect(topListLikeness([1, 2], [1, 3])).toBeCloseTo(1 - 1 / 5, 12);
    // Lists 1 2 3 and 3 4 5: pair 1-2 only the first holds: 1/2, as 4-5. 1-3, 2-3: the second puts 3 first: 1 each.
    // 3-4, 3-5: alike. 1-4, 1-5, 2-4, 2-5: 1 each. 7 of 3 * 3 + (3 + 3) / 2 = 12.
    expect(topListLikeness([1, 2, 3], [3, 4, 5])).toBeCloseTo(1 - 7 / 12, 12);
    expect(topListLikeness([], [])).toBeNaN();
  });

  it('is symmetric and lies in [0, 1]', () => {
    const list = fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(list, list, (a, b) => {
        const likeness = topListLikeness(a, b);
        expect(likeness).toBeGreaterThanOrEqual(0);
        expect(likeness).toBeLessThanOrEqual(1);
        expect(topListLikeness(b, a)).toBeCloseTo(likeness, 12);
        expect(topListLikeness(a, a)).toBe(1);
      }),
      { seed: 44, numRuns: 300 },
    );
  });
});
