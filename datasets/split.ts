import type { EpochMs } from '../src/domain/clock.ts';
import { callerError } from '../src/domain/errors.ts';
import type { Dataset, Impressions, Plays } from '../src/domain/tables.ts';

export interface SplitShares {
  /** Share of the plays, 0 to 1; 0 leaves the part empty. */
  readonly validationShare: number;
  /** Share of the plays, more than 0. */
  readonly testShare: number;
}

/** Train is before `validationStart`, validation from there to before `testStart`, test from there on. */
export interface SplitBoundaries {
  readonly validationStart: EpochMs;
  readonly testStart: EpochMs;
}

/** Rows `start` to before `end`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export interface PartRanges {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly test: RowRange;
}

export interface TemporalSplit extends SplitBoundaries {
  readonly plays: PartRanges;
  /** Absent where the dataset has no impressions. */
  readonly impressions?: PartRanges;
}

export const DEFAULT_SHARES: SplitShares = { validationShare: 0.1, testShare: 0.1 };

/**
 * The dataset cut at two moments, the same for all members, so that nothing of the future is learned from.
 * The moments are quantiles of the plays' times; a part may hold a little more than its share, because plays of
 * one moment stay together. Impressions are cut at the same moments.
 * @throws RangeError on shares that leave no room for a train part; MarqueeError (caller) when the plays' times
 *   are too few to give each part some
 */
export const temporalSplit = (dataset: Dataset, shares: SplitShares = DEFAULT_SHARES): TemporalSplit => {
  const { validationShare, testShare } = shares;
  if (!(validationShare >= 0 && testShare > 0 && validationShare + testShare < 1)) {
    const got = `validationShare ${validationShare}, testShare ${testShare}`;
    throw new RangeError(`${got}: expected validationShare >= 0, testShare > 0 and a sum below 1`);
  }
  const { time } = dataset.plays;
  const startOf = (share: number): EpochMs =>
    time[Math.min(time.length - 1, Math.floor(time.length * (1 - share)))];
  if (time.length === 0)
    throw callerError('split-empty', `dataset ${dataset.name}: no plays, expected some to split`);
  const testStart = startOf(testShare);
  const validationStart = validationShare === 0 ? testStart : startOf(validationShare + testShare);
  const split = splitAt(dataset, { validationStart, testStart });

  const { train, validation } = split.plays;
  const empty =
    train.end === 0
      ? 'train'
      : validationShare > 0 && validation.start === validation.end
        ? 'validation'
        : undefined;
  if (empty !== undefined) {
    const expected = 'expected plays at more distinct times, or other shares';
    throw callerError(
      'split-empty',
      `dataset ${dataset.name}: the ${empty} part holds no plays, ${expected}`,
    );
  }
  return split;
};

/** The dataset cut at the moments given. @throws RangeError when they are out of order */
export const splitAt = (dataset: Dataset, boundaries: SplitBoundaries): TemporalSplit => {
  const { validationStart, testStart } = boundaries;
  if (!(validationStart <= testStart)) {
    throw new RangeError(
      `testStart ${testStart}: expected no earlier than validationStart ${validationStart}`,
    );
  }
  const rangesOf = (times: Float64Array): PartRanges => {
    const [first, second] = [rowsBefore(times, validationStart), rowsBefore(times, testStart)];
    return {
      train: { start: 0, end: first },
      validation: { start: first, end: second },
      test: { start: second, end: times.length },
    };
  };
  const { plays, impressions } = dataset;
  return {
    validationStart,
    testStart,
    plays: rangesOf(plays.time),
    ...(impressions === undefined ? {} : { impressions: rangesOf(impressions.time) }),
  };
};

/** How many of the sorted times are before `at`: the first row at or after it. */
export const rowsBefore = (times: Float64Array, at: EpochMs): number => {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * The dataset as it was known just before `at`: the same catalogue and members, and views of the events before.
 * Given to what trains, it makes a look at later events impossible rather than forbidden.
 */
export const datasetBefore = (dataset: Dataset, at: EpochMs): Dataset => {
  const { plays, impressions } = dataset;
  return {
    ...dataset,
    plays: playsUntil(plays, rowsBefore(plays.time, at)),
    ...(impressions === undefined
      ? {}
      : { impressions: impressionsUntil(impressions, rowsBefore(impressions.time, at)) }),
  };
};

const playsUntil = (plays: Plays, end: number): Plays => ({
  member: plays.member.subarray(0, end),
  title: plays.title.subarray(0, end),
  time: plays.time.subarray(0, end),
  watchedFraction: plays.watchedFraction.subarray(0, end),
  device: plays.device.subarray(0, end),
  impression: plays.impression.subarray(0, end),
});

const impressionsUntil = (impressions: Impressions, end: number): Impressions => ({
  requestId: impressions.requestId.subarray(0, end),
  member: impressions.member.subarray(0, end),
  title: impressions.title.subarray(0, end),
  artwork: impressions.artwork.subarray(0, end),
  row: impressions.row.subarray(0, end),
  position: impressions.position.subarray(0, end),
  time: impressions.time.subarray(0, end),
  device: impressions.device.subarray(0, end),
  policy: impressions.policy.subarray(0, end),
  policies: impressions.policies,
  propensity: impressions.propensity.subarray(0, end),
  artworkPropensity: impressions.artworkPropensity.subarray(0, end),
  clicked: impressions.clicked.subarray(0, end),
});
