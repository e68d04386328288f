import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interactions, interactionsOf, itemsOf } from '../../src/domain/interactions.ts';
import { silentProgress } from '../../src/domain/progress.ts';
import type { EvaluationSplit, UserScorer } from '../../src/evaluation/contract.ts';
import { evaluateScorer } from '../../src/evaluation/evaluate-scorer.ts';
import { topListOf } from '../../src/evaluation/top-lists.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';

/** A model that is its table of scores, [users, items]. */
const tableScorer = (rows: readonly (readonly number[])[], itemCount: number): UserScorer => ({
  name: 'table',
  userCount: rows.length,
  itemCount,
  scoreUsers: (users, out) => {
    for (let i = 0; i < users.length; i++) out.set(rows[users[i]], i * itemCount);
  },
});

const evaluate = (scorer: UserScorer, split: EvaluationSplit, k: number) =>
  evaluateScorer(scorer, split, { k, progress: silentProgress });

const ITEMS = 12;
const USERS = 5;
const numbers = (max: number) => fc.integer({ min: -max, max });
const drawn = fc.record({
  // few distinct scores, so that there are ties; one user has none of the rest
  scores: fc.array(fc.array(numbers(3), { minLength: ITEMS, maxLength: ITEMS }), {
    minLength: USERS,
    maxLength: USERS,
  }),
  train: fc.array(fc.uniqueArray(fc.nat(ITEMS - 1)), { minLength: USERS, maxLength: USERS }),
  test: fc.array(fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 4 }), { minLength: USERS, maxLength: USERS }),
  k: fc.integer({ min: 1, max: ITEMS + 2 }),
});
const partOf = (lists: readonly number[][]): Interactions => interactionsOf(lists, ITEMS);

describe('full ranking', () => {
  it('equals sorting every item that was not trained on, ties in order of row; memory comes back', () => {
    const before = sharedKernels().arena.blocksInUse;
    fc.assert(
      fc.property(drawn, ({ scores, train, test, k }) => {
        const split: EvaluationSplit = { kind: 'full-ranking', train: partOf(train), test: partOf(test) };
        const { lists, perUser } = evaluate(tableScorer(scores, ITEMS), split, k);
        expect([...lists.users]).toEqual(test.flatMap((items, user) => (items.length > 0 ? [user] : [])));
        lists.users.forEach((user, i) => {
          const order = Array.from({ length: ITEMS }, (_, item) => item)
            .filter((item) => !train[user].includes(item))
            .sort((a, b) => scores[user][b] - scores[user][a] || a - b)
            .slice(0, k);
          expect([...topListOf(lists, i)]).toEqual(order);
          const hits = order.filter((item) => test[user].includes(item)).length;
          expect(perUser.recall[i]).toBeCloseTo(hits / test[user].length, 12);
          expect(perUser['hit-rate'][i]).toBe(hits > 0 ? 1 : 0);
        });
      }),
      { seed: 42, numRuns: 120 },
    );
    expect(sharedKernels().arena.blocksInUse).toBe(before);
  });

  it('gives metrics from 0 to 1 that do not change where scores are stretched', () => {
    fc.assert(
      fc.property(drawn, ({ scores, train, test, k }) => {
        const split: EvaluationSplit = { kind: 'full-ranking', train: partOf(train), test: partOf(test) };
        const { perUser } = evaluate(tableScorer(scores, ITEMS), split, k);
        for (const values of Object.values(perUser)) {
          for (const value of values) expect(value >= 0 && value <= 1 + 1e-12).toBe(true);
        }
        const stretched = scores.map((row) => row.map((score) => score ** 3 * 100 - 7));
        expect(evaluate(tableScorer(stretched, ITEMS), split, k).perUser).toEqual(perUser);
      }),
      { seed: 43, numRuns: 60 },
    );
  });

  it('finds everything with the test itself as the model, whatever is masked', () => {
    const [train, test] = [partOf([[0], [1, 2], [], [3], []]), partOf([[5, 6], [7], [], [8, 9, 10], [0]])];
    const truth = Array.from({ length: USERS }, (_, user) =>
      Array.from({ length: ITEMS }, (_, item) => (itemsOf(test, user).includes(item) ? 1 : 0)),
    );
    const { perUser, lists } = evaluate(tableScorer(truth, ITEMS), { kind: 'full-ranking', train, test }, 3);
    expect(lists.users).toHaveLength(4);
    for (const values of Object.values(perUser)) expect([...values]).toEqual([1, 1, 1, 1]);
  });

  it('keeps items that a model puts at minus infinity, and never those trained on', () => {
    const bottom = Array.from({ length: ITEMS }, () => Number.NEGATIVE_INFINITY);
    const one = (items: number[]): Interactions => interactionsOf([items], ITEMS);
    const split: EvaluationSplit = { kind: 'full-ranking', train: one([0, 2]), test: one([3]) };
    const { lists } = evaluate(tableScorer([bottom], ITEMS), split, 20);
    expect([...topListOf(lists, 0)]).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('ranks more users than a block holds as it ranks one', () => {
    // 300,000 items: 13 users a block. Every user's only test item is the one of highest score.
    const [userCount, itemCount] = [30, 300_000];
    const best = (user: number): number => (user * 9_973) % itemCount;
    const scorer: UserScorer = {
      name: 'one-hot',
      userCount,
      itemCount,
      scoreUsers: (users, out) => {
        out.fill(0);
        users.forEach((user, i) => {
          out[i * itemCount + best(user)] = 1;
        });
      },
    };
    const train = interactionsOf(new Array<number[]>(userCount).fill([]), itemCount);
    const test = interactionsOf(
      Array.from({ length: userCount }, (_, user) => [best(user)]),
      itemCount,
    );
    const { perUser } = evaluate(scorer, { kind: 'last-item', train, test }, 2);
    expect([...perUser.mrr]).toEqual(new Array<number>(userCount).fill(1));
  });
});

describe('given negatives', () => {
  const given = drawn.map(({ scores, test, k, train }) => ({
    scores,
    test,
    k,
    negatives: train.map((items, user) => items.filter((item) => !test[user].includes(item))),
  }));

  it('ranks a positive behind every negative of the same score', () => {
    fc.assert(
      fc.property(given, ({ scores, test, negatives, k }) => {
        const split: EvaluationSplit = {
          kind: 'given-negatives',
          train: partOf(test), // trained-on items are not masked among given candidates
          test: partOf(test),
          negatives: partOf(negatives),
        };
        const { lists, perUser } = evaluate(tableScorer(scores, ITEMS), split, k);
        lists.users.forEach((user, i) => {
          const best = Math.max(...test[user].map((item) => scores[user][item]));
          const rank = 1 + negatives[user].filter((item) => scores[user][item] >= best).length;
          expect(perUser['hit-rate'][i]).toBe(rank <= k ? 1 : 0);
          expect(perUser.mrr[i]).toBeCloseTo(rank <= k ? 1 / rank : 0, 12);
        });
      }),
      { seed: 44, numRuns: 120 },
    );
  });

  it('finds nothing with a model that scores all alike', () => {
    const one = (items: number[]): Interactions => interactionsOf([items], ITEMS);
    const split: EvaluationSplit = {
      kind: 'given-negatives',
      train: one([0]),
      test: one([5]),
      negatives: one([1, 2, 9]),
    };
    const flat = tableScorer([new Array<number>(ITEMS).fill(1)], ITEMS);
    expect(evaluate(flat, split, 3).perUser['hit-rate'][0]).toBe(0);
    expect(evaluate(flat, split, 4).perUser['hit-rate'][0]).toBe(1);
  });
});

describe('what is refused', () => {
  const part = interactionsOf([[0], [1]], 3);
  const split: EvaluationSplit = { kind: 'full-ranking', train: part, test: interactionsOf([[1], [2]], 3) };

  it.each([
    ['other users', tableScorer([[1, 2, 3]], 3), split, 2, 'expected 2 users and 3 items, got 1 and 3'],
    [
      'NaN',
      tableScorer(
        [
          [1, 2, 3],
          [1, 1, Number.NaN],
        ],
        3,
      ),
      split,
      2,
      'item of user 1, got NaN',
    ],
    [
      'NaN among negatives',
      tableScorer(
        [
          [1, 2, 3],
          [1, Number.NaN, 2],
        ],
        3,
      ),
      { ...split, kind: 'given-negatives', negatives: part },
      1,
      'item of user 1, got NaN',
    ],
    [
      'k of 0',
      tableScorer(
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
        3,
      ),
      split,
      0,
      'k: expected a whole number >= 1, got 0',
    ],
  ] as const)('%s', (_, scorer, tested, k, message) => {
    expect(() => evaluate(scorer, tested, k)).toThrow(message);
  });
});
