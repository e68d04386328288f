import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetBefore, rowsBefore, splitAt, temporalSplit } from '../../datasets/split.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { type Dataset, NO_IMPRESSION } from '../../src/domain/tables.ts';
import { smallDataset, smallRatings } from './small-dataset.ts';

const playsAt = (times: readonly number[]): Dataset => ({
  ...smallRatings(),
  plays: {
    member: new Uint32Array(times.length),
    title: Uint32Array.from(times, (_, i) => i % 3),
    time: Float64Array.from(times).sort(),
    watchedFraction: new Float32Array(times.length).fill(0.5),
    device: new Uint8Array(times.length),
    impression: new Uint32Array(times.length).fill(NO_IMPRESSION),
  },
});

/** Few distinct times, so that many are equal. */
const times = fc.array(fc.integer({ min: -3, max: 25 }), { minLength: 3, maxLength: 80, size: 'max' });
const percent = (min: number) => fc.integer({ min, max: 45 }).map((x) => x / 100);
const shares = fc.record({ validationShare: percent(0), testShare: percent(1) });

describe('a temporal split', () => {
  it('never lets a row of an earlier part stand at or after a row of a later one', () => {
    let splits = 0;
    fc.assert(
      fc.property(times, shares, (at, wanted) => {
        const dataset = playsAt(at);
        const { time } = dataset.plays;
        let split: ReturnType<typeof temporalSplit>;
        try {
          split = temporalSplit(dataset, wanted);
        } catch (thrown) {
          expect((thrown as MarqueeError).code).toBe('split-empty');
          return;
        }
        splits++;
        const { train, validation, test } = split.plays;
        const part = ({ start, end }: { start: number; end: number }) => [...time.subarray(start, end)];
        const [first, middle, last] = [train, validation, test].map(part);
        expect([...first, ...middle, ...last]).toEqual([...time]); // every row once
        expect(first.length).toBeGreaterThan(0);
        expect(last.length).toBeGreaterThanOrEqual(Math.floor(wanted.testShare * time.length));
        expect(Math.max(...first)).toBeLessThan(Math.min(...middle, ...last)); // equal times stay together
        expect(Math.max(...first, ...middle)).toBeLessThan(Math.min(...last));
      }),
      { numRuns: 500, seed: 7 },
    );
    expect(splits).toBeGreaterThan(250);
  });

  it('gives the shares asked for where no two times are equal', () => {
    const { plays, validationStart, testStart } = temporalSplit(
      playsAt(Array.from({ length: 100 }, (_, i) => i)),
      {
        validationShare: 0.15,
        testShare: 0.25,
      },
    );
    expect(plays).toEqual({
      train: { start: 0, end: 60 },
      validation: { start: 60, end: 75 },
      test: { start: 75, end: 100 },
    });
    expect([validationStart, testStart]).toEqual([60, 75]);
  });

  it('gives the same train part whatever becomes of the rows after it', () => {
    fc.assert(
      fc.property(times, fc.array(fc.integer({ min: 20, max: 40 })), (before, after) => {
        const boundaries = { validationStart: 10, testStart: 20 };
        const early = before.filter((time) => time < 20);
        const [plain, more] = [playsAt(early), playsAt([...early, ...after])];
        const [one, other] = [splitAt(plain, boundaries), splitAt(more, boundaries)];
        expect(other.plays.train).toEqual(one.plays.train);
        expect(other.plays.validation).toEqual(one.plays.validation);
        expect(datasetBefore(more, 10).plays.time).toEqual(datasetBefore(plain, 10).plays.time);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('depends on the times alone, so changed test rows change nothing', () => {
    const dataset = playsAt(Array.from({ length: 50 }, (_, i) => i >> 1));
    const split = temporalSplit(dataset);
    const changed = playsAt(Array.from({ length: 50 }, (_, i) => i >> 1));
    changed.plays.title.fill(2, split.plays.test.start);
    changed.plays.watchedFraction.fill(1, split.plays.test.start);
    expect(temporalSplit(changed)).toEqual(split);
    expect(datasetBefore(changed, split.testStart)).toEqual(datasetBefore(dataset, split.testStart));
  });

  it('cuts the impressions at the same moments', () => {
    const dataset = smallDataset();
    const split = temporalSplit(dataset, { validationShare: 0.2, testShare: 0.4 });
    // plays at +1, +6, +6, +9 after an early one: two of five are test, and both plays at +6 stay together
    expect(split.testStart).toBe(1.6e12 + 6);
    expect(split.validationStart).toBe(1.6e12 + 1);
    expect(split.plays).toEqual({
      train: { start: 0, end: 1 },
      validation: { start: 1, end: 2 },
      test: { start: 2, end: 5 },
    });
    expect(split.impressions).toEqual({
      train: { start: 0, end: 2 },
      validation: { start: 2, end: 4 },
      test: { start: 4, end: 4 },
    });
    expect('impressions' in temporalSplit(smallRatings(), { validationShare: 0.2, testShare: 0.4 })).toBe(
      false,
    );
  });

  it('refuses shares without room for training, and plays without times enough', () => {
    const dataset = playsAt([1, 2, 3, 4]);
    for (const [validationShare, testShare] of [
      [0.5, 0.5],
      [-0.1, 0.5],
      [0, 0],
      [Number.NaN, 0.1],
    ]) {
      expect(() => temporalSplit(dataset, { validationShare, testShare })).toThrow(RangeError);
    }
    expect(() => splitAt(dataset, { validationStart: 2, testStart: 1 })).toThrow(RangeError);
    for (const [at, message] of [
      [[], 'no plays'],
      [[5, 5, 5, 5], 'the train part holds no plays'],
      [[1, 5, 5, 5], 'the validation part holds no plays'],
    ] as const) {
      const split = () => temporalSplit(playsAt(at), { validationShare: 0.25, testShare: 0.25 });
      expect(split).toThrow(MarqueeError);
      expect(split).toThrow(message);
    }
  });
});

describe('rowsBefore', () => {
  it('is the count of earlier times', () => {
    fc.assert(
      fc.property(times, fc.integer({ min: -5, max: 30 }), (at, moment) => {
        const sorted = Float64Array.from(at).sort();
        expect(rowsBefore(sorted, moment)).toBe(at.filter((time) => time < moment).length);
      }),
      { seed: 7 },
    );
  });
});

describe('datasetBefore', () => {
  it('shows the events before the moment, as views', () => {
    const dataset = smallDataset();
    const before = datasetBefore(dataset, 1.6e12 + 5);
    expect(before.plays.time).toEqual(Float64Array.of(1.5e12, 1.6e12 + 1));
    expect(before.impressions?.clicked).toEqual(Uint8Array.of(1, 0));
    expect(before.plays.member.buffer).toBe(dataset.plays.member.buffer);
    expect(before.titles).toBe(dataset.titles);
    for (const column of Object.values(before.plays)) expect(column.length).toBe(2);
    const { policies, ...columns } = before.impressions!;
    for (const column of Object.values(columns)) expect(column.length).toBe(2);
    expect(policies).toEqual(['random', 'popular']);
    expect('impressions' in datasetBefore(smallRatings(), 0)).toBe(false);
  });
});
