/** What the two towers learn from: each play with what was known before it, and in what order they are told. */
import { dayOf, type EpochMs } from '../domain/clock.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import type { Dataset, Titles } from '../domain/tables.ts';
import { ACTIVITY_SIZE, type TitlesKnown, writeActivityFeatures } from '../features/activity-features.ts';
import { copyCounts } from '../features/title-counts.ts';
import { shuffleInPlace } from '../math/random.ts';
import type { ReplayVisitor } from './replay.ts';

/** One play to be predicted from what was known before it. */
export interface Example {
  readonly title: number;
  readonly at: EpochMs;
  readonly device: number;
  readonly profile: MemberProfile;
  /** What had happened to the title by the midnight before: what came later that day may be of this play. */
  readonly activity: Float32Array; // [ACTIVITY_SIZE]
}

export interface TwoTowerExamples {
  readonly visitor: ReplayVisitor;
  readonly examples: readonly Example[];
}

/** The day of the first play; 0 where there is none. */
export const firstDayOf = ({ plays }: Dataset): number => (plays.time.length > 0 ? dayOf(plays.time[0]) : 0);

/** Collects an example for each play that a replay goes through. */
export const collectTwoTowerExamples = (dataset: Dataset): TwoTowerExamples => {
  const { plays, titles } = dataset;
  const firstDay = firstDayOf(dataset);
  const examples: Example[] = [];
  let midnight: TitlesKnown | undefined;
  const visitor: ReplayVisitor = {
    play(row, known) {
      const [title, at] = [plays.title[row], plays.time[row]];
      if (midnight === undefined || dayOf(midnight.at) !== dayOf(at))
        midnight = { at, firstDay, counts: copyCounts(known.counts) };
      const activity = new Float32Array(ACTIVITY_SIZE);
      writeActivityFeatures(activity, 0, title, midnight, titles);
      const profile = known.profileOf(plays.member[row]);
      examples.push({ title, at, device: plays.device[row], profile, activity });
    },
  };
  return { visitor, examples };
};

/** Batches drawn together: a window of so many is of about the same days, and its plays are told in random order. */
const WINDOW_BATCHES = 4;

/**
 * The examples in the order of an epoch: random where a batch holds them all, else batches in random order, each of
 * examples that are near to one another in time. Where batches begin is drawn anew for each epoch.
 */
export const epochOrder = (count: number, batchSize: number, rng: Rng): Uint32Array => {
  const uniform = (): number => rng.next();
  const batches = Math.floor(count / batchSize);
  const spare = count - batches * batchSize;
  const from = spare === 0 ? 0 : Math.floor(uniform() * (spare + 1));
  const inTime = Uint32Array.from({ length: count }, (_, i) => i);
  const window = WINDOW_BATCHES * batchSize;
  for (let at = from; at < count; at += window) shuffleInPlace(inTime.subarray(at, at + window), uniform);
  const order = new Uint32Array(batches * batchSize);
  shuffleInPlace(
    Uint32Array.from({ length: batches }, (_, b) => b),
    uniform,
  ).forEach((batch, place) => {
    const start = from + batch * batchSize;
    order.set(inTime.subarray(start, start + batchSize), place * batchSize);
  });
  return order;
};

/** How many examples could have been of a title, which are those from its release on; at least 1. */
export const examplesSinceRelease = (
  examples: readonly Example[],
  { releaseDay }: Titles,
): ((title: number) => number) => {
  const byDay = new Map<number, number>();
  for (let i = examples.length - 1; i >= 0; i--) byDay.set(dayOf(examples[i].at), examples.length - i);
  const days = [...byDay.keys()].reverse();
  return (title) => {
    const first = days.find((day) => day >= releaseDay[title]);
    return first === undefined ? 1 : (byDay.get(first) as number);
  };
};
