import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import {
  balanced,
  balancedCredit,
  preferenceOf,
  teamCredit,
  teamDraft,
} from '../../../src/evaluation/ab/interleaving.ts';

const uniformOf = (seed: number): (() => number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

/** Two lists of different titles from the same few, so that they share many. */
const lists = fc.record({
  a: fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 9 }),
  b: fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 9 }),
  length: fc.integer({ min: 0, max: 14 }),
  seed: fc.integer({ min: 0, max: 1_000 }),
});

describe('teamDraft', () => {
  it('lets each team take the best of its own that is left, turn by turn', () => {
    fc.assert(
      fc.property(lists, ({ a, b, length, seed }) => {
        const { items, team } = teamDraft({ a, b }, length, uniformOf(seed));
        expect(items.length).toBe(Math.min(length, new Set([...a, ...b]).size));
        expect(new Set(items).size).toBe(items.length);
        const taken = [0, 0];
        items.forEach((item, i) => {
          const before = new Set(items.subarray(0, i));
          const [own, other] = team[i] === 0 ? [a, b] : [b, a];
          expect(item).toBe(own.find((candidate) => !before.has(candidate)));
          const otherHasMore = other.some((candidate) => !before.has(candidate));
          if (otherHasMore) expect(taken[team[i]]).toBeLessThanOrEqual(taken[1 - team[i]]);
          taken[team[i]]++;
        });
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('says nothing of two rankers that agree, whatever is clicked (mean of 20,000 pages within 4 standard errors)', () => {
    const uniform = uniformOf(3);
    const same = [4, 2, 7, 1, 9, 3];
    const credits = Array.from({ length: 20_000 }, () => {
      const list = teamDraft({ a: same, b: same }, 6, uniform);
      expect([...list.items]).toEqual(same);
      return teamCredit(list, [1, 0, 1, 1, 0, 0]); // who clicks the first place more than the last
    });
    const { estimate, standardError } = preferenceOf(credits);
    expect(Math.abs(estimate)).toBeLessThan(4 * standardError);
  });

  it('speaks for the ranker that has what is clicked first', () => {
    const uniform = uniformOf(5);
    const [a, b] = [
      [1, 2, 3, 4, 5, 6],
      [6, 5, 4, 3, 2, 1],
    ];
    const credits = Array.from({ length: 500 }, () => {
      const list = teamDraft({ a, b }, 4, uniform);
      return teamCredit(
        list,
        Array.from(list.items, (item) => (item >= 5 ? 1 : 0)),
      );
    });
    expect(preferenceOf(credits).estimate).toBeGreaterThan(0.9);
  });
});

describe('balanced', () => {
  it('holds the top of both lists in every prefix, equally deep but for one', () => {
    fc.assert(
      fc.property(lists, ({ a, b, length, seed }) => {
        const { items } = balanced({ a, b }, length, uniformOf(seed));
        for (let k = 1; k <= items.length; k++) {
          const prefix = new Set(items.subarray(0, k));
          const explained = Array.from(
            { length: Math.max(a.length, b.length) + 1 },
            (_, depth) => depth,
          ).some((depth) =>
            [0, 1].some((deeper) =>
              [0, 1].some((which) => {
                const [inA, inB] = which === 0 ? [depth + deeper, depth] : [depth, depth + deeper];
                const union = new Set([...a.slice(0, inA), ...b.slice(0, inB)]);
                return union.size === prefix.size && [...union].every((item) => prefix.has(item));
              }),
            ),
          );
          expect(explained).toBe(true);
        }
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('credits who has more of the clicked as deep as the last click: worked by hand', () => {
    const pair = { a: [1, 2, 3, 4], b: [2, 5, 1, 6] };
    const list = { items: Uint32Array.of(1, 2, 5, 3), team: Uint8Array.of(0, 1, 1, 0) };
    expect(balancedCredit(pair, list, [0, 0, 1, 0])).toBe(1); // 5 is second of b
    expect(balancedCredit(pair, list, [1, 0, 0, 0])).toBe(-1); // 1 is first of a, and only third of b
    expect(balancedCredit(pair, list, [1, 1, 0, 0])).toBe(0); // top 1: a has 1, b has 2
    expect(balancedCredit(pair, list, [0, 0, 0, 0])).toBe(0);
  });
});

describe('preferenceOf', () => {
  it('is the one-sample t test', () => {
    const { estimate, p } = preferenceOf([1, 2, 3, 4]);
    expect(estimate).toBe(2.5);
    expect(p).toBeCloseTo(0.030466291662170977, 9); // scipy.stats.ttest_1samp
    expect(() => preferenceOf([1])).toThrow('two pages or more, got 1');
  });
});
