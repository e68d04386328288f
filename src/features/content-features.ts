import { DAY_MS, type EpochMs } from '../domain/clock.ts';
import { codesOf, type Titles, type Vocabulary } from '../domain/tables.ts';

/** Values of the item tower's dense input: what is known of a title that nobody has played. */
export const contentFeatureSize = (vocabulary: Vocabulary): number =>
  vocabulary.genres.length + vocabulary.languages.length + vocabulary.kinds.length + 4;

const AGE_SCALE = 9;
/** Time constant of freshness. */
export const FRESH_DAYS = 21;

/** Days since the title's release, at least 0. */
export const ageDays = (titles: Titles, title: number, at: EpochMs): number =>
  Math.max(0, at / DAY_MS - titles.releaseDay[title]);

/** 1 on the day of release, then falling with a time constant of three weeks. */
export const freshness = (titles: Titles, title: number, at: EpochMs): number =>
  Math.exp(-ageDays(titles, title, at) / FRESH_DAYS);

/** Hours of running time, 0 where the source does not say. */
export const runtimeHours = (titles: Titles, title: number): number => {
  const minutes = titles.runtimeMinutes[title];
  return Number.isNaN(minutes) ? 0 : minutes / 60;
};

/**
 * Writes the dense input of one title at `offset`: genres (sum 1), language, kind, age, freshness and
 * running time. Returns the offset after it.
 */
export const writeContentFeatures = (
  out: Float32Array,
  offset: number,
  titles: Titles,
  title: number,
  at: EpochMs,
  vocabulary: Vocabulary,
): number => {
  out.fill(0, offset, offset + contentFeatureSize(vocabulary));
  const genres = codesOf(titles.genres, title);
  for (const genre of genres) out[offset + genre] = 1 / genres.length;
  let next = offset + vocabulary.genres.length;
  out[next + titles.language[title]] = 1;
  next += vocabulary.languages.length;
  out[next + titles.kind[title]] = 1;
  next += vocabulary.kinds.length;
  out[next++] = Math.log1p(ageDays(titles, title, at)) / AGE_SCALE;
  out[next++] = freshness(titles, title, at);
  out[next++] = runtimeHours(titles, title);
  out[next++] = Number.isNaN(titles.runtimeMinutes[title]) ? 0 : 1;
  return next;
};
