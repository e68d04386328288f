import type { Rng } from '../domain/rng.ts';
import type { Members } from '../domain/tables.ts';
import { drawIndex, normalSource } from '../math/random.ts';
import { type GenreSpace, MOOD_SIZE, TASTE_SIZE } from './catalogue.ts';
import type { WorldConfig } from './config.ts';
import { addScaled, unit } from './vectors.ts';
import { WORLD_VOCABULARY } from './vocabulary.ts';

export interface MemberTruth {
  /** Share of interest in each genre, rows sum to 1. */
  readonly genreInterest: Float32Array; // [members, genres]
  readonly taste: Float32Array; // [members, TASTE_SIZE], unit rows
  readonly mood: Float32Array; // [members, MOOD_SIZE], unit rows
  /** Mean page views in a day when in an average mood. */
  readonly activity: Float32Array;
  /** Centre of the member's viewing hours, 0 to 24. */
  readonly habitHour: Float32Array;
  /** How slowly bad pages spoil the mood; 1 is typical, > 0. */
  readonly patience: Float32Array;
  /** What the old recommender believes of the member's genres: noisy, rows sum to 1. */
  readonly legacyInterest: Float32Array; // [members, genres]
}

const GENRES = WORLD_VOCABULARY.genres.length;
const COUNTRY_WEIGHTS = [0.3, 0.14, 0.1, 0.07, 0.08, 0.1, 0.06, 0.05, 0.06, 0.04];
const DEVICE_WEIGHTS = [0.42, 0.3, 0.1, 0.18];
const CAMPAIGN_WEIGHTS = [0.45, 0.2, 0.25, 0.1];

const softmaxInto = (out: Float32Array, logits: ArrayLike<number>): void => {
  let sum = 0;
  for (let g = 1; g < out.length; g++) sum += out[g] = Math.exp(logits[g]);
  for (let g = 1; g < out.length; g++) out[g] /= sum;
  out[0] = 0; // nobody is interested in 'unknown'
};

/** Log-interest shifts shared by all members of a country or a campaign. */
const groupShifts = (groups: number, scale: number, rng: Rng): Float32Array => {
  const normal = normalSource(() => rng.next());
  return Float32Array.from({ length: groups * GENRES }, () => scale * normal());
};

export const createMembers = (
  config: WorldConfig,
  space: GenreSpace,
  rng: Rng,
): { members: Members; truth: MemberTruth } => {
  const { members: count } = config;
  const countryShift = groupShifts(WORLD_VOCABULARY.countries.length, 0.5, rng.fork('countries'));
  const campaignShift = groupShifts(WORLD_VOCABULARY.campaigns.length, 0.25, rng.fork('campaigns'));
  const country = new Uint8Array(count);
  const device = new Uint8Array(count);
  const campaign = new Uint8Array(count);
  const signupDay = new Int32Array(count);
  const surveyOffsets = new Uint32Array(count + 1);
  const surveyCodes: number[] = [];
  const genreInterest = new Float32Array(count * GENRES);
  const legacyInterest = new Float32Array(count * GENRES);
  const taste = new Float32Array(count * TASTE_SIZE);
  const mood = new Float32Array(count * MOOD_SIZE);
  const activity = new Float32Array(count);
  const habitHour = new Float32Array(count);
  const patience = new Float32Array(count);
  const logits = new Float64Array(GENRES);
  for (let m = 0; m < count; m++) {
    const own = rng.fork(`member:${m}`);
    const uniform = (): number => own.next();
    const normal = normalSource(uniform);
    country[m] = 1 + drawIndex(uniform, COUNTRY_WEIGHTS);
    device[m] = 1 + drawIndex(uniform, DEVICE_WEIGHTS);
    campaign[m] = 1 + drawIndex(uniform, CAMPAIGN_WEIGHTS);
    signupDay[m] =
      own.next() < config.newMemberShare
        ? config.startDay + Math.floor(own.next() * config.days)
        : config.startDay - 1 - Math.floor(own.next() ** 2 * 2_000);
    const interest = genreInterest.subarray(m * GENRES, (m + 1) * GENRES);
    for (let g = 1; g < GENRES; g++) {
      logits[g] =
        1.7 * normal() + countryShift[country[m] * GENRES + g] + campaignShift[campaign[m] * GENRES + g];
    }
    softmaxInto(interest, logits);
    for (let g = 1; g < GENRES; g++) logits[g] = Math.log(interest[g]) * 0.7 + 0.8 * normal();
    softmaxInto(legacyInterest.subarray(m * GENRES, (m + 1) * GENRES), logits);

    const tasteRow = taste.subarray(m * TASTE_SIZE, (m + 1) * TASTE_SIZE);
    const moodRow = mood.subarray(m * MOOD_SIZE, (m + 1) * MOOD_SIZE);
    for (let g = 1; g < GENRES; g++) {
      addScaled(tasteRow, space.taste.subarray(g * TASTE_SIZE, (g + 1) * TASTE_SIZE), interest[g]);
      addScaled(moodRow, space.mood.subarray(g * MOOD_SIZE, (g + 1) * MOOD_SIZE), interest[g]);
    }
    unit(tasteRow);
    unit(moodRow);
    for (let d = 0; d < TASTE_SIZE; d++) tasteRow[d] += 0.08 * normal();
    for (let d = 0; d < MOOD_SIZE; d++) moodRow[d] += 0.1 * normal();
    unit(tasteRow);
    unit(moodRow);

    // Stated taste is a noisy sample of revealed taste: some answers are what one would like to like.
    const stated = new Set<number>();
    const answers = Math.floor(own.next() * 4); // 0: skipped the survey
    for (let a = 0; a < answers; a++) {
      stated.add(
        own.next() < 0.75 ? drawIndex(uniform, interest) : 1 + Math.floor(own.next() * (GENRES - 1)),
      );
    }
    stated.delete(0);
    surveyCodes.push(...[...stated].sort((a, b) => a - b));
    surveyOffsets[m + 1] = surveyCodes.length;

    activity[m] = config.visitsPerDay * Math.exp(0.8 * normal() - 0.32); // mean visitsPerDay
    habitHour[m] = (20 + 4 * normal() + 48) % 24;
    patience[m] = Math.exp(0.4 * normal());
  }
  return {
    members: {
      ids: Array.from({ length: count }, (_, m) => `m${m}`),
      country,
      device,
      signupDay,
      campaign,
      surveyGenres: { offsets: surveyOffsets, codes: Uint8Array.from(surveyCodes) },
    },
    truth: { genreInterest, taste, mood, activity, habitHour, patience, legacyInterest },
  };
};
