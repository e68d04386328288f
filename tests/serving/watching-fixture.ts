/** A planted server whose ranker reads features of its own, watched as a service is. */
import type { FeatureMatrix } from '../../src/domain/request.ts';
import { type Snapshot, snapshotOf } from '../../src/monitoring/drift.ts';
import { createMetrics } from '../../src/monitoring/metrics.ts';
import { FULLY_EXAMINED } from '../../src/ranking/examination.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { sharedSums } from '../../src/serving/stores/shared-sums.ts';
import { type PageSeen, startServerWatch, type WatchParts } from '../../src/serving/watching/server-watch.ts';
import { manualTimers } from './manual-timers.ts';
import { dataset, NOW, type ServingChanges, startServing } from './serving-fixture.ts';

/** Of a title for a member: two features that vary with both. */
export const plantedFeatures = (memberId: string, title: number, shift = 0): [number, number] => [
  (title % 7) + (memberId.length % 3) + shift,
  Math.sin(title + memberId.charCodeAt(memberId.length - 1)),
];
export const FEATURES = ['planted', 'wave'];

export interface WatchedChanges extends ServingChanges {
  /** Added to the first feature as it is served. */
  readonly shift?: () => number;
  readonly watch?: Partial<WatchParts>;
}

/** Every page brings its evidence; snapshots are of the features without any shift. */
export const startWatched = async (changes: WatchedChanges = {}) => {
  let now = NOW;
  const clock = { now: () => now };
  const { shift = () => 0 } = changes;
  const titles = dataset.titles.ids.length;
  const snapshots: Snapshot[] = FEATURES.map((name, f) =>
    snapshotOf(
      name,
      dataset.members.ids.flatMap((id) =>
        Array.from({ length: titles }, (_, title) => plantedFeatures(id, title)[f]),
      ),
      400,
    ),
  );
  const store = changes.store ?? createMemoryStore(clock);
  const metrics = createMetrics();
  const seen: PageSeen[] = [];
  const failures: unknown[] = [];
  const watch = startServerWatch({
    ...{ clock, metrics, titleIds: dataset.titles.ids, servedShare: 1, timers: manualTimers() },
    exchange: sharedSums(store, { prefix: 'watch', keepMs: 120_000 }),
    isMember: (id) => dataset.members.ids.includes(id),
    versions: () => [{ name: 'v1', snapshots, examination: FULLY_EXAMINED, learnedUntil: NOW }],
    versionState: () => ({ serving: 'v1', refused: [] }),
    onEvidence: (page) => void seen.push(page),
    onFailure: (error) => void failures.push(error),
    ...changes.watch,
  });
  const serving = await startServing({
    ...changes,
    ...{ store, clock },
    pipeline: {
      features: {
        assemble: ({ memberId }, { items }): FeatureMatrix => ({
          names: FEATURES,
          rows: items.length,
          values: Float32Array.from([...items].flatMap((title) => plantedFeatures(memberId, title, shift()))),
        }),
      },
      ranker: {
        name: 'planted',
        featureNames: FEATURES,
        score: async (_request, { items }) => ({
          combined: Float32Array.from(items, (_, i) => -i),
          heads: {
            click: new Float32Array(items.length).fill(0.2),
            finish: new Float32Array(items.length).fill(0.5),
          },
        }),
      },
      ...changes.pipeline,
    },
    app: { ...changes.app, watch, metrics },
  });
  const homepage = (member: string, requestId: string) =>
    serving.app.inject({ url: `/v1/members/${member}/homepage`, headers: { 'x-request-id': requestId } });
  return {
    ...serving,
    ...{ watch, metrics, seen, failures, homepage },
    pass(ms: number) {
      now += ms;
    },
    async status() {
      return (await serving.app.inject({ url: '/v1/status' })).json();
    },
    async post(events: readonly object[]) {
      const reply = await serving.app.inject({ method: 'POST', url: '/v1/events', payload: [...events] });
      if (reply.statusCode !== 200) throw new Error(reply.body);
    },
    async close() {
      await watch.close();
      await serving.app.close();
    },
  };
};
