/** Whether what comes in is what should come in: how much, how much of it unknown or missing, and how fresh. */
import { type Clock, DAY_MS, type EpochMs, HOUR_MS } from '../domain/clock.ts';
import { quantile } from '../math/statistics.ts';
import { createSlidingSums } from './sliding-sums.ts';

const COUNTED = ['pages', 'pages-of-strangers', 'events', 'events-quarantined', 'events-late'] as const;
type Counted = (typeof COUNTED)[number];

/** The last day by the hour; the hour under way is the last. */
const HOURS = 25;
/** The last hour by the minute. */
const MINUTES = 60;
const MINUTE_MS = 60_000;

export interface EventSeen {
  readonly outcome: string;
  readonly late: boolean;
}

export interface IntakeWatch {
  page(isStranger: boolean): void;
  event(seen: EventSeen): void;
  /** What `qualityOf` reads, [counted, hours] and events by minute. Those of several processes may be added up. */
  counts(): Float64Array;
}

export const createIntakeWatch = (clock: Clock): IntakeWatch => {
  const sums = createSlidingSums({ size: COUNTED.length, sliceMs: HOUR_MS, slices: HOURS, clock });
  const add = (counted: Counted): void => sums.add(COUNTED.indexOf(counted), 1);
  const byMinute = createSlidingSums({ size: 1, sliceMs: MINUTE_MS, slices: MINUTES, clock });
  return {
    page(isStranger) {
      add('pages');
      if (isStranger) add('pages-of-strangers');
    },
    event({ outcome, late }) {
      byMinute.add(0, 1);
      add('events');
      if (outcome === 'quarantined') add('events-quarantined');
      if (late) add('events-late');
    },
    counts: () =>
      Float64Array.from([...COUNTED.flatMap((_, index) => [...sums.bySlice(index)]), ...byMinute.bySlice(0)]),
  };
};

export interface QualityInputs {
  readonly counts: Float64Array; // of `IntakeWatch`
  readonly now: EpochMs;
  /** Nothing at or after this moment was learned from. */
  readonly learnedUntil: EpochMs;
  /** Of the features served, the worst one's. */
  readonly missingShare: number;
  readonly outsideShare: number;
}

export interface QualityCheck {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value should be, in words; an absent value says why there is none. */
  readonly expected: string;
  readonly failed: boolean;
}

/** An hour is judged by those before it once there are so many with something in them. */
const FEWEST_HOURS = 3;
/** Half or thrice the usual, where chance would not do as much: this many standard errors of a count. */
const VOLUME = { low: 0.5, high: 3, standardErrors: 4 } as const;
/** Shares of fewer say little. */
const FEWEST = 100;
export const QUALITY_LIMITS = {
  quarantinedShare: 0.01,
  lateShare: 0.05,
  strangerShare: 0.5,
  missingShare: 0.001,
  outsideShare: 0.05,
  silenceMinutes: 15,
  modelAgeMs: 7 * DAY_MS,
} as const;

export const qualityOf = (inputs: QualityInputs): QualityCheck[] => {
  const { counts, now, learnedUntil, missingShare, outsideShare } = inputs;
  const hoursOf = (counted: Counted): Float64Array => {
    const at = COUNTED.indexOf(counted) * HOURS;
    return counts.subarray(at, at + HOURS);
  };
  const lately = (counted: Counted): number => hoursOf(counted)[HOURS - 1] + hoursOf(counted)[HOURS - 2];
  const limits = QUALITY_LIMITS;
  const share = (name: string, [part, whole]: readonly [Counted, Counted], most: number): QualityCheck =>
    atMost({
      name,
      unit: 'share',
      value: lately(whole) < FEWEST ? Number.NaN : lately(part) / lately(whole),
      most,
    });
  const silent = counts
    .subarray(COUNTED.length * HOURS)
    .toReversed()
    .findIndex((count) => count > 0);
  const everHeard = hoursOf('events').some((count) => count > 0);
  const silence = lately('pages') < FEWEST || !everHeard ? Number.NaN : silent < 0 ? MINUTES : silent;
  return [
    volume('volume.events', hoursOf('events')),
    volume('volume.pages', hoursOf('pages')),
    share('events.unknown-title', ['events-quarantined', 'events'], limits.quarantinedShare),
    share('events.late', ['events-late', 'events'], limits.lateShare),
    share('pages.unknown-member', ['pages-of-strangers', 'pages'], limits.strangerShare),
    atMost({ name: 'features.missing', unit: 'share', value: missingShare, most: limits.missingShare }),
    atMost({ name: 'features.out-of-range', unit: 'share', value: outsideShare, most: limits.outsideShare }),
    atMost({ name: 'events.age', unit: 'min', value: silence, most: limits.silenceMinutes }),
    atMost({
      name: 'model.age',
      unit: 'days',
      value: (now - learnedUntil) / DAY_MS,
      most: limits.modelAgeMs / DAY_MS,
    }),
  ];
};

const atMost = (check: {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly most: number;
}): QualityCheck => {
  const { most, ...rest } = check;
  return { ...rest, expected: `at most ${most}`, failed: rest.value > most };
};

/** The last whole hour against the median of those before it. */
const volume = (name: string, byHour: Float64Array): QualityCheck => {
  const last = byHour[HOURS - 2];
  const before = byHour.subarray(0, HOURS - 2);
  const first = before.findIndex((count) => count > 0);
  const known = first < 0 ? before.subarray(0, 0) : before.subarray(first);
  const check = { name, unit: 'of the usual' };
  if (known.length < FEWEST_HOURS) {
    return { ...check, value: Number.NaN, expected: `${FEWEST_HOURS} hours to compare with`, failed: false };
  }
  const usual = quantile(known, 0.5);
  const reach = VOLUME.standardErrors * Math.sqrt(usual);
  const isLow = last < VOLUME.low * usual && last < usual - reach;
  const isHigh = last > VOLUME.high * usual && last > usual + reach;
  const expected = `${VOLUME.low} to ${VOLUME.high}`;
  return { ...check, value: usual === 0 ? Number.NaN : last / usual, expected, failed: isLow || isHigh };
};
