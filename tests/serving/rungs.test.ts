/** What a member is served when something better cannot be made, rung by rung; and the page of a moment ago. */
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { dependencyError } from '../../src/domain/errors.ts';
import { overloadedError } from '../../src/serving/admission/overloaded.ts';
import { HOMEPAGE_ROUTE, shedPages } from '../../src/serving/http/shed-pages.ts';
import type { Server } from '../../src/serving/http/typed-fastify.ts';
import type { Scorer } from '../../src/serving/pipelines/scorer.ts';
import { createScorer } from '../../src/serving/pipelines/scoring.ts';
import { openScoring } from '../../src/serving/scoring/open-scoring.ts';
import { plantedModels } from './planted-scoring.ts';
import { dataset, type ServingChanges, startServing } from './serving-fixture.ts';

const isAway = (): Promise<never> => Promise.reject(dependencyError('away', 'the thing is away'));
const isBroken = (): Promise<never> => Promise.reject(new TypeError('x is undefined'));
const broken = (): never => {
  throw new TypeError('x is undefined');
};
/** A scorer with no room for anybody. */
const full: Scorer = {
  page: () => Promise.reject(overloadedError()),
  list: () => Promise.reject(overloadedError()),
  turnsAway: () => true,
};

const serve = async (changes: ServingChanges = {}) => {
  const serving = await startServing(changes);
  const page = async (headers: Record<string, string> = {}, query = '') => {
    const answer = await serving.app.inject({ url: `/v1/members/member-0/homepage${query}`, headers });
    return { status: answer.statusCode, headers: answer.headers, ...answer.json() };
  };
  return { ...serving, page };
};

describe('the rungs of a homepage', () => {
  it('begin with the personalised page', async () => {
    const { page } = await serve();
    expect(await page()).toMatchObject({ status: 200, origin: 'personalised', degraded: [] });
  });

  it('go on with the last page of the member where nobody has room', async () => {
    let scorer: Scorer | undefined;
    const room: Scorer = {
      page: (...args) => scorer?.page(...args) ?? Promise.resolve(undefined),
      list: (...args) => scorer?.list(...args) ?? Promise.resolve(undefined),
      turnsAway: () => scorer === full,
    };
    const { parts } = await openScoring({
      ...{ catalogue: dataset, models: plantedModels, own: {} },
      tried: async () => [],
    });
    scorer = createScorer(parts);
    const { page, app } = await serve({ pipeline: { ...parts, scorer: room } });
    const first = await page();
    expect(first.origin).toBe('personalised');
    scorer = full;
    const shed = await page();
    expect(shed).toMatchObject({ status: 200, origin: 'cached', degraded: [{ reason: 'shed' }] });
    expect(shed.rows).toEqual(first.rows);
    expect(shed.headers['x-page-origin']).toBe('cached');
    const title = first.rows[0].titles[0].id;
    const payload = { type: 'play', eventId: 'e1', member: 'member-0', title, watchedFraction: 1 };
    expect((await app.inject({ method: 'POST', url: '/v1/events', payload })).statusCode).toBe(200);
    const { rows, origin } = await page();
    expect(origin).toBe('cached');
    const shown = rows.flatMap((row: { titles: { id: string }[] }) => row.titles.map(({ id }) => id));
    expect(shown.length).toBeGreaterThan(5);
    expect(shown).not.toContain(title); // what was watched since is gone, however busy the server is
  });

  it('then with the popular page, made once for all', async () => {
    const { page, metrics } = await serve({ pipeline: { scorer: full } });
    const [one, two] = [await page(), await page()];
    expect(one).toMatchObject({ status: 200, origin: 'popular' });
    expect(one.degraded).toEqual([{ stage: 'scoring', reason: 'shed' }]);
    expect(two.rows).toEqual(one.rows);
    const { text } = await metrics.expose();
    expect(text).toContain('marquee_pages_total{origin="popular"} 2');
    expect(text).toContain('marquee_degraded_total{stage="scoring",reason="shed"} 2');
  });

  it('turn away what nobody waits for, with when to come back', async () => {
    const { page } = await serve({ pipeline: { scorer: full } });
    for (const headers of [{ 'sec-purpose': 'prefetch' }, { purpose: 'prefetch' }]) {
      const shed = await page(headers);
      expect(shed).toMatchObject({ status: 503, error: { code: 'overloaded' } });
      expect(shed.headers['retry-after']).toBe('1');
    }
  });

  it('end with a static page where pipeline, store and threads are all broken', async () => {
    const { page, metrics } = await serve({
      pipeline: {
        sources: [{ generator: { name: 'one', generate: isAway } }],
        popularity: { name: 'popularity', generate: isBroken },
        profiles: { profile: isBroken, coldStart: broken },
        scorer: { page: isBroken, list: isBroken },
        artworks: { forTitles: isBroken, defaults: broken },
      },
    });
    const last = await page();
    expect(last).toMatchObject({
      status: 200,
      origin: 'static',
      degraded: [{ stage: 'request', reason: 'bug' }],
    });
    expect(last.rows[0].titles.length).toBeGreaterThan(10);
    expect(last.rows[0].titles[0].artwork).not.toBeNull();
    expect((await metrics.expose()).text).toContain('marquee_pages_total{origin="static"} 1');
  });
});

describe('a page of a moment ago', () => {
  const changes: ServingChanges = { pipeline: { freshMs: 10_000 } };

  it('is served again for so long, to the same device, unless a new one is asked for', async () => {
    const { page, pass } = await serve(changes);
    const first = await page({ 'x-request-id': 'one' });
    const again = await page({ 'x-request-id': 'two' });
    expect(first.origin).toBe('personalised');
    expect(again).toMatchObject({ origin: 'cached', requestId: 'two', degraded: [] });
    expect(again.rows).toEqual(first.rows);
    expect((await page({ 'cache-control': 'no-cache' })).origin).toBe('personalised');
    const devices = dataset.vocabulary.devices.map((device) => `?device=${device}`);
    const origins: string[] = [];
    for (const device of [...devices, devices[0]]) origins.push((await page({}, device)).origin);
    expect(origins.slice(-2)).toEqual(['personalised', 'personalised']); // the last was made for another
    expect((await page({}, devices[0])).origin).toBe('cached');
    pass(10_000);
    expect((await page({}, devices[0])).origin).toBe('personalised');
  });

  it('is not served once anything more is known of the member, whoever wrote it', async () => {
    const { page, app, store, profiles } = await serve(changes);
    await page();
    const event = { type: 'play', eventId: 'e1', member: 'member-0', title: 'title-5', watchedFraction: 1 };
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/events',
      payload: { ...event, device: 'tv' },
    });
    expect(answer.statusCode, answer.body).toBe(200);
    expect((await page()).origin).toBe('personalised');
    expect((await page()).origin).toBe('cached');
    const bytes = (await store.get(profiles.keyOf('member-0'))) ?? new Uint8Array(0);
    const changed = Uint8Array.from(bytes);
    changed[8] += 1; // one play more, as another process would write it
    await store.put(profiles.keyOf('member-0'), changed);
    expect((await page()).origin).toBe('personalised');
  });
});

describe('pages while the thread that serves is behind', () => {
  const app = async (isBehind: boolean, turnsAway: boolean) => {
    const server = Fastify() as unknown as Server;
    const pipeline = { turnsAway: () => turnsAway };
    shedPages(server, { router: { of: () => pipeline } as never, isBehind: () => isBehind });
    server.get(HOMEPAGE_ROUTE, async () => ({}));
    server.get('/other', async () => ({}));
    return async (url: string) => {
      const { statusCode, headers } = await server.inject(url);
      return [statusCode, headers['retry-after']];
    };
  };

  it('are turned away before anything is done for them, where nobody has room', async () => {
    expect(await (await app(true, true))('/v1/members/m/homepage')).toEqual([503, '1']);
    expect(await (await app(true, false))('/v1/members/m/homepage')).toEqual([200, undefined]);
    expect(await (await app(false, true))('/v1/members/m/homepage')).toEqual([200, undefined]);
    expect(await (await app(true, true))('/other')).toEqual([200, undefined]);
  });
});
