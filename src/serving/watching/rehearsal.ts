/** What a version serves to members as they were when it was published: the snapshot that drift is told against. */
import { fixedClock } from '../../domain/clock.ts';
import type { Catalogue, Members } from '../../domain/tables.ts';
import { type Snapshot, snapshotOf } from '../../monitoring/drift.ts';
import type { PublishedModels } from '../model-version.ts';
import { requestOf } from '../pipelines/journey.ts';
import { type Evidence, POOL_SIZE, type ScoredPage } from '../pipelines/scorer.ts';
import { createScorer } from '../pipelines/scoring.ts';
import { openScoring, servingRng } from '../scoring/open-scoring.ts';
import { runRequest, type Stage } from '../stage.ts';
import { evidenceValues, namesOf } from './evidence.ts';

/** Of members spread evenly over the table. A page takes some milliseconds. */
const PAGES = 300;

/** One snapshot for each feature and prediction of the pages' titles; none where there are no members. */
export const rehearse = async (
  models: PublishedModels,
  { catalogue, members }: { readonly catalogue: Catalogue; readonly members: Members },
  pages = PAGES,
): Promise<Snapshot[]> => {
  const { parts } = await openScoring({ catalogue, models, own: {}, tried: async () => [] });
  const scorer = createScorer(parts);
  const rng = servingRng(models).fork('rehearsal');
  const at = models.meta.publishedAt;
  const count = Math.min(pages, members.ids.length);
  const seen: Evidence[] = [];
  for (let i = 0; i < count; i++) {
    const member = Math.floor((i * members.ids.length) / count);
    const moment = { requestId: `rehearsal-${i}`, memberId: members.ids[member], at };
    const request = requestOf(moment, { member, profile: models.profiles[member] });
    const page: Stage<typeof request, ScoredPage | undefined> = {
      name: 'rehearsal',
      budgetMs: Number.MAX_SAFE_INTEGER,
      failOpen: false,
      run: (of, scope) =>
        scorer.page(
          { request: of, poolSize: POOL_SIZE, priority: 'person', onlyPersonal: true, evidence: true },
          scope,
        ),
      fallback: () => undefined,
    };
    const { outcome } = await runRequest(page, request, {
      ...{ requestId: moment.requestId, clock: fixedClock(at), rng: rng.fork(moment.requestId) },
      timers: { now: () => 0, after: () => () => undefined }, // nobody waits
      observer: {
        stageEnded: () => undefined,
        bugFound(_stage, error) {
          throw error;
        },
      },
    });
    if (outcome.value?.evidence !== undefined) seen.push(outcome.value.evidence);
    if (i % 8 === 0) await new Promise(setImmediate); // let signals and timers through
  }
  if (seen.length === 0) return [];
  const names = namesOf(seen[0]);
  const rows = seen.flatMap((evidence) =>
    Array.from(evidence.titles, (_, title) => evidenceValues(evidence, title, names)),
  );
  return names.map((name, n) =>
    snapshotOf(
      name,
      rows.map((row) => row[n] ?? Number.NaN),
      seen.length,
    ),
  );
};
