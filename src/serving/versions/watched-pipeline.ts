/** A pipeline whose answers to one group of members are counted. */
import { MarqueeError } from '../../domain/errors.ts';
import type { Timers } from '../deadline.ts';
import type { HomePipeline } from '../pipelines/home.ts';
import type { Served } from '../pipelines/journey.ts';
import { kindOf } from '../stage.ts';
import type { Place } from './canary-groups.ts';
import { type CanarySums, count } from './canary-sums.ts';

export interface Watch {
  readonly sums: CanarySums;
  /** A page that takes longer counts as slow. */
  readonly slowMs: number;
  readonly timers: Timers;
}

export const watchedPipeline = (pipeline: HomePipeline, place: Place, watch: Watch): HomePipeline => {
  const { sums, slowMs, timers } = watch;
  const watched = async <V>(answer: () => Promise<Served<V>>): Promise<Served<V>> => {
    count(sums, place, 'requests');
    try {
      const served = await answer();
      countFallbacks(sums, place, served);
      return served;
    } catch (thrown) {
      if (kindOf(thrown) !== 'caller') count(sums, place, 'errors');
      throw thrown;
    }
  };
  return {
    ...pipeline,
    async homepage(ask, observer) {
      const startedAt = timers.now();
      count(sums, place, 'pages');
      try {
        return await watched(() => pipeline.homepage(ask, observer));
      } finally {
        if (timers.now() - startedAt > slowMs) count(sums, place, 'slow');
      }
    },
    recommendations: (ask, observer) => watched(() => pipeline.recommendations(ask, observer)),
    artwork: (ask, observer) => watched(() => pipeline.artwork(ask, observer)),
  };
};

const countFallbacks = (sums: CanarySums, place: Place, { reports }: Served<unknown>): void => {
  const fallenBack = reports.filter(({ degraded }) => degraded !== undefined);
  const notFinite = fallenBack.some(
    ({ error }) => error instanceof MarqueeError && error.code === 'scores-not-finite',
  );
  const hasBug = fallenBack.some(({ degraded }) => degraded === 'bug');
  if (notFinite) count(sums, place, 'not-finite');
  else if (hasBug) count(sums, place, 'bugs');
  else if (fallenBack.length > 0) count(sums, place, 'degraded');
};

/** Answers by `first`; where that fails for another reason than the caller's, by `second`. */
export const orElse = (first: HomePipeline, second: HomePipeline): HomePipeline => {
  const either = async <T>(answer: (pipeline: HomePipeline) => Promise<T>): Promise<T> => {
    try {
      return await answer(first);
    } catch (thrown) {
      if (kindOf(thrown) === 'caller') throw thrown;
      return await answer(second);
    }
  };
  return {
    ...first,
    homepage: (ask, observer) => either((pipeline) => pipeline.homepage(ask, observer)),
    recommendations: (ask, observer) => either((pipeline) => pipeline.recommendations(ask, observer)),
    artwork: (ask, observer) => either((pipeline) => pipeline.artwork(ask, observer)),
  };
};
