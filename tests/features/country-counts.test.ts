import { describe, expect, it } from 'vitest';
import { type Members, NO_IMPRESSION, type Plays } from '../../src/domain/tables.ts';
import { countTopInCountry, topTitlesOf } from '../../src/features/country-counts.ts';

const members: Members = {
  ids: ['a', 'b', 'c'],
  country: Uint8Array.of(1, 2, 0),
  device: new Uint8Array(3),
  signupDay: new Int32Array(3),
  campaign: new Uint8Array(3),
  surveyGenres: { offsets: new Uint32Array(4), codes: new Uint8Array(0) },
};

const playsOf = (...rows: readonly (readonly [time: number, member: number, title: number])[]): Plays => ({
  time: Float64Array.from(rows, ([time]) => time),
  member: Uint32Array.from(rows, ([, member]) => member),
  title: Uint32Array.from(rows, ([, , title]) => title),
  watchedFraction: new Float32Array(rows.length),
  device: new Uint8Array(rows.length),
  impression: new Uint32Array(rows.length).fill(NO_IMPRESSION),
});

const top = (plays: Plays, k = 10) =>
  Array.from({ length: 4 }, (_, country) => [
    ...topTitlesOf(countTopInCountry(plays, members, 3, { before: 100, halfLifeMs: 10, k }), country),
  ]);

describe('the titles most played in a country', () => {
  it('are those of its members, most played first, the first row of equals', () => {
    const plays = playsOf([90, 0, 7], [90, 0, 5], [90, 0, 5], [90, 0, 3], [90, 1, 2]);
    expect(top(plays)).toEqual([[], [5, 3, 7], [2], []]);
    expect(top(plays, 1)).toEqual([[], [5], [2], []]);
  });

  it('count a play half as much a half-life earlier', () => {
    // Title 4 three times 20 ago: 3/4; title 6 once just now.
    expect(top(playsOf([80, 0, 4], [80, 0, 4], [80, 0, 4], [99.9, 0, 6]))[1]).toEqual([6, 4]);
    expect(top(playsOf([80, 0, 4], [80, 0, 4], [80, 0, 4], [80, 0, 4], [80, 0, 4], [99.9, 0, 6]))[1]).toEqual(
      [4, 6],
    );
  });

  it('know neither the future nor members of an unknown country', () => {
    expect(top(playsOf([90, 2, 1], [100, 0, 8]))).toEqual([[], [], [], []]);
  });
});
