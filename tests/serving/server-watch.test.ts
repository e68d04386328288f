import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import type { WatchParts } from '../../src/serving/watching/server-watch.ts';
import { dataset, NOW } from './serving-fixture.ts';
import { plantedFeatures, startWatched, type WatchedChanges } from './watching-fixture.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});
const start = async (changes: WatchedChanges = {}) => {
  const server = await startWatched(changes);
  running.push(server);
  return server;
};
const memberOf = (i: number): string => dataset.members.ids[i % dataset.members.ids.length];

describe('what the ranker saw', () => {
  it('comes along with a page under its request id, for the titles that stand on it', async () => {
    const { homepage, seen } = await start();
    const reply = await homepage(memberOf(3), 'r-1');
    expect(reply.headers['x-request-id']).toBe('r-1');
    expect(seen).toHaveLength(1);
    const { requestId, memberId, modelVersion, page } = seen[0];
    expect({ requestId, memberId, modelVersion }).toEqual({
      ...{ requestId: 'r-1', memberId: memberOf(3), modelVersion: 'v1' },
    });
    const { evidence } = page;
    const shown = reply
      .json()
      .rows.flatMap((row: { titles: { id: string }[] }) => row.titles.map(({ id }) => id));
    expect(shown).toEqual(
      expect.arrayContaining(Array.from(evidence!.titles, (title) => dataset.titles.ids[title])),
    );
    evidence!.titles.forEach((title, i) => {
      const logged = evidence!.features.values.subarray(2 * i, 2 * i + 2);
      expect([...logged]).toEqual(plantedFeatures(memberOf(3), title).map(Math.fround));
    });
  });

  it('is not told of a page that was made for an earlier request, nor where nobody asked', async () => {
    const cached = await start({ pipeline: { freshMs: 60_000 } });
    await cached.homepage(memberOf(1), 'r-1');
    await cached.homepage(memberOf(1), 'r-2');
    expect(cached.seen.map(({ requestId }) => requestId)).toEqual(['r-1']);
    const unasked = await start({ watch: { servedShare: 0 } });
    await unasked.homepage(memberOf(1), 'r-1');
    expect(unasked.seen).toEqual([]);
  });
});

describe('the status of a server', () => {
  it('tells traffic, stages, drift, quality and versions, and no alert while all is well', async () => {
    const { homepage, status, pass, failures } = await start();
    await status();
    for (let i = 0; i < 150; i++) await homepage(memberOf(i), `r-${i}`);
    pass(30_000);
    const found = await status();
    const route = found.traffic.routes.find(
      (each: { route: string }) => each.route === '/v1/members/:id/homepage',
    );
    expect(route).toMatchObject({ perSecond: 5, errorShare: 0 });
    expect(found.traffic.stages.find((each: { stage: string }) => each.stage === 'ranking')).toMatchObject({
      ...{ perSecond: 5, budgetMs: 50, lateShare: 0 },
    });
    expect(found.versions).toEqual({ serving: 'v1', refused: [] });
    expect(found.drift.map(({ name, n }: { name: string; n: number }) => [name, n])).toEqual([
      ['planted', 150],
      ['wave', 150],
    ]);
    expect(found.alerts).toEqual([]);
    expect(failures).toEqual([]);
  });

  it('finds a feature that is served other than it was published, and says what to do', async () => {
    const { homepage, status, pass, metrics } = await start({ shift: () => 4 });
    for (let i = 0; i < 150; i++) await homepage(memberOf(i), `r-${i}`);
    const found = await status();
    expect(found.drift.map(({ drifted }: { drifted: boolean }) => drifted)).toEqual([true, false]);
    expect((await metrics.expose()).text).toContain('marquee_drifted{of="planted"} 1');
    for (let minute = 0; minute < 16; minute++) {
      pass(60_000);
      await status();
    }
    const { alerts } = await status();
    expect(alerts).toContainEqual(
      expect.objectContaining({
        name: 'features-drift',
        state: 'firing',
        todo: expect.stringContaining('drift table'),
      }),
    );
  });

  it('finds features that are no numbers', async () => {
    const { homepage, status } = await start({ shift: () => Number.NaN });
    for (let i = 0; i < 120; i++) await homepage(memberOf(i), `r-${i}`);
    const { quality } = await status();
    expect(quality).toContainEqual(
      expect.objectContaining({ name: 'features.missing', value: 1, failed: true }),
    );
  });

  it('finds that members do not do what was predicted, from the events of the pages', async () => {
    const { homepage, status, pass, post } = await start();
    let count = 0;
    for (let i = 0; i < 40; i++) {
      const member = memberOf(i);
      const { requestId, rows } = (await homepage(member, `r-${i}`)).json();
      const titles = rows.flatMap((row: { titles: { id: string }[] }) => row.titles);
      await post(
        titles.map(({ id }: { id: string }) => ({
          ...{ eventId: `i${++count}`, type: 'impression', member, title: id, requestId },
        })),
      );
      // a click in 20 where one in 5 was predicted
      const clicked = titles.filter((_: unknown, t: number) => (t + i) % 20 === 0);
      if (clicked.length === 0) continue;
      await post(
        clicked.map(({ id }: { id: string }) => ({
          ...{ eventId: `c${++count}`, type: 'click', member, title: id, requestId },
        })),
      );
    }
    pass(31 * 60_000);
    const { calibration } = await status();
    expect(calibration[0]).toMatchObject({ head: 'take', miscalibrated: true });
    expect(calibration[0].ratio).toBeLessThan(0.5);
  });

  it('counts unknown titles in the events', async () => {
    const { status, post } = await start();
    const unknown = (i: number) => ({
      eventId: `u${i}`,
      type: 'click',
      member: memberOf(i),
      title: 'nowhere',
    });
    await post(Array.from({ length: 120 }, (_, i) => unknown(i)));
    const { quality } = await status();
    expect(quality).toContainEqual(
      expect.objectContaining({ name: 'events.unknown-title', value: 1, failed: true }),
    );
  });

  it('is found once for all who ask within a second', async () => {
    let exchanged = 0;
    const exchange: WatchParts['exchange'] = async (_key, sums) => {
      exchanged += 1;
      return sums;
    };
    const { status, pass } = await start({ watch: { exchange } });
    await status();
    const once = exchanged;
    await Promise.all(Array.from({ length: 20 }, status));
    pass(999);
    await status();
    expect(exchanged).toBe(once);
    pass(1);
    await status();
    expect(exchanged).toBeGreaterThan(once);
  });

  it('is that of all processes, whichever is asked', async () => {
    const store = createMemoryStore({ now: () => NOW });
    const [one, other] = [await start({ store }), await start({ store })];
    for (let i = 0; i < 60; i++) await one.homepage(memberOf(i), `r-${i}`);
    for (let i = 0; i < 70; i++) await other.homepage(memberOf(i), `s-${i}`);
    await one.status();
    expect((await other.status()).drift[0].n).toBe(130);
  });
});
