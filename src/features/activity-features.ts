import { dayOf, type EpochMs } from '../domain/clock.ts';
import type { Titles } from '../domain/tables.ts';
import { clickLift, type TitleCounts } from './title-counts.ts';

/** Values of the item tower's input that say what happened to a title. */
export const ACTIVITY_SIZE = 4;

/** What was known of all titles at one moment. */
export interface TitlesKnown {
  readonly at: EpochMs;
  /** First day of the log that was counted. */
  readonly firstDay: number;
  readonly counts: TitleCounts;
}

/**
 * Writes what happened to one title at `offset`: how often it was shown and played on a day on which it could be,
 * how often it was played in all, and how much more readily it is taken than others. A title that was shown on its
 * first day and never played is no title that nobody wants. Returns the offset after it.
 *   log((exposures + 1) / (days + 1)) / 2,   log((plays + 0.3) / (days + 3)) / 2,   log(1 + plays) / 4,   `clickLift`
 * with `days` those since its release, or since the log began.
 */
export const writeActivityFeatures = (
  out: Float32Array,
  offset: number,
  title: number,
  { at, firstDay, counts }: TitlesKnown,
  { releaseDay }: Titles,
): number => {
  const days = Math.max(0, dayOf(at) - Math.max(firstDay, releaseDay[title]));
  const plays = counts.plays[title];
  let next = offset;
  out[next++] = Math.log((counts.exposures[title] + 1) / (days + 1)) / 2;
  out[next++] = Math.log((plays + 0.3) / (days + 3)) / 2;
  out[next++] = Math.log1p(plays) / 4;
  out[next++] = clickLift(counts, title);
  return next;
};
