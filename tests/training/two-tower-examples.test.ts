import { describe, expect, it } from 'vitest';
import { DAY_MS, dayOf } from '../../src/domain/clock.ts';
import { createRng } from '../../src/domain/rng.ts';
import { ACTIVITY_SIZE, writeActivityFeatures } from '../../src/features/activity-features.ts';
import { countImpression, countPlay, emptyTitleCounts } from '../../src/features/title-counts.ts';
import { replay } from '../../src/training/replay.ts';
import {
  collectTwoTowerExamples,
  epochOrder,
  examplesSinceRelease,
  firstDayOf,
} from '../../src/training/two-tower-examples.ts';
import { plantedFixture } from '../contracts/fixture.ts';

const { dataset, at } = plantedFixture();
const { visitor, examples } = collectTwoTowerExamples(dataset);
replay(dataset, at, () => 1, visitor);

describe('the order of an epoch', () => {
  it('tells each example at most once, in whole batches of neighbours in time, and others each time', () => {
    const rng = createRng(3);
    const [first, second] = [epochOrder(1_013, 100, rng), epochOrder(1_013, 100, rng)];
    expect(first).toHaveLength(1_000);
    expect(new Set(first).size).toBe(1_000);
    expect(second).not.toEqual(first);
    for (let b = 0; b < 10; b++) {
      const batch = [...first.subarray(100 * b, 100 * (b + 1))];
      expect(Math.max(...batch) - Math.min(...batch)).toBeLessThan(400); // a window of four batches
    }
    const starts = Array.from({ length: 10 }, (_, b) => Math.min(...first.subarray(100 * b, 100 * (b + 1))));
    expect(starts).not.toEqual([...starts].sort((a, b) => a - b));
  });

  it('is random where one batch holds all', () => {
    const order = epochOrder(500, 500, createRng(3));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(Math.max(...order.subarray(0, 50))).toBeGreaterThan(400); // P(not) = 0.8^50
  });
});

describe('an example', () => {
  it('counts as one of those that could have been of a title, from its release on', () => {
    const since = examplesSinceRelease(examples, dataset.titles);
    for (const title of [0, 47, 48, 53, 59]) {
      const after = examples.filter(
        (example) => dayOf(example.at) >= dataset.titles.releaseDay[title],
      ).length;
      expect(since(title)).toBe(Math.max(1, after));
    }
    expect(since(0)).toBe(examples.length);
    expect(since(59)).toBe(1);
  });

  it('knows what happened to its title up to the midnight before, and nothing of the same day', () => {
    const firstDay = firstDayOf(dataset);
    for (const [row, example] of examples.entries()) {
      const counts = emptyTitleCounts(dataset.titles.ids.length);
      for (let earlier = 0; earlier < row; earlier++) {
        if (dayOf(dataset.plays.time[earlier]) < dayOf(example.at))
          countPlay(counts, dataset.plays.title[earlier], dataset.plays.watchedFraction[earlier]);
      }
      const expected = new Float32Array(ACTIVITY_SIZE);
      writeActivityFeatures(expected, 0, example.title, { at: example.at, firstDay, counts }, dataset.titles);
      expect(example.activity).toEqual(expected);
    }
  });
});

describe('what happened to a title', () => {
  it('is told for each day on which it could be shown, and is a number before its release', () => {
    const counts = emptyTitleCounts(60);
    for (let i = 0; i < 5; i++) countImpression(counts, 48, 1, i === 0 ? 1 : 0);
    countPlay(counts, 48, 1);
    const { releaseDay } = dataset.titles;
    const known = { at: (releaseDay[48] + 2) * DAY_MS, firstDay: 0, counts };
    const out = new Float32Array(ACTIVITY_SIZE + 2).fill(9);
    expect(writeActivityFeatures(out, 1, 48, known, dataset.titles)).toBe(1 + ACTIVITY_SIZE);
    expect(out[1]).toBeCloseTo(Math.log(6 / 3) / 2, 6);
    expect(out[2]).toBeCloseTo(Math.log(1.3 / 5) / 2, 6);
    expect(out[3]).toBeCloseTo(Math.log(2) / 4, 6);
    expect([out[0], out[5]]).toEqual([9, 9]);
    writeActivityFeatures(out, 1, 59, known, dataset.titles); // not released yet
    expect(out.every(Number.isFinite)).toBe(true);
    expect(out[1]).toBe(0);
  });
});
