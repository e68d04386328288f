/** Versions without models: what they answer is said by the test, and a closed one answers nothing. */
import { dependencyError } from '../../src/domain/errors.ts';
import type { OpenVersion } from '../../src/serving/open-version.ts';
import { installedIn } from '../../src/serving/pipelines/compare.ts';
import type { Degradation, Dressed, Served } from '../../src/serving/pipelines/journey.ts';
import type { Ask } from '../../src/serving/pipelines/parts.ts';
import type { StageReport } from '../../src/serving/stage.ts';

/** An answer in which the stage, if there is one, fell back for this reason. */
export const fakePage = (
  degraded: readonly Degradation[] = [],
  errors: readonly unknown[] = [],
): Served<Dressed> => ({
  value: { origin: 'personalised', rows: [] },
  degraded,
  reports: degraded.map(
    ({ stage, reason }, i): StageReport => ({
      ...{ stage, status: 'failed', startMs: 0, budgetMs: 50, durationMs: 1, degraded: reason },
      error: errors[i],
    }),
  ),
});

export interface FakeVersion extends OpenVersion {
  readonly closed: boolean;
}

export const fakeVersion = (
  name: string,
  answer: (ask: Ask) => Served<Dressed> | Promise<Served<Dressed>> = () => fakePage(),
): FakeVersion => {
  let closed = false;
  const unused = (): never => {
    throw new Error('this version makes pages alone');
  };
  return {
    name,
    hasArtworks: false,
    index: { kind: 'none', reason: 'a fake' },
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
      installed: installedIn(undefined),
      compare: unused,
      async homepage(ask) {
        const page = await answer(ask);
        if (closed) throw dependencyError('version-closed', `${name}: closed while it answered`);
        return page;
      },
    },
  };
};
