import type { Impressions, Titles } from '../domain/tables.ts';
import { quantileOfSorted } from '../math/statistics.ts';
import type { ExaminationEstimate } from './examination.ts';
import type { PlaceCounts } from './examination-em.ts';

const BINS = 8;
/** Impressions from which the quantiles of the propensity are taken. */
const SAMPLED = 10_000;
/** Exposures for which the click rate of all counts in that of one member in one genre. */
const PRIOR_EXPOSURES = 6;
/** A member's click rate in the title's genres as a multiple of the rate of all: where one bin ends and the next begins. */
const LIFT_EDGES = [0.5, 0.7, 0.85, 1, 1.2, 1.5, 2] as const;

const binOf = (value: number, edges: ArrayLike<number>): number => {
  let bin = 0;
  while (bin < edges.length && value >= edges[bin]) bin++;
  return bin;
};

/**
 * Impressions and clicks by place and stratum. A stratum is a bin of the logged propensity, which is all that the old
 * ranking's choice of title can hang on, times a bin of how much more than others this member has so far clicked on
 * titles of this one's genres (known from the events before, in order of time; exposures weighted by `first`): a
 * histogram regression of P(click | examined), in which EM has only counts to go through and not the log.
 */
export const countByStratum = (
  impressions: Impressions,
  from: number,
  to: number,
  first: ExaminationEstimate,
  titles?: Titles,
): PlaceCounts => {
  const { rows, positions } = first;
  const { member, title, device, row, position, clicked, propensity } = impressions;
  const edges = propensityEdges(propensity.subarray(from, to));
  const strata = BINS * BINS;
  const shown = new Float64Array(first.devices * rows * positions * strata);
  const clicks = new Float64Array(shown.length);
  const lifts = titles === undefined ? undefined : genreLifts(member.subarray(from, to), titles);
  for (let i = from; i < to; i++) {
    const d = device[i];
    const place = (d * rows + row[i]) * positions + position[i];
    const examined = first.row[d * rows + row[i]] * first.position[d * positions + position[i]];
    const lift = lifts === undefined ? 1 : lifts(member[i], title[i], examined, clicked[i]);
    const cell = (place * BINS + binOf(propensity[i], edges)) * BINS + binOf(lift, LIFT_EDGES);
    shown[cell]++;
    clicks[cell] += clicked[i];
  }
  return { strata, shown, clicks };
};

const propensityEdges = (propensity: Float32Array): Float64Array => {
  const stride = Math.max(1, Math.floor(propensity.length / SAMPLED));
  const sample = propensity.filter((_, i) => i % stride === 0).sort();
  return Float64Array.from({ length: BINS - 1 }, (_, b) =>
    sample.length === 0 ? 0 : quantileOfSorted(sample, (b + 1) / BINS),
  );
};

/**
 * A function that answers how a member's smoothed click rate in a title's genres compares with that of all (a ratio),
 * and then folds the impression in: asked in order of time, it knows nothing of what it is asked about.
 */
const genreLifts = (members: Uint32Array, { genres }: Titles) => {
  const { offsets, codes } = genres;
  const width = codes.reduce((most, code) => Math.max(most, code), 0) + 1;
  const count = members.reduce((most, member) => Math.max(most, member), 0) + 1;
  const clicks = new Float32Array(count * width);
  const exposures = new Float32Array(count * width);
  let [allClicks, allExposures] = [1, 10];
  return (member: number, title: number, examined: number, clicked: number): number => {
    let [own, seen] = [0, 0];
    for (let at = offsets[title]; at < offsets[title + 1]; at++) {
      const cell = member * width + codes[at];
      own += clicks[cell];
      seen += exposures[cell];
      clicks[cell] += clicked;
      exposures[cell] += examined;
    }
    const rate = allClicks / allExposures;
    allClicks += clicked;
    allExposures += examined;
    return (own + PRIOR_EXPOSURES * rate) / ((seen + PRIOR_EXPOSURES) * rate);
  };
};
