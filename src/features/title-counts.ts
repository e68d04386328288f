import { FINISHED_FRACTION } from '../domain/tables.ts';
import { logit } from '../math/statistics.ts';

/** What happened to each title up to one moment. Fold events in, in order of time. */
export interface TitleCounts {
  /** Impressions, each weighted by P(examined). */
  readonly exposures: Float64Array; // [titles]
  readonly clicks: Float64Array;
  readonly plays: Float64Array;
  readonly finishes: Float64Array;
  /** Sums over all titles, in the same order. */
  readonly totals: { exposures: number; clicks: number; plays: number; finishes: number };
}

export const emptyTitleCounts = (titles: number): TitleCounts => ({
  exposures: new Float64Array(titles),
  clicks: new Float64Array(titles),
  plays: new Float64Array(titles),
  finishes: new Float64Array(titles),
  totals: { exposures: 0, clicks: 0, plays: 0, finishes: 0 },
});

/** The counts as they are now, whatever is folded in later. */
export const copyCounts = ({ exposures, clicks, plays, finishes, totals }: TitleCounts): TitleCounts => ({
  exposures: exposures.slice(),
  clicks: clicks.slice(),
  plays: plays.slice(),
  finishes: finishes.slice(),
  totals: { ...totals },
});

export const countImpression = (
  counts: TitleCounts,
  title: number,
  examined: number,
  clicked: number,
): void => {
  counts.exposures[title] += examined;
  counts.clicks[title] += clicked;
  counts.totals.exposures += examined;
  counts.totals.clicks += clicked;
};

export const countPlay = (counts: TitleCounts, title: number, watchedFraction: number): void => {
  const finished = watchedFraction >= FINISHED_FRACTION ? 1 : 0;
  counts.plays[title]++;
  counts.finishes[title] += finished;
  counts.totals.plays++;
  counts.totals.finishes += finished;
};

const PRIOR_EXPOSURES = 30;
const PRIOR_PLAYS = 6;

/** Logit of a rate, drawn to the rate of all titles as `prior` observations would; 0 before any event. */
const smoothedLogit = (yes: number, of: number, allYes: number, allOf: number, prior: number): number => {
  const all = (allYes + 1) / (allOf + 2);
  return logit((yes + prior * all) / (of + prior)) - logit(all);
};

/** Log-odds of a click given examination, less those of all titles together. */
export const clickLift = (counts: TitleCounts, title: number): number =>
  smoothedLogit(
    Math.min(counts.clicks[title], counts.exposures[title]),
    counts.exposures[title],
    Math.min(counts.totals.clicks, counts.totals.exposures),
    counts.totals.exposures,
    PRIOR_EXPOSURES,
  );

/** Log-odds of finishing given a play, less those of all titles together. */
export const finishLift = (counts: TitleCounts, title: number): number =>
  smoothedLogit(
    counts.finishes[title],
    counts.plays[title],
    counts.totals.finishes,
    counts.totals.plays,
    PRIOR_PLAYS,
  );
