import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/domain/clock.ts';
import { contentFeatureSize, writeContentFeatures } from '../../src/features/content-features.ts';
import { queryFeatureSize, writeQueryFeatures } from '../../src/features/query-features.ts';
import {
  clickLift,
  countImpression,
  countPlay,
  emptyTitleCounts,
  finishLift,
} from '../../src/features/title-counts.ts';
import { plantedFixture } from '../contracts/fixture.ts';

const { dataset, at, request } = plantedFixture();
const { vocabulary, titles } = dataset;
const genres = vocabulary.genres.length;

describe('query features', () => {
  test('are where the layout says, and nowhere else', () => {
    const size = queryFeatureSize(vocabulary);
    const out = new Float32Array(size + 4).fill(7);
    const moment = { ...request(0), at: at + 6 * HOUR_MS };
    expect(writeQueryFeatures(out, 2, moment, vocabulary)).toBe(size + 2);
    expect([out[0], out[1], out[size + 2], out[size + 3]]).toEqual([7, 7, 7, 7]);
    const shares = out.subarray(2, 2 + genres);
    expect(shares.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
    // Member 0 watched genre 1 for 4 and a half of titles, and 0.02 of one of genre 2.
    expect(shares[1]).toBeCloseTo(4.5 / 4.52, 5);
    expect([...out.subarray(2 + genres, 2 + 2 * genres)]).toEqual([0, 1, 0, 0, 0, 0, 0]); // the survey
    const [sine, cosine, tenure, plays] = out.subarray(size - 2, size + 2);
    expect(sine).toBeCloseTo(1, 6); // six o'clock is a quarter of the circle
    expect(cosine).toBeCloseTo(0, 6);
    expect(tenure).toBeCloseTo(Math.log(61) / 8, 5); // signed up 60 days before
    expect(plays).toBeCloseTo(Math.log(7) / 5, 5); // six plays
  });

  test('of somebody unknown are zeros but for the first codes and the hour', () => {
    const out = new Float32Array(queryFeatureSize(vocabulary));
    writeQueryFeatures(out, 0, request(-1), vocabulary);
    const set = [...out.keys()].filter((i) => out[i] !== 0);
    const countries = 2 * genres;
    expect(set).toEqual([countries, countries + vocabulary.countries.length, out.length - 3]);
  });
});

test('content features of a title, by hand', () => {
  const size = contentFeatureSize(vocabulary);
  const out = new Float32Array(size);
  writeContentFeatures(out, 0, titles, 7, at, vocabulary);
  const expected = new Array(size).fill(0);
  expected[2] = 1; // genre 1 + 7 % 6
  expected[genres + 2] = 1; // language 1 + 7 % 2
  expected[genres + vocabulary.languages.length + 2] = 1; // kind 1 + 7 % 2
  const age = 407; // released 400 + 7 days ago
  expected[size - 4] = Math.log(1 + age) / 9;
  expected[size - 3] = Math.exp(-age / 21);
  expected[size - 2] = 87 / 60;
  expected[size - 1] = 1;
  for (let i = 0; i < size; i++) expect(out[i]).toBeCloseTo(expected[i], 5);
});

describe('lifts', () => {
  test('are 0 before anything happened', () => {
    const counts = emptyTitleCounts(2);
    expect(clickLift(counts, 0)).toBe(0);
    expect(finishLift(counts, 0)).toBe(0);
  });

  test('are drawn to the rate of all titles by 30 exposures and 6 plays', () => {
    const counts = emptyTitleCounts(2);
    for (let i = 0; i < 70; i++) countImpression(counts, 0, 1, i < 35 ? 1 : 0);
    for (let i = 0; i < 928; i++) countImpression(counts, 1, 1, i < 64 ? 1 : 0);
    // All: (99 + 1) / (998 + 2) = 0.1. Title 0: (35 + 30 * 0.1) / (70 + 30) = 0.38.
    const logit = (p: number): number => Math.log(p / (1 - p));
    expect(clickLift(counts, 0)).toBeCloseTo(logit(0.38) - logit(0.1), 9);
    for (let i = 0; i < 8; i++) countPlay(counts, i < 4 ? 0 : 1, i < 3 ? 0.7001 : 0.2);
    // All: (3 + 1) / (8 + 2) = 0.4. Title 0: (3 + 6 * 0.4) / (4 + 6) = 0.54.
    expect(finishLift(counts, 0)).toBeCloseTo(logit(0.54) - logit(0.4), 9);
  });

  test('stay finite for a title that everybody clicks in places nobody looks at', () => {
    const counts = emptyTitleCounts(1);
    for (let i = 0; i < 50; i++) countImpression(counts, 0, 0.01, 1);
    expect(Number.isFinite(clickLift(counts, 0))).toBe(true);
  });
});

test('the hour and the day of a moment are those of UTC', () => {
  const out = new Float32Array(queryFeatureSize(vocabulary));
  for (const [hour, cosine] of [
    [0, 1],
    [12, -1],
  ] as const) {
    writeQueryFeatures(out, 0, { ...request(0), at: 3 * DAY_MS + hour * HOUR_MS }, vocabulary);
    expect(out[out.length - 3]).toBeCloseTo(cosine, 6);
  }
});
