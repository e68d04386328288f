/** A version without models: what it answers is said by who makes it. A closed one answers nothing. */
import { dependencyError } from '../../domain/errors.ts';
import type { OpenVersion } from '../../serving/open-version.ts';
import { installedIn } from '../../serving/pipelines/compare.ts';
import type { Ask } from '../../serving/pipelines/home.ts';
import type { Degradation, Dressed, Served } from '../../serving/pipelines/journey.ts';
import type { StageReport } from '../../serving/stage.ts';

export interface SimulatedVersion extends OpenVersion {
  readonly closed: boolean;
}

/** A page without rows, on which these stages fell back, and for which errors. */
export const emptyPage = (
  fallbacks: readonly (Degradation & { readonly error?: unknown })[] = [],
): Served<Dressed> => ({
  value: { origin: 'personalised', rows: [] },
  degraded: fallbacks.map(({ stage, reason }) => ({ stage, reason })),
  reports: fallbacks.map(
    ({ stage, reason, error }): StageReport => ({
      ...{ stage, status: 'failed', startMs: 0, budgetMs: 50, durationMs: 1, degraded: reason, error },
    }),
  ),
});

export const simulatedVersion = (
  name: string,
  answer: (ask: Ask) => Served<Dressed> | Promise<Served<Dressed>> = () => emptyPage(),
): SimulatedVersion => {
  let closed = false;
  const unused = (): never => {
    throw new Error('a simulated version makes pages alone');
  };
  return {
    name,
    hasArtworks: false,
    index: { kind: 'none', reason: 'simulated' },
    artworks: { forTitles: unused, defaults: unused, isLoaded: unused, load: unused, dropOthers: unused },
    get closed() {
      return closed;
    },
    fill: async () => undefined,
    async close() {
      closed = true;
    },
    pipeline: {
      modelVersion: name,
      recommendations: unused,
      artwork: unused,
      explain: unused,
      compare: unused,
      installed: installedIn(undefined),
      async homepage(ask) {
        const page = await answer(ask);
        if (closed) throw dependencyError('version-closed', `${name}: closed while it answered`);
        return page;
      },
    },
  };
};
