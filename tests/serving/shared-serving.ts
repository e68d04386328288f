/** A server over the planted world whose store is Redis, with guards that tests switch off to see that they are needed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBreaker, noBreaker } from '../../src/serving/breaker.ts';
import type { Timers } from '../../src/serving/deadline.ts';
import { createApplyEvents } from '../../src/serving/events/apply-events.ts';
import { createJournal } from '../../src/serving/events/journal.ts';
import { startServer } from '../../src/serving/server.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { openRedisStore } from '../../src/serving/stores/redis.ts';
import { startUpkeep } from '../../src/serving/upkeep.ts';
import { dataset, NOW, startServing } from './serving-fixture.ts';

export interface Guards {
  /** Default 1 s; Infinity is none. */
  readonly commandTimeoutMs?: number;
  /** Default true. */
  readonly breaker?: boolean;
  /** Default true. */
  readonly journal?: boolean;
}

const SLOWER = 40;

/** Time that passes forty times slower, so that budgets of milliseconds mean something on a busy machine. */
const slowTimers: Timers = {
  now: () => performance.now() / SLOWER,
  after(delayMs, ring) {
    const timer = setTimeout(ring, SLOWER * delayMs);
    return () => clearTimeout(timer);
  },
};

export const startSharedServing = async (
  ports: readonly number[],
  isCluster: boolean,
  guards: Guards = {},
) => {
  const { commandTimeoutMs = 1_000, breaker = true } = guards;
  const folder = mkdtempSync(join(tmpdir(), 'marquee-journal-'));
  const startedAt = performance.now();
  const clock = { now: () => NOW + Math.floor(performance.now() - startedAt) };
  const store = await openRedisStore({
    address: { nodes: ports.map((port) => ({ host: '127.0.0.1', port })), isCluster, database: 0 },
    namespace: 'planted/',
    clock,
    commandTimeoutMs,
    breaker: breaker ? createBreaker({ name: 'redis', now: () => performance.now() }) : noBreaker,
  });
  const local = openLmdbStore(folder, clock);
  const journal = createJournal(local, clock);
  const serving = await startServing({
    ...{ store, clock, fillLater: true, pipeline: { timers: slowTimers } },
    app: {
      limits: { eventLoopDelayMs: Number.POSITIVE_INFINITY },
      ...(guards.journal === false ? {} : { journal }),
    },
  });
  const { profiles, fill } = serving;
  const isFilled = (): Promise<boolean> =>
    fill().then(
      () => true,
      () => false,
    );
  while (!(await isFilled())) await sleep(50); // a busy machine takes a few tries
  const titleRows = new Map(dataset.titles.ids.map((id, row) => [id, row]));
  const rows = { titleRows, vocabulary: dataset.vocabulary };
  const bugs: unknown[] = [];
  const upkeep = startUpkeep({
    ...{ journal, store, clock, fill, apply: createApplyEvents({ store, profiles, ...rows }) },
    onFailure: (error) => {
      if (!(error instanceof Error && 'kind' in error && error.kind === 'dependency')) bugs.push(error);
    },
  });
  const server = await startServer(serving.app, {
    ...{ host: '127.0.0.1', port: 0, signals: [], drainMs: 500 },
    async onClosed() {
      await upkeep.close();
      await store.close();
      await local.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
  return { ...server, store, bugs };
};
