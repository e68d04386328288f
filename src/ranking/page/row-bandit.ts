/**
 * Rows for a member's first sessions, when too little is known for a page of their own: which row stands at the top
 * is drawn by Thompson sampling, from a prior that the sign-up tells and that own behaviour overrides.
 */
import type { EpochMs } from '../../domain/clock.ts';
import { HOUR_MS } from '../../domain/clock.ts';
import type { MemberProfile } from '../../domain/request.ts';
import { type CodeLists, codesOf } from '../../domain/tables.ts';
import { drawGamma, type Uniform } from '../../math/random.ts';
import { chooseRows, type RowChooser } from './choose-rows.ts';

export const HOUR_BUCKETS = 4;

/** Which quarter of the day it is, UTC: night, morning, afternoon, evening. */
export const hourBucket = (at: EpochMs): number =>
  Math.floor((((at / HOUR_MS) % 24) * HOUR_BUCKETS) / 24) % HOUR_BUCKETS;

/** What earlier members tell about new ones. A lift says how many times as much of a genre is watched as on average. */
export interface RowPriors {
  /** Watched fractions of a title of the genre, per title looked at, [genres]. */
  readonly rates: Float64Array;
  /** [2, genres]: for genres that the survey does not name, and for those that it does. */
  readonly survey: Float64Array;
  readonly country: Float64Array; // [countries, genres]
  readonly device: Float64Array; // [devices, genres]
  readonly hour: Float64Array; // [HOUR_BUCKETS, genres]
}

export interface RowBanditSettings {
  /** Watched titles of a genre for which the sign-up counts, before the first session. */
  readonly priorStrength: number;
  /** It falls linearly with each session, until after so many only the share `lastingShare` is left. */
  readonly decaySessions: number;
  readonly lastingShare: number;
  /** Watched titles for which an average member counts in how much a member watches at all. */
  readonly levelStrength: number;
}

/** Chosen in worlds of seeds 1, 2 and 3. */
export const ROW_BANDIT: RowBanditSettings = {
  priorStrength: 16,
  decaySessions: 8,
  lastingShare: 0.25,
  levelStrength: 2,
};

/** Lifts of the genres as believed: Gamma(shape, rate) each, of mean shape / rate. [genres] */
export interface RowBelief {
  readonly shape: Float64Array;
  readonly rate: Float64Array;
}

/** What a member's sign-up says of each genre: the product of what each answer says, as if these were independent. */
export const signUpLifts = (
  { rates, survey, country, device, hour }: RowPriors,
  profile: MemberProfile,
  at: EpochMs,
): Float64Array => {
  const genres = rates.length;
  const named = new Set(profile.surveyGenres);
  return rates.map((_, g) => {
    const stated = named.size === 0 ? 1 : survey[(named.has(g) ? genres : 0) + g];
    return (
      stated *
      country[profile.country * genres + g] *
      device[profile.device * genres + g] *
      hour[hourBucket(at) * genres + g]
    );
  });
};

/**
 * The belief after so many sessions:
 *   Gamma(n l_g + watched_g, n + level rate_g examined_g)
 * l is the sign-up's lift and n its strength, which falls with the sessions; watched and examined are the member's
 * own; level is by how much they watch more of anything than others, so that a lift compares genres alone.
 */
export const rowBelief = (
  priors: RowPriors,
  profile: MemberProfile,
  at: EpochMs,
  sessions: number,
  settings: RowBanditSettings = ROW_BANDIT,
): RowBelief => {
  const { priorStrength, decaySessions, lastingShare, levelStrength } = settings;
  const { rates } = priors;
  const { genreWatched, genreExamined } = profile;
  const left = Math.max(0, 1 - sessions / decaySessions);
  const strength = priorStrength * (lastingShare + (1 - lastingShare) * left);
  let [watched, expected] = [levelStrength, levelStrength];
  for (let g = 0; g < rates.length; g++) {
    watched += genreWatched[g];
    expected += rates[g] * genreExamined[g];
  }
  const level = watched / expected;
  const lifts = signUpLifts(priors, profile, at);
  return {
    shape: lifts.map((lift, g) => strength * lift + genreWatched[g]),
    rate: rates.map((rate, g) => strength + level * rate * genreExamined[g]),
  };
};

/** One draw of all lifts: Thompson sampling's belief for a page. [genres] */
export const drawLifts = ({ shape, rate }: RowBelief, uniform: Uniform): Float64Array =>
  shape.map((k, g) => (k > 0 ? drawGamma(uniform, k) / rate[g] : 0));

/** The lifts as expected: what pure exploitation goes by. [genres] */
export const expectedLifts = ({ shape, rate }: RowBelief): Float64Array => shape.map((k, g) => k / rate[g]);

/**
 * One draw of all lifts, each divided by what was expected: for scores that say already what is expected of a title, and
 * not how sure that is. [genres]
 */
export const drawDoubts = (belief: RowBelief, uniform: Uniform): Float64Array => {
  const expected = expectedLifts(belief);
  return drawLifts(belief, uniform).map((lift, g) => (expected[g] > 0 ? lift / expected[g] : 1));
};

/** `chooseRows` with each title's worth times the mean lift of its genres. The order within a row stays. */
export const liftedRows =
  (lifts: Float64Array, genres: CodeLists): RowChooser =>
  (candidates, places) => {
    const liftOf = (title: number): number => {
      const codes = codesOf(genres, title);
      if (codes.length === 0) return 1;
      let sum = 0;
      for (const genre of codes) sum += lifts[genre];
      return sum / codes.length;
    };
    const { worthless } = places;
    const lifted = candidates.map((candidate) => ({
      ...candidate,
      scores: Float32Array.from(
        candidate.scores,
        (score, i) => worthless + (score - worthless) * liftOf(candidate.titles[i]),
      ),
    }));
    return chooseRows(lifted, places);
  };
