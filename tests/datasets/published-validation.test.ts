import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validationSplit } from '../../datasets/published-validation.ts';
import { type Interactions, interactionsOf, itemsOf } from '../../src/domain/interactions.ts';
import { createRng } from '../../src/domain/rng.ts';

const ITEMS = 40;
const data = fc
  .array(fc.uniqueArray(fc.nat(ITEMS - 1), { maxLength: 12 }), { minLength: 1, maxLength: 8 })
  .map((lists) => interactionsOf(lists, ITEMS));
const kinds = fc.constantFrom('full-ranking' as const, 'given-negatives' as const, 'last-item' as const);
const listsOf = (part: Interactions): number[][] =>
  Array.from({ length: part.userCount }, (_, user) => [...itemsOf(part, user)]);
const ascending = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

describe('validationSplit', () => {
  it('parts the training items of each user and leaves each some to learn from, the same for a seed', () => {
    fc.assert(
      fc.property(data, kinds, fc.nat(1000), (train, kind, seed) => {
        const { train: kept, test: heldOut } = validationSplit({ kind, train }, createRng(seed));
        listsOf(train).forEach((all, user) => {
          const [learned, tested] = [listsOf(kept)[user], listsOf(heldOut)[user]];
          expect(ascending([...learned, ...tested])).toEqual(ascending(all));
          expect(learned).toEqual(all.filter((item) => learned.includes(item))); // in order still
          if (all.length > 0) expect(learned.length).toBeGreaterThan(0);
          if (kind !== 'full-ranking') expect(tested).toEqual(all.length > 1 ? all.slice(-1) : []);
        });
        expect(validationSplit({ kind, train }, createRng(seed)).test).toEqual(heldOut);
      }),
      { numRuns: 60, seed: 42 },
    );
  });

  it('holds out 10 % on average, also of lists shorter than ten', () => {
    const users = 4_000;
    const train = interactionsOf(
      Array.from({ length: users }, () => [3, 1, 4, 15, 9]),
      ITEMS,
    );
    const { test } = validationSplit({ kind: 'full-ranking', train }, createRng(7));
    // Each user gives 0 or 1 item of 5 with chance 1/2: the count has standard error sqrt(4000 / 4) = 32. 4 of them.
    expect(Math.abs(test.items.length - users / 2)).toBeLessThan(4 * 32);
    const places = new Map<number, number>();
    for (const item of test.items) places.set(item, (places.get(item) ?? 0) + 1);
    // Each of five items as often: 400 with standard error sqrt(2000 * 0.2 * 0.8) = 18. 4 of them.
    for (const times of places.values()) expect(Math.abs(times - test.items.length / 5)).toBeLessThan(4 * 18);
    expect(places.size).toBe(5);
  });
});
