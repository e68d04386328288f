import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { ece } from '../../src/evaluation/prediction-metrics.ts';
import { calibrationOf, createCalibrationWatch } from '../../src/monitoring/calibration.ts';

const MINUTE = 60_000;
const TITLES = Array.from({ length: 10 }, (_, t) => `t${t}`);

const harness = (mostPages = 10_000) => {
  const moment = { at: 0 };
  const watch = createCalibrationWatch({
    clock: { now: () => moment.at },
    titleIds: TITLES,
    mostPages,
    finishedFraction: 0.7,
  });
  return { watch, moment };
};

/** Pages of ten titles, of which members take `factor` times as many as predicted; judged when all time is over. */
const afterPages = (pages: number, factor: number, seed = 1) => {
  const { watch, moment } = harness();
  const rng = createRng(seed);
  const predictions: number[] = [];
  const outcomes: number[] = [];
  for (let page = 0; page < pages; page++) {
    moment.at += 1;
    const requestId = `r${page}`;
    const titles = Array.from({ length: 10 }, (_, t) => ({
      title: t,
      take: 0.02 + 0.25 * rng.next(),
      finish: 0.6,
    }));
    watch.served(requestId, titles);
    for (const { title: row, take } of titles) {
      const title = TITLES[row];
      watch.heard({ type: 'impression', requestId, title });
      const taken = rng.next() < factor * take;
      predictions.push(take);
      outcomes.push(Number(taken));
      if (!taken) continue;
      watch.heard({ type: 'click', requestId, title });
      watch.heard({ type: 'play', requestId, title, watchedFraction: rng.next() < 0.6 ? 0.9 : 0.2 });
    }
  }
  moment.at += 31 * MINUTE;
  const [take, finish] = calibrationOf(watch.sums());
  return { take, finish, predictions, outcomes };
};

describe('calibration', () => {
  it('sums to what the whole lists give: ratio, and the expected calibration error', () => {
    const { take, predictions, outcomes } = afterPages(200, 1);
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    expect(take.n).toBe(2_000);
    expect(take.observed).toBe(sum(outcomes));
    expect(take.ratio).toBeCloseTo(sum(outcomes) / sum(predictions), 12);
    expect(take.ece).toBeCloseTo(ece(predictions, outcomes), 12);
  });

  it('accuses nobody who is calibrated: none of 100 windows', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { take, finish } = afterPages(60, 1, seed);
      expect([take.miscalibrated, finish.miscalibrated]).toEqual([false, false]);
    }
  });

  it('finds that members take twice as many as predicted, or half', () => {
    expect(afterPages(150, 2).take).toMatchObject({ miscalibrated: true });
    const half = afterPages(150, 0.5).take;
    expect(half).toMatchObject({ miscalibrated: true });
    expect(half.interval[0]).toBeLessThan(0.5);
    expect(half.interval[1]).toBeGreaterThan(0.5);
  });

  it("has Byar's interval, which is the exact Poisson one to a percent", () => {
    // 40 observed of 40 expected: exact 99.9 % limits 22.0 and 66.0 events (chi-square / 2)
    const { watch, moment } = harness();
    for (let page = 0; page < 80; page++) {
      watch.served(`r${page}`, [{ title: 4, take: 0.5, finish: 0 }]);
      watch.heard({ type: 'impression', requestId: `r${page}`, title: 't4' });
      if (page < 40) watch.heard({ type: 'click', requestId: `r${page}`, title: 't4' });
    }
    moment.at += 31 * MINUTE;
    const [low, high] = calibrationOf(watch.sums())[0].interval;
    expect(low * 40).toBeCloseTo(22.2, 0);
    expect(high * 40).toBeCloseTo(65.5, 0);
  });

  it('judges the pages that wait, however many come meanwhile', () => {
    const { watch, moment } = harness(2);
    for (let page = 0; page < 5; page++) {
      watch.served(`r${page}`, [{ title: 4, take: 0.5, finish: 0 }]);
      watch.heard({ type: 'impression', requestId: `r${page}`, title: 't4' });
      moment.at += 1;
    }
    moment.at += 31 * MINUTE;
    expect(calibrationOf(watch.sums())[0].n).toBe(2);
    watch.served('later', [{ title: 4, take: 0.5, finish: 0 }]);
    watch.heard({ type: 'impression', requestId: 'later', title: 't4' });
    moment.at += 31 * MINUTE;
    expect(calibrationOf(watch.sums())[0].n).toBe(3);
  });

  it('waits for what may still come, and counts only what was shown, once', () => {
    const { watch, moment } = harness();
    watch.served('r', [
      { title: 7, take: 0.5, finish: 0.5 },
      { title: 2, take: 0.5, finish: 0.5 },
    ]);
    for (let twice = 0; twice < 2; twice++) {
      watch.heard({ type: 'click', requestId: 'r', title: 't7' });
      watch.heard({ type: 'impression', requestId: 'r', title: 't7' });
    }
    watch.heard({ type: 'impression', requestId: 'other', title: 't7' });
    expect(calibrationOf(watch.sums())[0].n).toBe(0);
    moment.at += 31 * MINUTE;
    expect(calibrationOf(watch.sums())[0]).toMatchObject({ n: 1, observed: 1, expected: 0.5 });
    moment.at += 31 * MINUTE;
    expect(calibrationOf(watch.sums())[0].n).toBe(1);
  });
});
