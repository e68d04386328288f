/**
 * A version that ranks for some requests what it would serve, after they were answered, and is compared with what
 * serves. One at a time, those beyond are passed over: no answer waits for it. It ranks and nothing else, so nothing is
 * written for its sake.
 */
import { placementOf } from '../../evaluation/ab/assignment.ts';
import { kendallTau } from '../../evaluation/rank-correlation.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import type { OpenVersion } from '../open-version.ts';
import type { Ask, HomePipeline } from '../pipelines/home.ts';
import type { RankedTitles } from '../pipelines/scorer.ts';

/** One request as both versions rank it. */
export interface ShadowComparison {
  /** Share of the ten best that both have. */
  readonly overlapAt10: number;
  /** Kendall's tau over the titles that both rank, [-1, 1]; 0 where they are fewer than two. */
  readonly rankCorrelation: number;
  /** Mean score of the shadow's ten best less that of the ten best that are served. */
  readonly scoreDrift: number;
  readonly servedMs: number;
  readonly shadowMs: number;
}

export interface ShadowObserver {
  compared(comparison: ShadowComparison): void;
  /** `passed-over`: another one was under way. */
  notCompared(why: 'failed' | 'passed-over'): void;
}

export interface ShadowState {
  readonly version: string;
  readonly compared: number;
  readonly failed: number;
  readonly passedOver: number;
  /** Means over what was compared; absent while nothing was. */
  readonly means?: ShadowComparison;
}

export interface Shadow {
  /** Hears of a request that was answered. Returns at once. */
  answered(ask: Ask): void;
  state(): ShadowState;
  /** Waits for the comparison under way, then closes the version. */
  close(): Promise<void>;
}

export interface ShadowParts {
  readonly shadow: OpenVersion;
  /** The pipeline that answers everybody now. */
  readonly serving: () => HomePipeline;
  /** Share of the requests that are compared. Default 0.1. */
  readonly share?: number;
  readonly observer: ShadowObserver;
  readonly timers?: Timers;
}

const COMPARED = 100;
const TOP = 10;

export const createShadow = (parts: ShadowParts): Shadow => {
  const { shadow, serving, share = 0.1, observer, timers = systemTimers } = parts;
  const placement = placementOf(`shadow/${shadow.name}`);
  const counts = { compared: 0, failed: 0, passedOver: 0 };
  const sums = { overlapAt10: 0, rankCorrelation: 0, scoreDrift: 0, servedMs: 0, shadowMs: 0 };
  let underWay: Promise<void> | undefined;
  let closed = false;

  const ranked = async (pipeline: HomePipeline, ask: Ask) => {
    const startedAt = timers.now();
    const { value, reports } = await pipeline.recommendations(
      { ...ask, k: COMPARED, priority: 'prefetch' }, // nobody waits for it
      UNWATCHED,
    );
    const broken = reports.find(({ degraded }) => degraded === 'bug');
    if (broken !== undefined) throw broken.error;
    return { value, ms: timers.now() - startedAt };
  };
  const compare = async (ask: Ask): Promise<void> => {
    try {
      const served = await ranked(serving(), ask);
      const shadowed = await ranked(shadow.pipeline, ask);
      const comparison = {
        ...compareRankings(served.value, shadowed.value),
        ...{ servedMs: served.ms, shadowMs: shadowed.ms },
      };
      counts.compared += 1;
      for (const key of Object.keys(sums) as (keyof ShadowComparison)[]) sums[key] += comparison[key];
      observer.compared(comparison);
    } catch {
      counts.failed += 1; // of whatever kind: it is a finding about the version, not a failure of this server
      observer.notCompared('failed');
    }
  };

  return {
    answered(ask) {
      if (closed || placement(ask.requestId) >= share) return;
      if (underWay !== undefined) {
        counts.passedOver += 1;
        observer.notCompared('passed-over');
        return;
      }
      underWay = new Promise<void>((resolve) => timers.after(0, resolve)) // the answer leaves first
        .then(() => compare({ ...ask, requestId: `shadow-${ask.requestId}` }))
        .finally(() => {
          underWay = undefined;
        });
    },
    state() {
      const { compared } = counts;
      const entries = Object.entries(sums).map(([key, sum]) => [key, sum / compared]);
      const means = compared === 0 ? {} : { means: Object.fromEntries(entries) as ShadowComparison };
      return { version: shadow.name, ...counts, ...means };
    },
    async close() {
      closed = true;
      await underWay;
      await shadow.close();
    },
  };
};

const UNWATCHED = { stageEnded: () => undefined, bugFound: () => undefined };

/** What two rankings of one request have in common. */
export const compareRankings = (
  served: RankedTitles,
  shadowed: RankedTitles,
): Pick<ShadowComparison, 'overlapAt10' | 'rankCorrelation' | 'scoreDrift'> => {
  const places = new Map(Array.from(served.titles, (title, place) => [title, place]));
  const common = Array.from(shadowed.titles, (title, place) => [places.get(title), place] as const).filter(
    (pair): pair is readonly [number, number] => pair[0] !== undefined,
  );
  const best = new Set(served.titles.subarray(0, TOP));
  const shared = shadowed.titles.subarray(0, TOP).filter((title) => best.has(title)).length;
  const topMean = ({ scores }: RankedTitles): number =>
    scores.subarray(0, TOP).reduce((sum, score) => sum + score, 0) / Math.min(TOP, scores.length);
  return {
    overlapAt10: shared / Math.min(TOP, Math.max(1, served.titles.length)),
    rankCorrelation:
      common.length < 2
        ? 0
        : kendallTau(
            common.map(([place]) => place),
            common.map(([, place]) => place),
          ),
    scoreDrift: topMean(shadowed) - topMean(served),
  };
};
