import { describe, expect, it } from 'vitest';
import { createTrending } from '../../src/candidate-gen/trending.ts';
import { HOUR_MS } from '../../src/domain/clock.ts';
import { dependencyError } from '../../src/domain/errors.ts';
import { createRng } from '../../src/domain/rng.ts';
import { FEWEST_PLAYS } from '../../src/features/trending.ts';
import { rowsAsTheyCome } from '../../src/ranking/page/choose-rows.ts';
import { createHomePage } from '../../src/ranking/page/home-page.ts';
import { knowingTrending, type LiveTrending, startLiveTrending } from '../../src/serving/live-trending.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { keysOf } from '../contracts/describe-store.ts';
import { manualTimers } from './manual-timers.ts';
import { dataset, NOW, startServing } from './serving-fixture.ts';

const world = () => {
  let now = NOW;
  const clock = { now: () => now };
  const store = createMemoryStore(clock);
  const failures: unknown[] = [];
  const process = (shared: Store = store): LiveTrending =>
    startLiveTrending({
      ...{ store: shared, clock, timers: manualTimers() },
      onFailure: (error) => failures.push(error),
    });
  return {
    ...{ store, clock, process, failures },
    pass: (ms: number) => {
      now += ms;
    },
  };
};

const played = (live: LiveTrending, region: number, title: number, times: number, at = NOW): void => {
  for (let i = 0; i < times; i++) live.played(region, title, at);
};

describe('what is trending', () => {
  it('is counted over all processes that share a store, each play once', async () => {
    const { process } = world();
    const [one, two] = [process(), process()];
    const rng = createRng(4);
    const exact = new Map<number, number>();
    for (let i = 0; i < 5_000; i++) {
      const title = Math.floor(300 * rng.next() ** 3);
      exact.set(title, (exact.get(title) ?? 0) + 1);
      (i % 2 === 0 ? one : two).played(1, title, NOW - Math.floor(rng.next() * 0.9 * HOUR_MS));
      if (i % 700 === 0) await Promise.all([one.exchange(), two.exchange()]);
    }
    await one.exchange();
    await two.exchange();
    await one.exchange();
    const expected = [...exact].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 100);
    for (const live of [one, two]) {
      const told = live.of(1);
      expect(Array.from(told?.titles ?? [], (title, i) => [title, told?.plays[i]])).toEqual(expected);
    }
  });

  it('is of the region where it has enough plays, of all where it has not, and of nobody where all have not', async () => {
    const { process } = world();
    const live = process();
    played(live, 1, 10, FEWEST_PLAYS - 1);
    await live.exchange();
    expect(live.of(1)).toBeUndefined();
    played(live, 2, 20, FEWEST_PLAYS);
    await live.exchange();
    expect(live.of(2)?.titles).toEqual(Uint32Array.of(20));
    expect(live.of(1)?.titles).toEqual(Uint32Array.of(20, 10));
    played(live, 1, 10, 1);
    await live.exchange();
    expect(live.of(1)?.titles).toEqual(Uint32Array.of(10));
  });

  it('is forgotten when the hour is over, and what comes later than that is not counted', async () => {
    const { process, pass } = world();
    const live = process();
    played(live, 1, 10, FEWEST_PLAYS);
    played(live, 1, 30, 2 * FEWEST_PLAYS, NOW - HOUR_MS);
    await live.exchange();
    expect(live.of(1)?.titles).toEqual(Uint32Array.of(10));
    pass(0.9 * HOUR_MS);
    await live.exchange();
    expect(live.of(1)?.titles).toEqual(Uint32Array.of(10));
    pass(0.1 * HOUR_MS);
    await live.exchange();
    expect(live.of(1)).toBeUndefined();
  });

  it('takes no more room in the store the longer it runs', async () => {
    const { process, pass, store } = world();
    const live = process();
    for (let slice = 0; slice < 100; slice++) {
      live.played(1, 10, NOW + slice * 5 * 60_000);
      await live.exchange();
      pass(5 * 60_000);
    }
    expect((await keysOf(store, 'trending/')).length).toBeLessThanOrEqual(24);
  });

  it('waits in the process while the store is away, and is kept by the store when a process ends', async () => {
    const { process, store } = world();
    let away = true;
    const apply: Store['apply'] = (keys, decide) =>
      away ? Promise.reject(dependencyError('away', 'away')) : store.apply(keys, decide);
    const live = process({ ...store, apply });
    played(live, 1, 10, FEWEST_PLAYS);
    await expect(live.exchange()).rejects.toMatchObject({ code: 'away' });
    away = false;
    await live.close();
    const after = process();
    await after.exchange();
    expect(after.of(1)?.plays).toEqual(Float64Array.of(FEWEST_PLAYS));
  });
});

const told = { titles: Uint32Array.of(33, 5, 21, 8), plays: Float64Array.of(40, 30, 20, 10) };

it('what is trending is proposed before what the logs had, and is none of what the member watched', async () => {
  const counts = Float64Array.from(dataset.titles.ids, (_, title) => title);
  const source = createTrending({ titles: dataset.titles, counts });
  const { profiles } = await startServing();
  const { profile, member } = await profiles.profile('member-1', NOW);
  const request = { ...{ requestId: 'r', memberId: 'member-1', member, at: NOW, device: 1, profile } };
  const ctx = { rng: createRng(1), clock: { now: () => NOW }, signal: new AbortController().signal };
  const unseen = [...told.titles].filter((title) => !profile.historyTitles.includes(title));
  const live = await source.generate({ ...request, trending: told }, 30, ctx);
  const plain = await source.generate(request, 30, ctx);
  expect([...live.items.subarray(0, unseen.length)]).toEqual(unseen);
  expect(new Set(live.items).size).toBe(30);
  expect([...live.items].slice(unseen.length)).toEqual(
    [...plain.items].filter((title) => !unseen.includes(title)).slice(0, 30 - unseen.length),
  );
  for (let i = 1; i < live.scores.length; i++) {
    expect(live.scores[i]).toBeLessThanOrEqual(live.scores[i - 1]);
  }
});

it('plays of the last hour reach the row of the page and the list of the country', async () => {
  const live = world().process();
  const trending = Float64Array.from(dataset.titles.ids, (_, title) => (title < 4 ? 9 : 0));
  const config = { columns: 3, rowCount: 20 };
  const pageBuilder = createHomePage({ catalogue: dataset, trending, choose: rowsAsTheyCome, config });
  const plain = await startServing();
  const { app } = await startServing({
    store: plain.store,
    pipeline: { pageBuilder, profiles: knowingTrending(plain.profiles, live) },
    app: { trending: live },
  });
  const rowOf = async (): Promise<string[]> => {
    const { rows } = (await app.inject('/v1/members/member-1/homepage')).json();
    const row = rows.find(({ template }: { template: string }) => template === 'trending-now');
    return row?.titles.map(({ id }: { id: string }) => id) ?? [];
  };
  const hot = [30, 31, 32, 33, 34, 35, 36, 37].map((title) => `title-${title}`);
  expect((await rowOf()).filter((id) => hot.includes(id))).toEqual([]);
  const payload = Array.from({ length: FEWEST_PLAYS }, (_, i) => ({
    ...{ type: 'play', eventId: `e${i}`, member: `viewer-${i}`, title: hot[i % 8], watchedFraction: 0.9 },
  }));
  await app.inject({ method: 'POST', url: '/v1/events', payload });
  await app.inject({ method: 'POST', url: '/v1/events', payload }); // sent again, they count once
  await live.exchange();
  const row = await rowOf();
  expect(row).toHaveLength(3);
  expect(hot).toEqual(expect.arrayContaining(row));
  const { titles } = (await app.inject('/v1/trending')).json();
  expect(titles.map(({ id, plays }: { id: string; plays: number }) => [id, plays])).toEqual(
    hot.map((id) => [id, FEWEST_PLAYS / 8]),
  );
  expect((await app.inject('/v1/trending?country=nowhere')).statusCode).toBe(400);
  await app.close();
});
