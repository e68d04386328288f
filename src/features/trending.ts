/** What is watched in each region of late: plays of the last hour, in slices of five minutes. */
import { type EpochMs, HOUR_MS } from '../domain/clock.ts';
import type { TrendingTitles } from '../domain/request.ts';
import { countItem, emptyItems, type FrequentItems, mergeItems, topItems } from '../math/frequent-items.ts';

export const TRENDING_WINDOW_MS = HOUR_MS;
const SLICE_MS = 5 * 60_000;

/** Titles that are kept of a region in a slice: of fewer the counts are exact. */
const CAPACITY = 1_000;

/** A region of which less is known is told what is trending everywhere, or nothing. */
export const FEWEST_PLAYS = 200;

/** The five minutes that a moment lies in, as a number that grows with time. */
export const sliceOf = (at: EpochMs): number => Math.floor(at / SLICE_MS);

/** Slices are kept in so many places by turns: an hour, and one more before a place is another's. */
export const placeOf = (slice: number): number => slice % ((2 * TRENDING_WINDOW_MS) / SLICE_MS);

/** The slices of the hour before a moment, its own the first. */
export const slicesBefore = (at: EpochMs): number[] =>
  Array.from({ length: TRENDING_WINDOW_MS / SLICE_MS }, (_, i) => sliceOf(at) - i);

/** Plays of one slice, by region: the code of a member's country. */
export type RegionPlays = Map<number, FrequentItems>;

export const countRegionPlay = (plays: RegionPlays, region: number, title: number): void =>
  countItem(of(plays, region), title);

/** Adds what others counted, in place. */
export const mergeRegionPlays = (plays: RegionPlays, others: RegionPlays): void => {
  for (const [region, items] of others) mergeItems(of(plays, region), items);
};

const of = (plays: RegionPlays, region: number): FrequentItems => {
  const known = plays.get(region);
  if (known !== undefined) return known;
  const items = emptyItems(CAPACITY);
  plays.set(region, items);
  return items;
};

/** The region's most watched titles, or those of all where it has too few plays, or undefined where all have. */
export const trendingIn = (plays: RegionPlays, region: number, k: number): TrendingTitles | undefined => {
  const own = plays.get(region);
  const chosen = own !== undefined && own.total >= FEWEST_PLAYS ? own : everywhere(plays);
  if (chosen.total < FEWEST_PLAYS) return undefined;
  const top = topItems(chosen, k);
  return {
    titles: Uint32Array.from(top, ([title]) => title),
    plays: Float64Array.from(top, ([, count]) => count),
  };
};

const everywhere = (plays: RegionPlays): FrequentItems => {
  const all = emptyItems(CAPACITY);
  for (const items of plays.values()) mergeItems(all, items);
  return all;
};

/**
 * As bytes, all float64: the slice, then of each region in turn
 *   region, titles kept, total, undercount, then title and count of each
 */
export const encodeSlice = (slice: number, plays: RegionPlays): Uint8Array => {
  const numbers = [slice];
  for (const [region, { counts, total, undercount }] of plays) {
    numbers.push(region, counts.size, total, undercount);
    for (const [title, count] of counts) numbers.push(title, count);
  }
  return new Uint8Array(Float64Array.from(numbers).buffer);
};

/** Its plays; none where the bytes are of another slice. */
export const decodeSlice = (slice: number, bytes: Uint8Array | undefined): RegionPlays => {
  const numbers = new Float64Array(Uint8Array.from(bytes ?? []).buffer);
  const plays: RegionPlays = new Map();
  if (numbers[0] !== slice) return plays;
  for (let at = 1; at < numbers.length; ) {
    const [region, kept, total, undercount] = numbers.subarray(at, at + 4);
    at += 4;
    const items = { ...emptyItems(CAPACITY), total, undercount };
    for (const end = at + 2 * kept; at < end; at += 2) items.counts.set(numbers[at], numbers[at + 1]);
    plays.set(region, items);
  }
  return plays;
};
