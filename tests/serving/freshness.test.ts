/** That a page knows the event before it: `bench serving` asks 10,000 times, and two workers too. */
import { afterEach, expect, it } from 'vitest';
import { readAfterEvents } from '../../bench/serving/freshness.ts';
import type { MemberContext } from '../../src/serving/pipelines/parts.ts';
import { startServer } from '../../src/serving/server.ts';
import { dataset, type ServingChanges, startServing } from './serving-fixture.ts';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

const staleReads = async (changes: ServingChanges): Promise<number> => {
  const { app } = await startServing(changes);
  const server = await startServer(app, { host: '127.0.0.1', port: 0, signals: [], drainMs: 100 });
  closings.push(() => server.close());
  const checks = dataset.members.ids.length;
  const { stale, latenciesMs } = await readAfterEvents({
    ...{ origin: server.url, checks, memberIds: dataset.members.ids },
  });
  expect(latenciesMs).toHaveLength(checks);
  return stale;
};

it('a page that is asked for after an event was acknowledged shows it', async () => {
  expect(await staleReads({ pipeline: { freshMs: 60_000 } })).toBe(0);
});

it('and does not where pages are kept whatever their members do', async () => {
  const { profiles, store } = await startServing();
  const profile = async (memberId: string, at: number): Promise<MemberContext> => ({
    ...(await profiles.profile(memberId, at)),
    stamp: new Uint8Array(1),
  });
  const pipeline = { freshMs: 60_000, profiles: { ...profiles, profile } };
  expect(await staleReads({ store, pipeline })).toBeGreaterThan(0);
});

it('and does not where profiles are kept by the process', async () => {
  const { profiles, store } = await startServing();
  const kept = new Map<string, MemberContext>();
  const profile = async (memberId: string, at: number): Promise<MemberContext> => {
    const context = kept.get(memberId) ?? (await profiles.profile(memberId, at));
    kept.set(memberId, context);
    return context;
  };
  const stale = await staleReads({ store, pipeline: { profiles: { ...profiles, profile } } });
  expect(stale).toBeGreaterThan(0);
});
