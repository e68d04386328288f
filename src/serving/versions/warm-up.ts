/**
 * A version's first pages, made and thrown away before members see any: they compile and fill caches, and tell a
 * version that cannot make them from one that can.
 * @see TensorFlow Serving's warm-up records: without them first requests are slower by orders of magnitude
 */
import { setImmediate } from 'node:timers/promises';
import { bugError, messageOf } from '../../domain/errors.ts';
import type { Ask, HomePipeline } from '../pipelines/home.ts';

const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };

/**
 * Makes the page of each ask, one after another. A stage that is late, or whose dependency is away, is no fault of the
 * version.
 * @throws MarqueeError (bug) naming the version, the member and the stage where a page holds a fallback for a bug
 */
export const warmUp = async (pipeline: HomePipeline, asks: readonly Ask[]): Promise<void> => {
  for (const ask of asks) {
    await setImmediate(); // members who wait for the version that serves come in between
    const { reports } = await pipeline.homepage(ask, unwatched);
    const broken = reports.find(({ degraded }) => degraded === 'bug');
    if (broken === undefined) continue;
    throw bugError(
      'warm-up-failed',
      `version ${pipeline.modelVersion}, warm-up with the page of ${ask.memberId}, stage ${broken.stage}: ${messageOf(broken.error)}`,
      { cause: broken.error },
    );
  }
};
