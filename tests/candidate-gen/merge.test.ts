import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeCandidates, reciprocalRank, type SourceList } from '../../src/candidate-gen/merge.ts';

const listOf = (source: string, pairs: readonly (readonly [title: number, score: number])[]): SourceList => ({
  source,
  list: {
    items: Uint32Array.from(pairs, ([title]) => title),
    scores: Float32Array.from(pairs, ([, score]) => score),
  },
});

const rowsOf = (lists: readonly SourceList[], limit: number) => {
  const pool = mergeCandidates(lists, limit);
  return Array.from(pool.items, (title, i) => [title, pool.scores[i], pool.sourceNames[pool.source[i]]]);
};

/** Sorted lists of few titles and few scores, so that ties and shared titles are the rule. */
const sortedList = fc
  .uniqueArray(fc.tuple(fc.nat(30), fc.integer({ min: -4, max: 4 })), {
    selector: ([title]) => title,
    maxLength: 20,
  })
  .map((pairs) => pairs.sort((a, b) => b[1] - a[1]));

describe('merging candidates', () => {
  it('gives what sorting everything and keeping the first of each title gives', () => {
    const property = fc.property(fc.array(sortedList, { maxLength: 9 }), fc.nat(60), (drawn, limit) => {
      const lists = drawn.map((pairs, i) => listOf(`source-${i}`, pairs));
      const all = drawn.flatMap((pairs, i) => pairs.map(([title, score]) => ({ title, score, source: i })));
      all.sort((a, b) => b.score - a.score || a.source - b.source); // stable: equal ones keep their list's order
      const first = all.filter(({ title }, i) => all.findIndex((other) => other.title === title) === i);
      const expected = first
        .slice(0, limit)
        .map(({ title, score, source }) => [title, score, `source-${source}`]);
      expect(rowsOf(lists, limit)).toEqual(expected);
    });
    fc.assert(property, { seed: 5, numRuns: 300 });
  });

  it('puts calibrated scores on one scale, and gives those', () => {
    const near = listOf('two-tower', [
      [1, 0.9],
      [2, 0.5],
    ]);
    const often = listOf('popularity', [
      [3, 700],
      [1, 100],
    ]);
    const calibrate = (count: number): number => count / 1000;
    expect(rowsOf([near, { ...often, calibrate }], 10)).toEqual([
      [1, Math.fround(0.9), 'two-tower'],
      [3, Math.fround(0.7), 'popularity'],
      [2, 0.5, 'two-tower'],
    ]);
  });

  it('takes turns under reciprocal rank, and more of a list of greater weight', () => {
    const near = listOf('near', [
      [1, 0.9],
      [2, 0.8],
    ]);
    const often = listOf('often', [
      [3, 700],
      [4, 100],
    ]);
    const titles = (weight: number): number[] =>
      rowsOf(
        [
          { ...near, calibrate: reciprocalRank() },
          { ...often, calibrate: reciprocalRank(weight) },
        ],
        4,
      ).map(([title]) => title as number);
    expect(titles(1)).toEqual([1, 3, 2, 4]);
    expect(titles(2)).toEqual([3, 4, 1, 2]);
  });

  it('keeps reserved places for the first of a list, at the cost of the worst of the others', () => {
    const strong = listOf('strong', [
      [1, 0.9],
      [2, 0.8],
      [3, 0.7],
      [4, 0.6],
    ]);
    const weak = listOf('weak', [
      [2, 0.3], // proposed by both: it needs no place of its own
      [5, 0.2],
      [6, 0.1],
    ]);
    const titles = (reserved: number): number[] =>
      rowsOf([strong, { ...weak, reserved }], 4).map(([title]) => title as number);
    expect(titles(0)).toEqual([1, 2, 3, 4]);
    expect(titles(1)).toEqual([1, 2, 3, 4]);
    expect(titles(2)).toEqual([1, 2, 3, 5]);
    expect(titles(3)).toEqual([1, 2, 5, 6]);
    expect(titles(99)).toEqual([1, 2, 5, 6]);
  });

  it('shares out the places where more are reserved than there are, each list its first', () => {
    const reserved = 2;
    const lists = [
      listOf('a', [
        [1, 9],
        [2, 8],
      ]),
      listOf('b', [
        [3, 2],
        [4, 1],
      ]),
    ];
    const pool = rowsOf(
      lists.map((list) => ({ ...list, reserved })),
      3,
    );
    expect(pool.map(([title]) => title)).toEqual([1, 2, 3]);
  });

  it('never gives fewer, other or unsorted titles for a reservation', () => {
    const list = fc.tuple(sortedList, fc.nat(12));
    const property = fc.property(fc.array(list, { maxLength: 6 }), fc.nat(30), (drawn, limit) => {
      const lists = drawn.map(([pairs, reserved], i) => ({ ...listOf(`source-${i}`, pairs), reserved }));
      const pool = mergeCandidates(lists, limit);
      const all = new Set(drawn.flatMap(([pairs]) => pairs.map(([title]) => title)));
      expect(new Set(pool.items).size).toBe(Math.min(limit, all.size));
      expect(pool.items).toHaveLength(Math.min(limit, all.size));
      expect([...pool.scores]).toEqual([...pool.scores].sort((a, b) => b - a));
      const wanted = new Set(drawn.flatMap(([pairs, n]) => pairs.slice(0, n).map(([title]) => title)));
      if (wanted.size <= limit) for (const title of wanted) expect([...pool.items]).toContain(title);
    });
    fc.assert(property, { seed: 7, numRuns: 300 });
  });

  it('gives an empty pool from no lists, from empty lists and for limit 0', () => {
    expect(rowsOf([], 10)).toEqual([]);
    expect(rowsOf([listOf('a', []), listOf('b', [])], 10)).toEqual([]);
    expect(rowsOf([listOf('a', [[1, 1]])], 0)).toEqual([]);
  });

  it.each([
    ['rise', [1, 2]],
    ['are not numbers', [1, Number.NaN]],
    ['start with one that is not a number', [Number.NaN, 1]],
  ])('names the source whose scores %s', (_, [first, second]) => {
    const odd = listOf('odd-one', [
      [1, first],
      [2, second],
    ]);
    expect(() => mergeCandidates([listOf('fine', [[3, 5]]), odd], 10)).toThrow(/source 'odd-one': score/);
  });

  it('refuses a limit that is no count and more lists than a byte can tell apart', () => {
    expect(() => mergeCandidates([], -1)).toThrow(RangeError);
    expect(() => mergeCandidates([{ ...listOf('a', []), reserved: 0.5 }], 1)).toThrow(RangeError);
    const many = Array.from({ length: 257 }, (_, i) => listOf(`s${i}`, [[i, 1]]));
    expect(() => mergeCandidates(many, 10)).toThrow(RangeError);
    expect(rowsOf(many.slice(1), 300)).toHaveLength(256);
  });
});
