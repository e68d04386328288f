/**
 * What is trending right now, counted by all processes that share a store: each adds what it counted to the slices
 * that lie there once a second, and reads the hour. A process that is killed loses what it did not add yet, a second
 * of counts; the events themselves are in the log.
 */
import type { Clock, EpochMs } from '../domain/clock.ts';
import type { TrendingTitles } from '../domain/request.ts';
import {
  countRegionPlay,
  decodeSlice,
  encodeSlice,
  mergeRegionPlays,
  placeOf,
  type RegionPlays,
  sliceOf,
  slicesBefore,
  TRENDING_WINDOW_MS,
  trendingIn,
} from '../features/trending.ts';
import { systemTimers, type Timers } from './deadline.ts';
import type { MemberContext, ProfileSource } from './pipelines/parts.ts';
import type { Store } from './stores/contract.ts';

export interface LiveTrending {
  /** A play by a member of the region, when it was. One before the hour counts no more. */
  played(region: number, title: number, time: EpochMs): void;
  /** As of the last exchange; undefined where too little was played. */
  of(region: number): TrendingTitles | undefined;
  /** Adds what was counted here to the store and reads what all counted. @throws MarqueeError (dependency) when it is away */
  exchange(): Promise<void>;
  /** Once what was counted is in the store, if that can be reached. */
  close(): Promise<void>;
}

export interface LiveTrendingParts {
  readonly store: Store;
  readonly clock: Clock;
  /** An exchange that failed; the next one makes up for it. */
  readonly onFailure: (error: unknown) => void;
  readonly timers?: Timers;
  /** Between one exchange and the next. Default 1 s. */
  readonly everyMs?: number;
}

/** Titles that are told of a region. */
const TOLD = 100;

export const startLiveTrending = (parts: LiveTrendingParts): LiveTrending => {
  const { store, clock, onFailure, timers = systemTimers, everyMs = 1_000 } = parts;
  let counted = new Map<number, RegionPlays>();
  let hour: RegionPlays = new Map();
  const told = new Map<number, TrendingTitles | undefined>();
  const keyOf = (slice: number): string => `trending/${placeOf(slice)}`;
  const isInHour = (slice: number): boolean => slice > sliceOf(clock.now() - TRENDING_WINDOW_MS);
  const inSlice = (slice: number): RegionPlays => {
    const plays = counted.get(slice) ?? new Map();
    counted.set(slice, plays);
    return plays;
  };

  const add = async (slice: number, plays: RegionPlays): Promise<void> => {
    const key = keyOf(slice);
    try {
      await store.apply([key], ([held]) => {
        const all = decodeSlice(slice, held);
        mergeRegionPlays(all, plays);
        return { writes: [{ key, value: encodeSlice(slice, all) }], result: undefined };
      });
    } catch (thrown) {
      mergeRegionPlays(inSlice(slice), plays); // for the next exchange
      throw thrown;
    }
  };
  const exchange = async (): Promise<void> => {
    const mine = [...counted].filter(([slice]) => isInHour(slice)); // what waited for longer has another's place
    counted = new Map();
    const added = await Promise.allSettled(mine.map(([slice, plays]) => add(slice, plays)));
    const failed = added.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const slices = slicesBefore(clock.now());
    const held = await store.getMany(slices.map(keyOf));
    hour = new Map();
    for (const [i, slice] of slices.entries()) mergeRegionPlays(hour, decodeSlice(slice, held[i]));
    told.clear();
  };

  let closed = false;
  let callOff = (): void => undefined;
  let round = Promise.resolve();
  const next = (): void => {
    callOff = timers.after(everyMs, () => {
      round = exchange()
        .catch(onFailure)
        .then(() => {
          if (!closed) next();
        });
    });
  };
  next();

  return {
    played(region, title, time) {
      const slice = sliceOf(time);
      if (isInHour(slice)) countRegionPlay(inSlice(slice), region, title);
    },
    of(region) {
      if (!told.has(region)) told.set(region, trendingIn(hour, region, TOLD));
      return told.get(region);
    },
    exchange,
    async close() {
      closed = true;
      callOff();
      await round;
      await exchange().catch(onFailure);
    },
  };
};

/** The same profiles, with what is trending in the member's region. */
export const knowingTrending = <P extends ProfileSource>(
  profiles: P,
  { of }: Pick<LiveTrending, 'of'>,
): P => {
  const withRegion = (context: MemberContext): MemberContext => {
    const trending = of(context.profile.country);
    return trending === undefined ? context : { ...context, trending };
  };
  return {
    ...profiles,
    profile: async (memberId, at) => withRegion(await profiles.profile(memberId, at)),
    coldStart: (memberId) => withRegion(profiles.coldStart(memberId)),
  };
};
