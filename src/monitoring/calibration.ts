/**
 * Whether predicted probabilities come true: of titles that devices reported as shown, how many were taken, and of those
 * how many finished, beside what was predicted when they were served. Judged when a page's time is over, so that what may
 * still come is not missed.
 */
import type { Clock } from '../domain/clock.ts';
import { createSlidingSums } from './sliding-sums.ts';

/** One title of a page, with what was predicted for it. */
export interface Prediction {
  /** Its row. */
  readonly title: number;
  /** P(taken), the place's chance to be looked at among it. */
  readonly take: number;
  /** P(finished | taken). */
  readonly finish: number;
}

/** What is read of an event. */
export interface Outcome {
  readonly type: string;
  readonly requestId?: string;
  readonly title?: string;
  readonly watchedFraction?: number;
}

export const CALIBRATED_HEADS = ['take', 'finish'] as const;
export type CalibratedHead = (typeof CALIBRATED_HEADS)[number];

export interface CalibrationWatch {
  served(requestId: string, predictions: readonly Prediction[]): void;
  heard(event: Outcome): void;
  /** What `calibrationOf` reads. Those of several processes may be added up. */
  sums(): Float64Array;
}

export interface CalibrationConfig {
  readonly clock: Clock;
  /** As events name them, by their rows. */
  readonly titleIds: readonly string[];
  /** From a page on, what comes later is not waited for. Default: 30 minutes. */
  readonly joinMs?: number;
  /** Pages that wait at a time. Others are left out meanwhile: those that wait shall be judged. Default: 1,000. */
  readonly mostPages?: number;
  /** Default: 24 slices of an hour. */
  readonly sliceMs?: number;
  readonly slices?: number;
  /** A play of at least this share is finished. */
  readonly finishedFraction: number;
}

const BINS = 10;
/** For each head and bin: how many, the sum of predictions, how many came true. */
const PER_BIN = 3;

/** Thousands of pages wait at a time, so a page is one run of numbers: for each title its row, P(taken), P(finished) and what was seen of it. */
interface Waiting {
  readonly servedAt: number;
  readonly titles: Float64Array; // [n, PER_TITLE]
}
const PER_TITLE = 4;
const [TITLE, TAKE, FINISH, SEEN] = [0, 1, 2, 3];
const [SHOWN, TAKEN, FINISHED] = [1, 2, 4];

export const createCalibrationWatch = (config: CalibrationConfig): CalibrationWatch => {
  const { clock, titleIds, finishedFraction, joinMs = 30 * 60_000, mostPages = 1_000 } = config;
  const { sliceMs = 3_600_000, slices = 24 } = config;
  const size = CALIBRATED_HEADS.length * BINS * PER_BIN;
  const sums = createSlidingSums({ size, sliceMs, slices, clock });
  const waiting = new Map<string, Waiting>(); // in the order of their time
  const count = (head: CalibratedHead, p: number, cameTrue: boolean): void => {
    const bin = Math.min(BINS - 1, Math.floor(p * BINS));
    const at = (CALIBRATED_HEADS.indexOf(head) * BINS + bin) * PER_BIN;
    sums.add(at, 1);
    sums.add(at + 1, p);
    if (cameTrue) sums.add(at + 2, 1);
  };
  const settle = (): void => {
    const until = clock.now() - joinMs;
    for (const [requestId, { servedAt, titles }] of waiting) {
      if (servedAt > until) return;
      waiting.delete(requestId);
      for (let at = 0; at < titles.length; at += PER_TITLE) {
        const seen = titles[at + SEEN];
        if ((seen & SHOWN) === 0) continue;
        const taken = (seen & TAKEN) !== 0;
        count('take', titles[at + TAKE], taken);
        if (taken) count('finish', titles[at + FINISH], (seen & FINISHED) !== 0);
      }
    }
  };
  return {
    served(requestId, predictions) {
      settle();
      if (waiting.size >= mostPages) return;
      const titles = Float64Array.from(
        predictions.flatMap(({ title, take, finish }) => [title, take, finish, 0]),
      );
      waiting.set(requestId, { servedAt: clock.now(), titles });
    },
    heard({ type, requestId, title, watchedFraction = 0 }) {
      if (requestId === undefined || title === undefined) return;
      const titles = waiting.get(requestId)?.titles ?? new Float64Array(0);
      for (let at = 0; at < titles.length; at += PER_TITLE) {
        if (titleIds[titles[at + TITLE]] !== title) continue;
        if (type === 'impression') titles[at + SEEN] |= SHOWN;
        if (type === 'click' || type === 'play') titles[at + SEEN] |= TAKEN;
        if (type === 'finish' || watchedFraction >= finishedFraction) titles[at + SEEN] |= FINISHED;
      }
    },
    sums() {
      settle();
      return sums.total();
    },
  };
};

export interface Calibration {
  readonly head: CalibratedHead;
  readonly n: number;
  readonly observed: number;
  readonly expected: number;
  /** observed / expected; NaN of nothing. */
  readonly ratio: number;
  /** Of the ratio. */
  readonly interval: readonly [number, number];
  /** Mean distance of predicted and observed rate over bins of equal width, weighted by their n. */
  readonly ece: number;
  /** The whole interval is out of the tolerance. */
  readonly miscalibrated: boolean;
}

export interface CalibrationLimits {
  /** Ratios from 1 / tolerance to tolerance are good enough. */
  readonly tolerance: number;
  /** Standard errors from the ratio to an end of its interval. */
  readonly z: number;
  readonly fewestExpected: number;
}

export const CALIBRATION_LIMITS: CalibrationLimits = { tolerance: 1.25, z: 3.29, fewestExpected: 30 };

/**
 * The interval is Byar's of a Poisson count over what was expected:
 *   O (1 - 1 / (9 O) - z / (3 sqrt O))^3 / E   to   (O + 1) (1 - 1 / (9 (O + 1)) + z / (3 sqrt(O + 1)))^3 / E
 * @see Breslow & Day, "Statistical Methods in Cancer Research", volume II, 1987, section 2.3
 */
export const calibrationOf = (
  sums: Float64Array,
  limits: CalibrationLimits = CALIBRATION_LIMITS,
): Calibration[] =>
  CALIBRATED_HEADS.map((head, h): Calibration => {
    let [n, expected, observed, excess] = [0, 0, 0, 0];
    for (let bin = 0; bin < BINS; bin++) {
      const at = (h * BINS + bin) * PER_BIN;
      n += sums[at];
      expected += sums[at + 1];
      observed += sums[at + 2];
      excess += Math.abs(sums[at + 1] - sums[at + 2]);
    }
    const interval = ratioInterval(observed, expected, limits.z);
    const isOut = interval[0] > limits.tolerance || interval[1] < 1 / limits.tolerance;
    return {
      ...{ head, n, observed, expected, interval },
      ratio: observed / expected,
      ece: excess / n,
      miscalibrated: expected >= limits.fewestExpected && isOut,
    };
  });

const ratioInterval = (observed: number, expected: number, z: number): [number, number] => {
  const end = (count: number, side: number): number =>
    count === 0
      ? 0
      : (count * Math.max(0, 1 - 1 / (9 * count) + (side * z) / (3 * Math.sqrt(count))) ** 3) / expected;
  return [end(observed, -1), end(observed + 1, 1)];
};
