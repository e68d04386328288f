import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countItem,
  emptyItems,
  type FrequentItems,
  mergeItems,
  topItems,
} from '../../src/math/frequent-items.ts';

const counted = (stream: readonly number[], capacity: number): FrequentItems => {
  const items = emptyItems(capacity);
  for (const item of stream) countItem(items, item);
  return items;
};

/** The exact twin: one count for each thing that came. */
const exactly = (stream: readonly number[]): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const item of stream) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
};

const expectBounds = (items: FrequentItems, stream: readonly number[]): void => {
  expect(items.total).toBe(stream.length);
  expect(items.counts.size).toBeLessThanOrEqual(items.capacity);
  expect(items.undercount).toBeLessThanOrEqual(stream.length / (items.capacity + 1));
  for (const [item, count] of exactly(stream)) {
    const kept = items.counts.get(item) ?? 0;
    expect(kept).toBeLessThanOrEqual(count);
    expect(kept).toBeGreaterThanOrEqual(count - items.undercount);
  }
};

/** Streams in which small numbers are the frequent ones. */
const stream = fc.array(
  fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => Math.min(a, b)),
  { maxLength: 400 },
);

describe('frequent items', () => {
  it('are counted exactly while there are no more than are kept', () => {
    fc.assert(
      fc.property(stream, (all) => {
        const items = counted(all, 61);
        expect(items.counts).toEqual(exactly(all));
        expect(items.undercount).toBe(0);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('are never counted too high, and too low by total / (capacity + 1) at most', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 30 }), (all, capacity) => {
        expectBounds(counted(all, capacity), all);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('counted apart and merged, in whatever parts, keep the bound of one that saw all', () => {
    fc.assert(
      fc.property(fc.array(stream, { maxLength: 6 }), fc.integer({ min: 1, max: 30 }), (parts, capacity) => {
        const all = emptyItems(capacity);
        for (const part of parts) mergeItems(all, counted(part, capacity));
        expectBounds(all, parts.flat());
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('come most frequent first, and the truly frequent are among them', () => {
    const all = Array.from({ length: 3_000 }, (_, i) => (i % 3 === 0 ? 7 : i % 5 === 0 ? 9 : 100 + i));
    expect(topItems(counted(all, 20), 2).map(([item]) => item)).toEqual([7, 9]);
    expect(topItems(counted([5, 3], 4), 9)).toEqual([
      [3, 1],
      [5, 1],
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN])('are refused a capacity of %s', (capacity) => {
    expect(() => emptyItems(capacity)).toThrow('capacity');
  });
});
