import { DAY_MS, dayOf } from '../src/domain/clock.ts';
import {
  type Dataset,
  NO_IMPRESSION,
  type Plays,
  type Titles,
  type Vocabulary,
} from '../src/domain/tables.ts';

/** A film as a ratings file tells of it. */
export interface RatedTitle {
  readonly id: string;
  readonly name: string;
  /** Undefined where the source does not say. */
  readonly releaseDay: number | undefined;
  readonly genres: readonly string[];
}

/** The ratings, one array per column, in the order of the file. */
export interface Ratings {
  readonly memberIds: readonly string[];
  readonly count: number;
  readonly member: Uint32Array;
  readonly title: Uint32Array;
  /** Stars, 0.5 to 5. */
  readonly stars: Float32Array;
  /** Seconds since 1970, less than 2^32. */
  readonly seconds: Uint32Array;
}

export const MAX_STARS = 5;
const UNKNOWN = 'unknown';
const VIDEO_KIND = 'movie';

/** Collects ratings whose number is not known beforehand. Members get their rows in order of appearance. */
export const ratingsCollector = () => {
  const rows = new Map<string, number>();
  let count = 0;
  let member = new Uint32Array(1 << 16);
  let title = new Uint32Array(1 << 16);
  let stars = new Float32Array(1 << 16);
  let seconds = new Uint32Array(1 << 16);
  const grow = (): void => {
    const capacity = 2 * member.length;
    [member, title, seconds] = [member, title, seconds].map((old) => {
      const grown = new Uint32Array(capacity);
      grown.set(old);
      return grown;
    });
    const grown = new Float32Array(capacity);
    grown.set(stars);
    stars = grown;
  };
  return {
    add(rating: { memberId: string; title: number; stars: number; seconds: number }): void {
      if (count === member.length) grow();
      let row = rows.get(rating.memberId);
      if (row === undefined) rows.set(rating.memberId, (row = rows.size));
      member[count] = row;
      title[count] = rating.title;
      stars[count] = rating.stars;
      seconds[count++] = rating.seconds;
    },
    ratings: (): Ratings => ({ memberIds: [...rows.keys()], count, member, title, stars, seconds }),
  };
};

/**
 * The watched fraction that stands for a rating: stars / 5, so that 3.5 stars and more count as finished.
 * Rounded up to the next 32-bit float, because 0.7 rounded to the nearest one is less than FINISHED_FRACTION.
 */
export const watchedFractionOf = (stars: number): number => {
  const exact = stars / MAX_STARS;
  float[0] = exact;
  if (float[0] < exact) floatBits[0]++;
  return float[0];
};

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/**
 * The dataset of a ratings file: a play for each rating, at its time. What the source does not know reads
 * 'unknown', or NaN. A title without a release day is as old as the log: nothing of the log then tells of it
 * before its time. A member signed up on the day of the first rating.
 */
export const ratingsDataset = (name: string, titles: readonly RatedTitle[], ratings: Ratings): Dataset => {
  const { count, memberIds } = ratings;
  const plays = playsInOrder(ratings);
  const signupDay = new Int32Array(memberIds.length);
  for (let i = count - 1; i >= 0; i--) signupDay[plays.member[i]] = dayOf(plays.time[i]);

  const genres = [UNKNOWN, ...new Set(titles.flatMap((title) => title.genres).sort())];
  const vocabulary: Vocabulary = {
    kinds: [UNKNOWN, VIDEO_KIND],
    genres,
    languages: [UNKNOWN],
    countries: [UNKNOWN],
    devices: [UNKNOWN],
    campaigns: [UNKNOWN],
  };
  return {
    name,
    vocabulary,
    titles: titlesTable(titles, vocabulary, dayOf(plays.time[0])),
    members: {
      ids: memberIds,
      country: new Uint8Array(memberIds.length),
      device: new Uint8Array(memberIds.length),
      signupDay,
      campaign: new Uint8Array(memberIds.length),
      surveyGenres: { offsets: new Uint32Array(memberIds.length + 1), codes: new Uint8Array(0) },
    },
    plays,
  };
};

/** Days since 1970 of the first of January. */
export const firstDayOf = (year: number): number => Date.UTC(year, 0, 1) / DAY_MS;

const titlesTable = (titles: readonly RatedTitle[], vocabulary: Vocabulary, firstDay: number): Titles => {
  const genreCodes = new Map(vocabulary.genres.map((genre, code) => [genre, code]));
  const offsets = new Uint32Array(titles.length + 1);
  const codes: number[] = [];
  for (const [row, { genres }] of titles.entries()) {
    for (const genre of new Set(genres)) codes.push(genreCodes.get(genre)!);
    offsets[row + 1] = codes.length;
  }
  return {
    ids: titles.map((title) => title.id),
    names: titles.map((title) => title.name),
    kind: new Uint8Array(titles.length).fill(vocabulary.kinds.indexOf(VIDEO_KIND)),
    genres: { offsets, codes: Uint8Array.from(codes) },
    language: new Uint8Array(titles.length),
    releaseDay: Int32Array.from(titles, (title) => title.releaseDay ?? firstDay),
    runtimeMinutes: new Float32Array(titles.length).fill(Number.NaN),
  };
};

const playsInOrder = ({ count, member, title, stars, seconds }: Ratings): Plays => {
  const plays = {
    member: new Uint32Array(count),
    title: new Uint32Array(count),
    time: new Float64Array(count),
    watchedFraction: new Float32Array(count),
    device: new Uint8Array(count),
    impression: new Uint32Array(count).fill(NO_IMPRESSION),
  };
  const order = timeOrder(seconds.subarray(0, count));
  for (let row = 0; row < count; row++) {
    const from = order[row];
    plays.member[row] = member[from];
    plays.title[row] = title[from];
    plays.time[row] = 1000 * seconds[from];
    plays.watchedFraction[row] = watchedFractionOf(stars[from]);
  }
  return plays;
};

/** The rows in order of time, equal times in order of the file. Sorts 64-bit keys: time above, row below. */
const timeOrder = (seconds: Uint32Array): Uint32Array => {
  const keys = new BigUint64Array(seconds.length);
  const halves = new Uint32Array(keys.buffer);
  for (let i = 0; i < seconds.length; i++) {
    halves[2 * i] = i;
    halves[2 * i + 1] = seconds[i];
  }
  keys.sort();
  const order = new Uint32Array(seconds.length);
  for (let i = 0; i < order.length; i++) order[i] = halves[2 * i];
  return order;
};
