/** Threads that score: the same pages as here, a bounded queue before them, and no failed request where one dies. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scoringWorkerFile } from '../../src/cli/bundle.ts';
import { systemTimers, type Timers } from '../../src/serving/deadline.ts';
import type { Dressed, Served } from '../../src/serving/pipelines/journey.ts';
import { openScoring, servingRng } from '../../src/serving/scoring/open-scoring.ts';
import { openScoringPool, type PoolConfig, type ScoringPool } from '../../src/serving/scoring/pool.ts';
import { plantedModels } from './planted-scoring.ts';
import { dataset, startServing } from './serving-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-scoring-'));
const [ranker, died, ranked] = ['ranker.mjs', 'died', 'ranked'].map((name) => join(folder, name));
let workerFile = '';
const pools: ScoringPool[] = [];

/** Ends its thread once for member-1, holds it for 400 ms for member-2, and writes down for whom it worked. */
const RANKER = `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
const [died, ranked] = ${JSON.stringify([died, ranked])};
export default () => ({
  name: 'own',
  featureNames: [],
  async score({ memberId }, pool) {
    appendFileSync(ranked, memberId + ' ');
    if (memberId === 'member-1' && !existsSync(died)) {
      writeFileSync(died, '');
      process.exit(1);
    }
    const until = performance.now() + 400;
    while (memberId === 'member-2' && performance.now() < until);
    return { combined: Float32Array.from(pool.items, (title) => title), heads: {} };
  },
});`;

/** Deadlines of the thread that serves that never come; threads have clocks of their own. */
const patient: Timers = { ...systemTimers, now: () => 0, after: () => () => undefined };
/** And nor do those of the threads. */
const never = { deadlineIn: (): number => Number.POSITIVE_INFINITY };
const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };

beforeAll(async () => {
  workerFile = (await scoringWorkerFile()) ?? '';
  writeFileSync(ranker, RANKER);
}, 60_000);
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  for (const file of [died, ranked]) rmSync(file, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const serve = async (
  config: Partial<PoolConfig> & { readonly own?: boolean; readonly timers?: Timers } = {},
) => {
  const { own = false, timers = patient, ...changes } = config;
  const { parts } = await openScoring({
    ...{ catalogue: dataset, models: plantedModels, own: {} },
    tried: async () => [],
  });
  const { titles, vocabulary } = dataset;
  const pool = await openScoringPool({
    ...{ workerFile, threads: 1 },
    setup: {
      catalogue: { titles, vocabulary },
      models: plantedModels,
      own: own ? { ranker } : {},
      unhurried: true,
    },
    ...changes,
  });
  pools.push(pool);
  const pipeline = { ...parts, rng: servingRng(plantedModels), timers };
  const here = await startServing({ pipeline });
  const there = await startServing({ pipeline: { ...pipeline, scorer: pool } });
  await Promise.all([here.app.close(), there.app.close()]);
  const page = (memberId: string, requestId = `r-${memberId}`): Promise<Served<Dressed>> =>
    there.pipeline.homepage({ requestId, memberId }, unwatched);
  return { here: here.pipeline, there: there.pipeline, pool, page };
};

describe('pages scored on another thread', () => {
  it('are those that this thread makes, with what each stage did', async () => {
    const { here, there } = await serve(never);
    for (const memberId of ['member-0', 'member-3', 'nobody']) {
      const ask = { requestId: `r-${memberId}`, memberId };
      const [ours, theirs] = [await here.homepage(ask, unwatched), await there.homepage(ask, unwatched)];
      expect(theirs.degraded).toEqual([]);
      expect(theirs.value).toEqual(ours.value);
      const names = ours.reports.map(({ stage }) => stage);
      expect(theirs.reports.map(({ stage }) => stage).filter((stage) => stage !== 'scoring')).toEqual(names);
      const lists = [here, there].map((each) => each.recommendations({ ...ask, k: 5 }, unwatched));
      const [list, same] = await Promise.all(lists);
      expect(same.value).toEqual(list.value);
    }
  });

  it('survive the death of a thread', async () => {
    const deaths: unknown[] = [];
    const { page, pool } = await serve({ own: true, onDeath: (error) => deaths.push(error), ...never });
    const before = pool.threadIds;
    const pages = await Promise.all(['member-0', 'member-1', 'member-3'].map((id) => page(id)));
    expect(existsSync(died)).toBe(true);
    expect(deaths.length).toBeGreaterThan(0);
    for (const { value, degraded } of pages) {
      expect(degraded).toEqual([]);
      expect(value.origin).toBe('personalised');
    }
    expect(pool.threadIds).not.toEqual(before);
    expect((await page('member-0', 'again')).value.origin).toBe('personalised');
  });

  it('are not begun once their time is over', async () => {
    const deadlines = [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY];
    const { page } = await serve({ own: true, deadlineIn: () => deadlines.shift() ?? 0 });
    expect((await page('member-4')).value.origin).toBe('personalised');
    const { value, degraded } = await page('member-0');
    expect(degraded).toEqual([{ stage: 'scoring', reason: 'late' }]);
    expect(value.origin).toBe('popular');
    expect((await page('member-3')).value.origin).toBe('personalised');
    expect(readFileSync(ranked, 'utf8')).toBe('member-4 member-3 ');
  });

  it('wait in a queue that is no longer than it may be, and the rest is told at once', async () => {
    const { page, there } = await serve({ own: true, tasksPerThread: 1, waitingPerThread: 1, ...never });
    const busy = page('member-2');
    const waiting = page('member-0');
    while (there.turnsAway?.('person') !== true) await new Promise(setImmediate);
    const startedAt = performance.now();
    const { value, degraded } = await page('member-3');
    expect(performance.now() - startedAt).toBeLessThan(200); // of the 400 that the thread is held
    expect(degraded).toEqual([{ stage: 'scoring', reason: 'shed' }]);
    expect(value.origin).toBe('popular');
    const ask = { requestId: 'r', memberId: 'member-3', priority: 'prefetch' } as const;
    await expect(there.homepage(ask, unwatched)).rejects.toThrow('more requests than this server can take');
    expect((await busy).value.origin).toBe('personalised');
    expect((await waiting).degraded).toEqual([{ stage: 'scoring', reason: 'late' }]); // it waited for 400 ms
  });

  it('say what keeps threads from starting', async () => {
    const setup = { catalogue: dataset, models: plantedModels, own: {} };
    const starting = openScoringPool({ workerFile: join(folder, 'nothing.mjs'), threads: 1, setup });
    await expect(starting).rejects.toThrow(/scoring: no thread started/);
  });
});
