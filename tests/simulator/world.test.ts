import { describe, expect, test } from 'vitest';
import { codesOf } from '../../src/domain/tables.ts';
import { worldConfig } from '../../src/simulator/config.ts';
import { simulateLogs } from '../../src/simulator/history.ts';
import { examinationProbability } from '../../src/simulator/response.ts';
import { createWorld } from '../../src/simulator/world.ts';

const SMALL = worldConfig({ seed: 7, titles: 300, members: 1_500, days: 20, visitsPerDay: 0.4 });
const world = createWorld(SMALL);
const logs = simulateLogs(world);
const { impressions, plays, examined } = logs;
const rows = impressions.time.length;

/** The observed total of independent yes-or-no draws lies within k standard errors of what was expected. */
const expectTotal = (observed: number, probabilities: readonly number[], k: number): void => {
  const mean = probabilities.reduce((sum, p) => sum + p, 0);
  const deviation = Math.sqrt(probabilities.reduce((sum, p) => sum + p * (1 - p), 0));
  expect(Math.abs(observed - mean)).toBeLessThan(k * deviation);
};

describe('the logs follow the truth that was asked for', () => {
  test('there is enough to judge by', () => {
    expect(rows).toBeGreaterThan(100_000);
    expect(plays.time.length).toBeGreaterThan(5_000);
  });

  test('every place of every device is examined at its rate (3 standard errors; 80 cells share the seed)', () => {
    const seen = new Map<string, { yes: number; n: number; p: number }>();
    for (let i = 0; i < rows; i++) {
      const { row, position, device } = impressions;
      const key = `${device[i]}/${row[i]}/${position[i]}`;
      const cell = seen.get(key) ?? {
        yes: 0,
        n: 0,
        p: examinationProbability(device[i], row[i], position[i]),
      };
      cell.yes += examined[i];
      cell.n++;
      seen.set(key, cell);
    }
    expect(seen.size).toBe(4 * SMALL.pageRows * SMALL.pageColumns);
    const distances = [...seen.values()].map(
      ({ yes, n, p }) => Math.abs(yes / n - p) / Math.sqrt((p * (1 - p)) / n),
    );
    expect(distances.filter((d) => d > 3).length).toBeLessThanOrEqual(1); // expected 0.2 of 80
    expect(Math.max(...distances)).toBeLessThan(4);
  });

  test('clicks and finishes come at the rates that the world tells (3 standard errors)', () => {
    const click: number[] = [];
    let clicks = 0;
    let unseen = 0;
    for (let i = 0; i < rows; i++) {
      const { member, title, artwork, device, row, position, time, clicked } = impressions;
      const placement = { device: device[i], row: row[i], position: position[i], at: time[i] };
      const { examined: look, clickGivenExamined } = world.expect(member[i], title[i], artwork[i], placement);
      click.push(look * clickGivenExamined);
      clicks += clicked[i];
      if (clicked[i] === 1 && examined[i] === 0) unseen++;
    }
    expectTotal(clicks, click, 3);
    expect(unseen).toBe(0); // a click needs an examination

    const finish: number[] = [];
    let finished = 0;
    for (let p = 0; p < plays.time.length; p++) {
      const i = plays.impression[p];
      const placement = { device: 1, row: 0, position: 0, at: plays.time[p] };
      finish.push(
        world.expect(plays.member[p], plays.title[p], impressions.artwork[i], placement).finishGivenClick,
      );
      finished += plays.watchedFraction[p] >= 0.7 ? 1 : 0;
    }
    expectTotal(finished, finish, 3);
  });

  test('propensities are exact: 1/propensity has the number of titles that could be drawn as its mean', () => {
    // In each place E[1/p(title)] is the count of titles with p > 0: released, not played, not yet on the page.
    const playedBy = new Map<number, { title: number; time: number }[]>();
    for (let p = 0; p < plays.time.length; p++) {
      const list = playedBy.get(plays.member[p]) ?? [];
      list.push({ title: plays.title[p], time: impressions.time[plays.impression[p]] });
      playedBy.set(plays.member[p], list);
    }
    const { titles } = world.catalogue;
    const releasedBy = (day: number): number => titles.releaseDay.filter((d) => d <= day).length;
    const cache = new Map<number, number>();
    let sum = 0;
    let squares = 0;
    let count = 0;
    for (let i = 0; i < rows; i += 7) {
      const time = impressions.time[i];
      const day = Math.floor(time / 86_400_000);
      if (!cache.has(day)) cache.set(day, releasedBy(day));
      const played = (playedBy.get(impressions.member[i]) ?? []).filter((p) => p.time < time).length;
      const earlier = impressions.row[i] * SMALL.pageColumns + impressions.position[i];
      const difference = 1 / impressions.propensity[i] - ((cache.get(day) as number) - played - earlier);
      sum += difference;
      squares += difference * difference;
      count++;
    }
    const mean = sum / count;
    expect(Math.abs(mean)).toBeLessThan(3.5 * Math.sqrt(squares / count / count));
  });

  test('no page shows a title twice, a title before its release, or one that was played before', () => {
    const { requestId, title, time } = impressions;
    const { releaseDay } = world.catalogue.titles;
    const shown = new Set<number>();
    let early = 0;
    for (let i = 0; i < rows; i++) {
      shown.add(requestId[i] * SMALL.titles + title[i]);
      if (releaseDay[title[i]] > Math.floor(time[i] / 86_400_000)) early++;
    }
    expect(shown.size).toBe(rows);
    expect(early).toBe(0);
    const pairs = new Set<number>();
    for (let p = 0; p < plays.time.length; p++) pairs.add(plays.member[p] * SMALL.titles + plays.title[p]);
    expect(pairs.size).toBe(plays.time.length);
  });
});

describe('the world', () => {
  test('is the same for the same seed and another for another', () => {
    const again = simulateLogs(createWorld(SMALL));
    expect(again.impressions.title).toEqual(impressions.title);
    expect(again.plays.watchedFraction).toEqual(plays.watchedFraction);
    const other = simulateLogs(createWorld({ ...SMALL, seed: 8 }));
    expect(other.impressions.title.slice(0, 100)).not.toEqual(impressions.title.slice(0, 100));
  });

  test('more members change nobody’s history', () => {
    const more = simulateLogs(createWorld({ ...SMALL, members: 1_600 }));
    const of = (l: typeof logs, m: number): number[] =>
      [...l.plays.title].filter((_, i) => l.plays.member[i] === m);
    for (const m of [0, 5, 77, 1_499]) expect(of(more, m)).toEqual(of(logs, m));
  });

  test('holds clickbait: appeal and quality agree, yet not always', () => {
    const { appeal, quality } = createWorld({ ...SMALL, titles: 5_000 }).truth.title;
    let product = 0;
    let bait = 0;
    for (let t = 0; t < appeal.length; t++) {
      product += appeal[t] * quality[t];
      if (appeal[t] > 1 && quality[t] < -0.5) bait++;
    }
    // Correlation 0.4; the mean product of 5,000 pairs has a standard error of 0.0152.
    expect(Math.abs(product / appeal.length - 0.4)).toBeLessThan(4 * 0.0152);
    expect(bait).toBeGreaterThan(50);
  });

  test('gives each title 3 to 20 artworks and at least one genre', () => {
    const { titles, artworks } = world.catalogue;
    for (let t = 0; t < SMALL.titles; t++) {
      const count = artworks.titleOffsets[t + 1] - artworks.titleOffsets[t];
      expect(count).toBeGreaterThanOrEqual(3);
      expect(count).toBeLessThanOrEqual(20);
      expect(codesOf(titles.genres, t).length).toBeGreaterThanOrEqual(1);
      expect(codesOf(titles.genres, t).includes(0)).toBe(false);
    }
    expect(new Set(titles.names).size).toBe(SMALL.titles);
  });

  test('refuses a config out of range and names the field', () => {
    expect(() => worldConfig({ titles: 3 })).toThrow(/world titles: expected .* got 3/);
    expect(() => worldConfig({ days: 1.5 })).toThrow(/world days: expected a whole number/);
    expect(() => worldConfig({ visitsPerDay: Number.NaN })).toThrow(/world visitsPerDay.*NaN/);
    expect(() => worldConfig({ maxArtworks: 2 })).toThrow(/maxArtworks/);
  });
});
