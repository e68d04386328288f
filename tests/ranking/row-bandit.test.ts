import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { emptyProfile } from '../../src/features/profile.ts';
import type { RowCandidate } from '../../src/ranking/page/choose-rows.ts';
import {
  drawLifts,
  expectedLifts,
  HOUR_BUCKETS,
  hourBucket,
  liftedRows,
  type RowPriors,
  rowBelief,
  signUpLifts,
} from '../../src/ranking/page/row-bandit.ts';
import { WORLD_VOCABULARY } from '../../src/simulator/vocabulary.ts';
import { learnRowPriors } from '../../src/training/row-priors.ts';

const GENRES = 3;
const ones = (n: number): Float64Array => new Float64Array(n).fill(1);
const priors: RowPriors = {
  rates: Float64Array.of(0.1, 0.1, 0.1),
  survey: Float64Array.of(0.8, 0.8, 0.8, 1, 3, 3),
  country: Float64Array.of(1, 1, 1, 1, 1, 2),
  device: ones(2 * GENRES),
  hour: ones(HOUR_BUCKETS * GENRES),
};
const signUp = { country: 0, device: 0, signupDay: 0, surveyGenres: Uint8Array.of(1) };
const stranger = emptyProfile(GENRES, signUp);
/** Has looked at 40 titles of each genre, and watched a member's fair share of the third genre alone. */
const seasoned = {
  ...stranger,
  genreExamined: new Float64Array([40, 40, 40]),
  genreWatched: new Float64Array([0, 0, 12]),
};
const settings = { priorStrength: 6, decaySessions: 8, lastingShare: 0.25, levelStrength: 2 };
const lifts = (profile: typeof stranger, sessions: number): Float64Array =>
  expectedLifts(rowBelief(priors, profile, 0, sessions, settings));

describe('the belief of a row bandit', () => {
  it('is what the sign-up says before the first session', () => {
    expect([...signUpLifts(priors, stranger, 0)]).toEqual([0.8, 3, 0.8]);
    expect([...lifts(stranger, 0)].map((x) => Number(x.toFixed(9)))).toEqual([0.8, 3, 0.8]);
    expect([...signUpLifts(priors, { ...stranger, country: 1 }, 0)][2]).toBeCloseTo(1.6, 9);
    expect([...signUpLifts(priors, { ...stranger, surveyGenres: new Uint8Array(0) }, 0)]).toEqual([1, 1, 1]);
  });

  it('gives way to what the member does, the more sessions went by', () => {
    const [early, later, late] = [0, 4, 8].map((sessions) => lifts(seasoned, sessions));
    expect(early[2]).toBeLessThan(later[2]);
    expect(later[2]).toBeLessThan(late[2]);
    expect(late[1]).toBeLessThan(later[1]);
    expect(late[2]).toBeGreaterThan(late[1]); // revealed over stated
    expect([...lifts(seasoned, 8)]).toEqual([...lifts(seasoned, 30)]); // the lasting share
  });

  it('compares genres and not members: who watches twice as much of everything is lifted nowhere', () => {
    const even = { ...seasoned, genreWatched: new Float64Array([8, 8, 8]), surveyGenres: new Uint8Array(0) };
    for (const lift of lifts(even, 8)) expect(Math.abs(lift - 1)).toBeLessThan(0.1);
  });

  it('draws lifts of the believed mean and spread', () => {
    const belief = rowBelief(priors, seasoned, 0, 4, settings);
    const rng = createRng(3);
    const n = 4_000;
    const draws = Array.from({ length: n }, () => drawLifts(belief, () => rng.next()));
    for (let g = 0; g < GENRES; g++) {
      const expected = belief.shape[g] / belief.rate[g];
      const deviation = Math.sqrt(belief.shape[g]) / belief.rate[g];
      const mean = draws.reduce((sum, draw) => sum + draw[g], 0) / n;
      expect(Math.abs(mean - expected)).toBeLessThan((4 * deviation) / Math.sqrt(n));
      const spread = Math.sqrt(draws.reduce((sum, draw) => sum + (draw[g] - mean) ** 2, 0) / n);
      expect(spread / deviation).toBeGreaterThan(0.9);
      expect(spread / deviation).toBeLessThan(1.1);
    }
  });

  it('tells the quarters of a day', () => {
    expect([0, 5.9, 6, 13, 23.9, 24].map((hour) => hourBucket(hour * 3_600_000))).toEqual([0, 0, 1, 2, 3, 0]);
  });
});

describe('liftedRows', () => {
  const genres = { offsets: Uint32Array.of(0, 1, 2, 4), codes: Uint8Array.of(1, 2, 1, 2) };
  const row = (template: string, title: number, score: number): RowCandidate => ({
    template,
    heading: template,
    titles: [title],
    scores: [score],
    reason: () => ({ kind: 'top-pick' }),
    minimumTitles: 1,
  });
  const candidates = [row('of genre 1', 0, 0.5), row('of genre 2', 1, 0.4), row('of both', 2, 0.1)];
  const places = { rowCount: 3, columns: 1, weights: Float64Array.of(1, 0.5, 0.2), worthless: 0 };
  const order = (...lifts: number[]): string[] =>
    liftedRows(Float64Array.from(lifts), genres)(candidates, places).map(({ template }) => template);

  it('puts the row on top whose titles are worth most once lifted', () => {
    expect(order(1, 1, 1)).toEqual(['of genre 1', 'of genre 2', 'of both']);
    expect(order(1, 1, 2)).toEqual(['of genre 2', 'of genre 1', 'of both']);
    expect(order(1, 0.1, 20)).toEqual(['of genre 2', 'of both', 'of genre 1']);
  });
});

describe('learnRowPriors', () => {
  it('finds what answers go with, and that the others say nothing', () => {
    const genres = WORLD_VOCABULARY.genres.length;
    const profiles = Array.from({ length: 400 }, (_, i) => {
      const likes = 1 + (i % 3);
      const profile = emptyProfile(genres, {
        country: 1 + (i % 2),
        device: 1,
        signupDay: 0,
        surveyGenres: Uint8Array.of(likes),
      });
      return {
        ...profile,
        genreExamined: new Float64Array(genres).fill(20),
        genreWatched: new Float64Array(genres).fill(1).fill(6, likes, likes + 1),
      };
    });
    const learned = learnRowPriors(profiles, WORLD_VOCABULARY);
    expect(learned.survey[genres + 1]).toBeGreaterThan(1.8);
    expect(learned.survey[1]).toBeLessThan(0.7);
    for (const country of [1, 2]) expect(learned.country[country * genres + 1]).toBeCloseTo(1, 1);
    expect(learned.country[5 * genres + 1]).toBe(1); // nobody came from there
    expect(learned.rates[4]).toBeCloseTo(1 / 20, 2);
  });
});
