import type { Rng } from '../domain/rng.ts';
import { codesOf, type Titles } from '../domain/tables.ts';
import type { TitleTruth } from './catalogue.ts';
import type { MemberTruth } from './population.ts';
import { WORLD_VOCABULARY } from './vocabulary.ts';

/** Shares of the three sources in one place of the page; they sum to 1. */
export interface SlotMixture {
  readonly popular: number;
  readonly personal: number;
  readonly uniform: number;
}

/** Row by row, then repeating the last: what the old recommender shows. */
const ROW_MIXTURES: readonly SlotMixture[] = [
  { popular: 0.5, personal: 0.4, uniform: 0.1 },
  { popular: 0.2, personal: 0.7, uniform: 0.1 },
  { popular: 0.2, personal: 0.6, uniform: 0.2 },
];
/** The same in every place, so that place and title are independent. */
const RANDOM_SLOT_MIXTURE: SlotMixture = { popular: 0.3, personal: 0.56, uniform: 0.14 };

export const POLICIES = ['row-mixture', 'random-slot'] as const;

export const slotMixture = (randomSlot: boolean, row: number): SlotMixture =>
  randomSlot ? RANDOM_SLOT_MIXTURE : ROW_MIXTURES[Math.min(row, ROW_MIXTURES.length - 1)];

/**
 * Draws positions with probability proportional to their weights, in constant time.
 * @see Vose, "A linear algorithm for generating random numbers with a given distribution", 1991
 */
const createAlias = (weights: Float64Array): ((u: number) => number) => {
  const n = weights.length;
  const total = weights.reduce((sum, w) => sum + w, 0);
  const keep = new Float64Array(n);
  const other = new Uint32Array(n);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) {
    keep[i] = (weights[i] * n) / total;
    (keep[i] < 1 ? small : large).push(i);
  }
  while (small.length > 0 && large.length > 0) {
    const s = small.pop() as number;
    const l = large[large.length - 1];
    other[s] = l;
    keep[l] -= 1 - keep[s];
    if (keep[l] < 1) {
      large.pop();
      small.push(l);
    }
  }
  for (const i of [...small, ...large]) keep[i] = 1;
  return (u) => {
    const scaled = u * n;
    const i = Math.floor(scaled);
    return scaled - i < keep[i] ? i : other[i];
  };
};

interface Drawable {
  readonly titles: Uint32Array;
  readonly total: number;
  readonly draw: (u: number) => number;
}

/** What can be shown on one day, and how titles are drawn on it. */
export interface DayPolicy {
  /** How many titles are released. */
  readonly available: number;
  /** P(title) under each source, for one member, before titles already shown or played are left out. */
  popular(title: number): number;
  personal(title: number, member: number): number;
  uniform(title: number): number;
  draw(mixture: SlotMixture, member: number, rng: Rng): number;
}

const GENRES = WORLD_VOCABULARY.genres.length;

/**
 * The logging policy of one day over the titles released by then.
 * `personal` draws a genre by the old recommender's belief, then a title of that genre by prominence;
 * belief in a genre without titles is spread over the others.
 */
export const createDayPolicy = (
  titles: Titles,
  title: TitleTruth,
  member: MemberTruth,
  day: number,
): DayPolicy => {
  const released: number[] = [];
  const byGenre: number[][] = Array.from({ length: GENRES }, () => []);
  for (let t = 0; t < titles.ids.length; t++) {
    if (titles.releaseDay[t] > day) continue;
    released.push(t);
    for (const genre of codesOf(titles.genres, t)) byGenre[genre].push(t);
  }
  const drawable = (list: readonly number[]): Drawable => {
    const weights = Float64Array.from(list, (t) => title.prominence[t]);
    return {
      titles: Uint32Array.from(list),
      total: weights.reduce((sum, w) => sum + w, 0),
      draw: createAlias(weights),
    };
  };
  const all = drawable(released);
  const genres = byGenre.map((list) => (list.length > 0 ? drawable(list) : undefined));
  const isReleased = (t: number): boolean => titles.releaseDay[t] <= day;

  /** Total belief of the member in genres that have titles today. */
  const beliefOf = (m: number): number => {
    let sum = 0;
    for (let g = 0; g < GENRES; g++)
      if (genres[g] !== undefined) sum += member.legacyInterest[m * GENRES + g];
    return sum;
  };
  const drawPersonal = (m: number, rng: Rng): number => {
    let rest = rng.next() * beliefOf(m);
    let last: Drawable | undefined;
    for (let g = 0; g < GENRES; g++) {
      const genre = genres[g];
      if (genre === undefined) continue;
      last = genre;
      rest -= member.legacyInterest[m * GENRES + g];
      if (rest < 0) break;
    }
    const chosen = last ?? all;
    return chosen.titles[chosen.draw(rng.next())];
  };
  return {
    available: released.length,
    popular: (t) => (isReleased(t) ? title.prominence[t] / all.total : 0),
    personal: (t, m) => {
      if (!isReleased(t)) return 0;
      let sum = 0;
      for (let i = titles.genres.offsets[t]; i < titles.genres.offsets[t + 1]; i++) {
        const g = titles.genres.codes[i];
        sum += (member.legacyInterest[m * GENRES + g] * title.prominence[t]) / (genres[g] as Drawable).total;
      }
      return sum / beliefOf(m);
    },
    uniform: (t) => (isReleased(t) ? 1 / released.length : 0),
    draw: (mixture, m, rng) => {
      const u = rng.next();
      if (u < mixture.popular) return all.titles[all.draw(rng.next())];
      if (u < mixture.popular + mixture.personal) return drawPersonal(m, rng);
      return released[Math.floor(rng.next() * released.length)];
    },
  };
};
