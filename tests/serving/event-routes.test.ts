import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/domain/clock.ts';
import { dependencyError } from '../../src/domain/errors.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { keysOf } from '../contracts/describe-store.ts';
import { NOW, type Serving, startServing } from './serving-fixture.ts';

let serving: Serving;
beforeAll(async () => {
  serving = await startServing();
});
afterAll(() => serving.app.close());

const post = (body: unknown, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
  serving.app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
const play = (change: object = {}): object => ({
  type: 'play',
  eventId: 'e1',
  member: 'member-1',
  title: 'title-9',
  watchedFraction: 0.5,
  at: NOW,
  ...change,
});
const titlesOf = (page: { rows: { titles: { id: string }[] }[] }): string[] =>
  page.rows.flatMap(({ titles }) => titles.map(({ id }) => id));

describe('POST /v1/events', () => {
  it('shows a play on the next page, and counts it once', async () => {
    const { app } = await startServing();
    const page = async () => (await app.inject('/v1/members/member-1/homepage')).json();
    const before = await page();
    const [title] = titlesOf(before);
    const send = () => app.inject({ method: 'POST', url: '/v1/events', payload: play({ title }) });
    const first = await send();
    expect(first.statusCode).toBe(200);
    expect(first.json().results).toEqual([{ eventId: 'e1', outcome: 'applied' }]);
    const after = await page();
    const rows = after.rows.filter((row: { titles: { id: string }[] }) =>
      row.titles.some(({ id }) => id === title),
    );
    expect(rows.map(({ template }: { template: string }) => template)).toEqual(['continue-watching']);
    expect((await send()).json().results).toEqual([{ eventId: 'e1', outcome: 'duplicate' }]);
    expect(titlesOf(await page())).toEqual(titlesOf(after));
    await app.close();
  });

  it('takes a batch of every kind, with fields that it does not know', async () => {
    const common = { member: 'member-2', title: 'title-3', at: NOW, device: 'tv', requestId: 'r-1' };
    const answer = await post([
      { type: 'impression', eventId: 'i1', row: 0, position: 19, artwork: 'art-3-a', ...common },
      { type: 'click', eventId: 'c1', artwork: 'art-3-a', ...common },
      { type: 'play', eventId: 'p1', watchedFraction: 0, ...common },
      { type: 'thumbs', eventId: 't1', value: 'down', codec: { name: 'av1' }, ...common },
      { type: 'play', eventId: 'p2', watchedFraction: 1, ...common, title: 'not-here' },
      { type: 'play', eventId: 'p1', watchedFraction: 0, ...common },
    ]);
    expect(answer.statusCode).toBe(200);
    const outcomes = answer.json().results.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual(['applied', 'applied', 'applied', 'applied', 'quarantined', 'duplicate']);
  });

  const page = async (app: Serving['app'], member: string, device = 'tv') =>
    (await app.inject(`/v1/members/${member}/homepage?device=${device}`)).json();
  const rowsWith = (found: Awaited<ReturnType<typeof page>>, title: string): string[] =>
    found.rows
      .filter((row: { titles: { id: string }[] }) => row.titles.some(({ id }) => id === title))
      .map(({ template }: { template: string }) => template);

  it('lets a viewing begun on one device go on from there on another, until it is finished', async () => {
    const { app } = await startServing();
    const send = (change: object) =>
      app.inject({ method: 'POST', url: '/v1/events', payload: play({ viewingId: 'v', ...change }) });
    const [title] = titlesOf(await page(app, 'member-1'));
    await send({ eventId: 'a', title, device: 'tv', watchedFraction: 0, at: NOW - 9_000 });
    expect(rowsWith(await page(app, 'member-1', 'phone'), title)).toEqual([]);
    await send({ eventId: 'b', type: 'pause', title, device: 'tv', watchedFraction: 0.4, at: NOW - 5_000 });
    const onPhone = await page(app, 'member-1', 'phone');
    expect(rowsWith(onPhone, title)).toEqual(['continue-watching']);
    const [resumed] = onPhone.rows
      .flatMap(({ titles }: { titles: { id: string }[] }) => titles)
      .filter(({ id }: { id: string }) => id === title);
    expect(resumed.reason.watchedFraction).toBeCloseTo(0.4);
    await send({ eventId: 'c', type: 'stop', title, device: 'phone', watchedFraction: 0.6, at: NOW - 3_000 });
    await send({ eventId: 'd', type: 'finish', title, device: 'phone', at: NOW - 1_000 });
    await send({ eventId: 'e', type: 'pause', title, device: 'tv', watchedFraction: 0.5, at: NOW - 4_000 });
    expect(rowsWith(await page(app, 'member-1', 'tv'), title)).toEqual([]);
    await app.close();
  });

  it('takes a title that was turned down off every row, and back when the member thinks better of it', async () => {
    const { app } = await startServing();
    const judge = (eventId: string, value: string, at: number) =>
      app.inject({
        ...{ method: 'POST', url: '/v1/events' },
        payload: { ...play({ type: 'thumbs', eventId, title, value, at }), watchedFraction: undefined },
      });
    const [title] = titlesOf(await page(app, 'member-1'));
    await judge('down', 'down', NOW - 2_000);
    expect(titlesOf(await page(app, 'member-1'))).not.toContain(title);
    await judge('up', 'up', NOW - 1_000);
    expect(titlesOf(await page(app, 'member-1'))).toContain(title);
    await app.close();
  });

  it('keeps searches, to be offered again, newest first', async () => {
    const { app } = await startServing();
    const search = (eventId: string, query: string, at: number, title?: string) => ({
      ...{ type: 'search', eventId, member: 'member-1', query, at },
      ...(title === undefined ? {} : { title }),
    });
    const payload = [
      search('a', 'whales', NOW - 3_000),
      search('b', 'ships', NOW - 2_000, 'title-4'),
      search('c', 'whales', NOW - 1_000),
      search('d', 'nothing', NOW, 'not-here'),
    ];
    const { results } = (await app.inject({ method: 'POST', url: '/v1/events', payload })).json();
    expect(results.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'applied',
      'applied',
      'applied',
      'quarantined',
    ]);
    const answer = await app.inject('/v1/members/member-1/searches');
    expect(answer.json().searches).toEqual([
      { query: 'whales', at: NOW - 1_000 },
      { query: 'ships', at: NOW - 2_000, title: 'title-4' },
    ]);
    expect((await app.inject('/v1/members/stranger/searches')).json().searches).toEqual([]);
    await app.close();
  });

  it('applies what comes behind the watermark, and counts it as late', async () => {
    const { app, metrics } = await startServing();
    const send = (eventId: string, at: number) =>
      app.inject({ method: 'POST', url: '/v1/events', payload: play({ eventId, at }) });
    await send('week', NOW - 7 * DAY_MS);
    const late = await send('more', NOW - 7 * DAY_MS - 1);
    expect(late.json().results[0].outcome).toBe('applied');
    expect((await metrics.expose()).text).toContain('marquee_events_late_total{type="play"} 1');
    await app.close();
  });

  it('takes an event of a few days ago and one without a time', async () => {
    const { at: _, ...timeless } = play({ eventId: 'now' }) as { at: number };
    const answer = await post([play({ eventId: 'late', at: NOW - 3 * DAY_MS }), timeless]);
    expect(answer.statusCode).toBe(200);
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { x: deep(levels - 1) });
  it.each([
    [
      'a fraction above 1',
      play({ watchedFraction: 1.01 }),
      'watchedFraction',
      'got 1.01, expected a number from 0 to 1',
    ],
    ['a fraction below 0', play({ watchedFraction: -0.1 }), 'watchedFraction', 'got -0.1'],
    ['a fraction as text', play({ watchedFraction: '0.5' }), 'watchedFraction', 'got "0.5"'],
    ['a fraction that is null', play({ watchedFraction: null }), 'watchedFraction', 'got null'],
    ['no fraction', play({ watchedFraction: undefined }), 'watchedFraction', 'got nothing'],
    [
      'a fraction beyond numbers',
      '{"type":"play","eventId":"e","member":"m","title":"t","watchedFraction":1e999}',
      'watchedFraction',
      'got',
    ],
    [
      'an unknown type',
      play({ type: 'rewind' }),
      'type',
      'got "rewind", expected one of play, pause, stop, finish, impression, click, thumbs, search',
    ],
    ['a pause of no viewing', play({ type: 'pause' }), 'viewingId', 'got nothing'],
    [
      'a stop of no progress',
      play({ type: 'stop', viewingId: 'v', watchedFraction: undefined }),
      'watchedFraction',
      'got nothing',
    ],
    ['an empty search', play({ type: 'search', query: '' }), 'query', 'got ""'],
    ['a search without words', play({ type: 'search', query: undefined }), 'query', 'got nothing'],
    ['a type of all objects', play({ type: 'constructor' }), 'type', 'got "constructor"'],
    ['no type', play({ type: undefined }), 'type', 'got nothing'],
    ['no event id', play({ eventId: undefined }), 'eventId', 'got nothing'],
    ['an event id with a slash', play({ eventId: 'a/b' }), 'eventId', 'got "a/b"'],
    ['a number as member', play({ member: 7 }), 'member', 'got 7'],
    ['an empty title', play({ title: '' }), 'title', 'got ""'],
    [
      'a device of no vocabulary',
      play({ device: 'fridge' }),
      'device',
      'got "fridge", expected one of unknown, tv, phone',
    ],
    ['a time as text', play({ at: '2026-01-01' }), 'at', 'got "2026-01-01"'],
    ['a time before all', play({ at: -1 }), 'at', 'got -1'],
    ['a time with a fraction', play({ at: 1.5 }), 'at', 'got 1.5'],
    ['a time ahead of ours', play({ at: NOW + 6 * 60_000 }), 'at', 'expected a time not after'],
    [
      'thumbs of no direction',
      play({ type: 'thumbs', value: 'sideways' }),
      'value',
      'expected one of up, down',
    ],
    ['a place off the page', play({ type: 'impression', row: 256 }), 'row', 'got 256'],
    ['the fourth of a batch', [play(), play(), play(), play({ title: 3 })], '[3].title', 'got 3'],
    ['a batch with a number', [play(), 3], '[1]', 'got 3, expected an event'],
    ['an empty batch', [], 'body', 'got a list of 0'],
    ['too large a batch', Array.from({ length: 501 }, () => play()), 'body', 'got a list of 501'],
    ['a batch of batches', [[play()]], '[0]', 'got a list of 1'],
    ['text', '"play"', 'body', 'got "play"'],
    ['null', 'null', 'body', 'got null'],
    ['no JSON', '{', 'body', 'JSON'],
    ['nothing', '', 'body', 'empty'],
    ['a prototype', '{"__proto__":{"x":1}}', 'body', 'JSON'],
    ['depth', play({ extra: deep(9) }), 'body', 'at most 8 levels'],
    [
      'depth that would end a recursion',
      JSON.stringify(play({ extra: 0 })).replace(
        '"extra":0',
        `"extra":${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      ),
      'body',
      'at most 16 within',
    ],
    ['depth without end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'body', 'at most 16 within'],
    ['a list of a list', '[[]]', '[0]', 'got a list of 0'],
  ])('refuses %s with 400 that names the field', async (_, body, field, words) => {
    const answer = await post(body);
    expect(answer.json().error).toMatchObject({ field });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error.message).toContain(words);
  });

  it('applies nothing of a batch with one bad event', async () => {
    const { app, store } = await startServing();
    const payload = [play(), play({ eventId: 'e2', watchedFraction: 2 })];
    expect((await app.inject({ method: 'POST', url: '/v1/events', payload })).statusCode).toBe(400);
    expect(await keysOf(store, 'event/')).toEqual([]);
    await app.close();
  });

  it('refuses a body of another kind, encoding or size', async () => {
    const text = await post('x', { 'content-type': 'text/plain' });
    expect([text.statusCode, text.json().error.field]).toEqual([415, 'content-type']);
    expect(text.json().error.message).toContain('got "text/plain", expected application/json');
    const zipped = await post(play(), { 'content-encoding': 'gzip' });
    expect([zipped.statusCode, zipped.json().error.field]).toEqual([415, 'content-encoding']);
    const large = await post(JSON.stringify(play({ extra: 'x'.repeat(300_000) })));
    expect([large.statusCode, large.json().error.field]).toEqual([413, 'body']);
    const none = await serving.app.inject({ method: 'POST', url: '/v1/events' });
    expect([none.statusCode, none.json().error.field]).toEqual([400, 'body']);
  });

  it('answers 503 with Retry-After when the store is away, and tells nothing of it', async () => {
    const store = createMemoryStore();
    const { app } = await startServing({ store });
    store.apply = () => Promise.reject(dependencyError('store-failed', 'secret path /var/lib: disk full'));
    const answer = await app.inject({ method: 'POST', url: '/v1/events', payload: play() });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.json().error).toMatchObject({ code: 'store-failed', field: 'server' });
    expect(answer.body).not.toContain('secret');
    await app.close();
  });
});
