import type { Rng } from '../domain/rng.ts';
import type { Artworks, Titles } from '../domain/tables.ts';
import { normalSource } from '../math/random.ts';
import type { WorldConfig } from './config.ts';
import { addScaled, unit } from './vectors.ts';
import { titleNames, WORLD_VOCABULARY } from './vocabulary.ts';

export const TASTE_SIZE = 16;
export const MOOD_SIZE = 8;

/** Where genres lie among tastes and among moods; the same for titles and members. */
export interface GenreSpace {
  readonly taste: Float32Array; // [genres, TASTE_SIZE], unit rows
  readonly mood: Float32Array; // [genres, MOOD_SIZE], unit rows
}

export interface TitleTruth {
  readonly taste: Float32Array; // [titles, TASTE_SIZE], unit rows
  /** What draws the click, standard normal. */
  readonly appeal: Float32Array;
  /** What makes it worth finishing, standard normal, correlated with appeal but not equal. */
  readonly quality: Float32Array;
  readonly mood: Float32Array; // [titles, MOOD_SIZE], unit rows
  /** What the editors believe will be watched: the logging policy's weight, > 0. */
  readonly prominence: Float32Array;
}

export interface ArtworkTruth {
  /** Draws clicks from everybody alike, in logits. */
  readonly pull: Float32Array;
  /** Inner product of the artwork's theme with its title's mood: 1 shows what the title is. */
  readonly honesty: Float32Array;
}

const APPEAL_QUALITY_CORRELATION = 0.4;

export const createGenreSpace = (rng: Rng): GenreSpace => {
  const genres = WORLD_VOCABULARY.genres.length;
  const normal = normalSource(() => rng.next());
  const rows = (size: number): Float32Array => {
    const values = Float32Array.from({ length: genres * size }, normal);
    for (let g = 0; g < genres; g++) unit(values.subarray(g * size, (g + 1) * size));
    return values;
  };
  return { taste: rows(TASTE_SIZE), mood: rows(MOOD_SIZE) };
};

const GENRE_COUNTS = [1, 1, 2, 2, 2, 3];
const COUNTRY_LANGUAGES = [1, 1, 1, 2, 3, 4, 5, 6, 7, 8]; // English most often

export const createTitles = (
  config: WorldConfig,
  space: GenreSpace,
  rng: Rng,
): { titles: Titles; truth: TitleTruth } => {
  const { titles: count } = config;
  const genres = WORLD_VOCABULARY.genres.length;
  const normal = normalSource(() => rng.next());
  const kind = new Uint8Array(count);
  const language = new Uint8Array(count);
  const releaseDay = new Int32Array(count);
  const runtimeMinutes = new Float32Array(count);
  const offsets = new Uint32Array(count + 1);
  const codes: number[] = [];
  const taste = new Float32Array(count * TASTE_SIZE);
  const mood = new Float32Array(count * MOOD_SIZE);
  const appeal = new Float32Array(count);
  const quality = new Float32Array(count);
  const prominence = new Float32Array(count);
  for (let t = 0; t < count; t++) {
    const wanted = GENRE_COUNTS[Math.floor(rng.next() * GENRE_COUNTS.length)];
    const own = new Set<number>();
    while (own.size < wanted) own.add(1 + Math.floor(rng.next() ** 1.3 * (genres - 1)));
    const tasteRow = taste.subarray(t * TASTE_SIZE, (t + 1) * TASTE_SIZE);
    const moodRow = mood.subarray(t * MOOD_SIZE, (t + 1) * MOOD_SIZE);
    for (const genre of [...own].sort((a, b) => a - b)) {
      codes.push(genre);
      addScaled(tasteRow, space.taste.subarray(genre * TASTE_SIZE, (genre + 1) * TASTE_SIZE), 1 / wanted);
      addScaled(moodRow, space.mood.subarray(genre * MOOD_SIZE, (genre + 1) * MOOD_SIZE), 1 / wanted);
    }
    offsets[t + 1] = codes.length;
    for (let d = 0; d < TASTE_SIZE; d++) tasteRow[d] += 0.08 * normal();
    for (let d = 0; d < MOOD_SIZE; d++) moodRow[d] += 0.1 * normal();
    unit(tasteRow);
    unit(moodRow);
    kind[t] = rng.next() < 0.65 ? 1 : 2;
    language[t] = COUNTRY_LANGUAGES[Math.floor(rng.next() * COUNTRY_LANGUAGES.length)];
    runtimeMinutes[t] = Math.round(kind[t] === 1 ? 75 + 75 * rng.next() : 20 + 40 * rng.next());
    releaseDay[t] =
      rng.next() < config.newTitleShare
        ? config.startDay + Math.floor(rng.next() * config.days)
        : config.startDay - 1 - Math.floor(rng.next() ** 2 * 5_500);
    appeal[t] = normal();
    quality[t] =
      APPEAL_QUALITY_CORRELATION * appeal[t] + Math.sqrt(1 - APPEAL_QUALITY_CORRELATION ** 2) * normal();
    prominence[t] = Math.exp(0.85 * (0.7 * appeal[t] + 0.7 * normal()));
  }
  return {
    titles: {
      ids: Array.from({ length: count }, (_, t) => `t${t}`),
      names: titleNames(count, rng.fork('names')),
      kind,
      genres: { offsets, codes: Uint8Array.from(codes) },
      language,
      releaseDay,
      runtimeMinutes,
    },
    truth: { taste, appeal, quality, mood, prominence },
  };
};

export const createArtworks = (
  config: WorldConfig,
  titleMood: Float32Array,
  rng: Rng,
): { artworks: Artworks; truth: ArtworkTruth } => {
  const normal = normalSource(() => rng.next());
  const titleOffsets = new Uint32Array(config.titles + 1);
  const spread = config.maxArtworks - config.minArtworks + 1;
  for (let t = 0; t < config.titles; t++) {
    titleOffsets[t + 1] = titleOffsets[t] + config.minArtworks + Math.floor(rng.next() * spread);
  }
  const count = titleOffsets[config.titles];
  const title = new Uint32Array(count);
  const theme = new Float32Array(count * MOOD_SIZE);
  const pull = new Float32Array(count);
  const honesty = new Float32Array(count);
  const ids: string[] = [];
  for (let t = 0; t < config.titles; t++) {
    const base = titleMood.subarray(t * MOOD_SIZE, (t + 1) * MOOD_SIZE);
    for (let a = titleOffsets[t]; a < titleOffsets[t + 1]; a++) {
      title[a] = t;
      ids.push(`a${a}`);
      const row = theme.subarray(a * MOOD_SIZE, (a + 1) * MOOD_SIZE);
      for (let d = 0; d < MOOD_SIZE; d++) row[d] = normal();
      unit(row);
      addScaled(row, base, 0.8); // every artwork shows something of its title, and something of its own
      unit(row);
      for (let d = 0; d < MOOD_SIZE; d++) honesty[a] += row[d] * base[d];
      pull[a] = 0.2 * normal() + 0.2 * (1 - honesty[a]); // what misleads draws a little more
    }
  }
  return { artworks: { ids, title, titleOffsets, themeSize: MOOD_SIZE, theme }, truth: { pull, honesty } };
};
