import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOW, type Serving, startServing } from './serving-fixture.ts';

let serving: Serving;
beforeAll(async () => {
  serving = await startServing();
});
afterAll(() => serving.app.close());

const get = (path: string): Promise<LightMyRequestResponse> => serving.app.inject(path);
const titlesOf = (page: { rows: { titles: { id: string }[] }[] }): string[] =>
  page.rows.flatMap(({ titles }) => titles.map(({ id }) => id));

describe('GET /v1/members/:id/homepage', () => {
  it('answers with rows of titles, each with its artwork', async () => {
    const answer = await get('/v1/members/member-0/homepage');
    expect(answer.statusCode).toBe(200);
    const page = answer.json();
    expect(page).toMatchObject({
      member: 'member-0',
      modelVersion: 'v1',
      degraded: [],
      origin: 'personalised',
    });
    expect(page.rows.map(({ template }: { template: string }) => template)).toContain('top-picks');
    const titles = page.rows.flatMap((row: { titles: object[] }) => row.titles);
    expect(titles.length).toBeGreaterThan(20);
    expect(new Set(titlesOf(page)).size).toBe(titles.length);
    const reasonsOf = (template: string) =>
      page.rows
        .find((row: { template: string }) => row.template === template)
        .titles.map(({ reason }: { reason: object }) => reason);
    expect(reasonsOf('top-picks')[0]).toEqual({
      kind: 'top-pick',
      text: 'Picked for you',
      source: 'popularity',
      sourceScore: expect.any(Number),
    });
    expect(reasonsOf('genre')[0]).toMatchObject({ kind: 'genre', genre: expect.any(String) });
    for (const { id, name, score, artwork } of titles) {
      const number = Number(id.split('-')[1]);
      expect(name).toBe(`Title ${number}`);
      expect(Number.isFinite(score)).toBe(true);
      const isSelected = number % 2 === 0;
      expect(artwork).toEqual({
        id: `art-${number}-${isSelected ? 'b' : 'a'}`,
        propensity: isSelected ? 0.25 : 1,
        source: isSelected ? 'selected' : 'default',
      });
    }
  });

  it('names every stage with its duration in Server-Timing, and is kept by no cache', async () => {
    const { headers } = await get('/v1/members/member-0/homepage');
    const entries = String(headers['server-timing']).split(', ');
    expect(entries.map((entry) => entry.split(';')[0])).toEqual([
      'context',
      'candidate-generation.popularity',
      'candidate-generation',
      'ranking',
      'page',
      'artwork',
      'request',
    ]);
    for (const entry of entries) expect(entry).toMatch(/^[a-z.-]+;dur=\d+\.\d\d;start=\d+\.\d\d;budget=\d+$/);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('gives a member whom nobody knows the cold-start page', async () => {
    const answer = await get('/v1/members/nobody-at-all/homepage');
    expect(answer.statusCode).toBe(200);
    const page = answer.json();
    expect(page).toMatchObject({ member: 'nobody-at-all', degraded: [], origin: 'personalised' });
    expect(titlesOf(page).length).toBeGreaterThan(20);
    for (const { titles } of page.rows) {
      for (const { artwork } of titles) expect(artwork.source).toBe('default');
    }
  });

  it('takes a device of the vocabulary', async () => {
    expect((await get('/v1/members/member-0/homepage?device=tv')).statusCode).toBe(200);
  });

  it('carries the request id that the client brought, or one of its own that no other request has', async () => {
    const own = await serving.app.inject({
      url: '/v1/members/m/homepage',
      headers: { 'x-request-id': 'mine-1' },
    });
    expect([own.json().requestId, own.headers['x-request-id']]).toEqual(['mine-1', 'mine-1']);
    const made = [];
    for (const id of ['', 'no good', 'x'.repeat(65)]) {
      const answer = await serving.app.inject({
        url: '/v1/members/m/homepage',
        headers: { 'x-request-id': id },
      });
      made.push(answer.json().requestId);
    }
    expect(new Set(made).size).toBe(3);
    for (const id of made) expect(id).toMatch(/^[a-z0-9-]{5,64}$/);
  });
});

describe('GET /v1/members/:id/recommendations', () => {
  it('gives 20 titles, best first, or as many as asked for', async () => {
    const { titles } = (await get('/v1/members/member-0/recommendations')).json();
    expect(titles).toHaveLength(20);
    const scores = titles.map(({ score }: { score: number }) => score);
    expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
    expect((await get('/v1/members/member-0/recommendations?k=3')).json().titles).toEqual(titles.slice(0, 3));
    const all = (await get('/v1/members/nobody/recommendations?k=500')).json().titles;
    expect(all).toHaveLength(54); // of 60 titles, the released ones
  });

  it('leaves out what the member has played', async () => {
    const { titles } = (await get('/v1/members/member-0/recommendations?k=500')).json();
    expect(titles).toHaveLength(54 - 6);
  });
});

describe('GET /v1/members/:id/titles/:titleId/artwork', () => {
  it.each([
    ['member-0', 'title-2', { id: 'art-2-b', propensity: 0.25, source: 'selected' }],
    ['member-0', 'title-3', { id: 'art-3-a', propensity: 1, source: 'default' }],
    ['nobody', 'title-2', { id: 'art-2-a', propensity: 1, source: 'default' }],
  ])('gives %s for %s what was selected, or the most taken', async (member, title, artwork) => {
    const answer = await get(`/v1/members/${member}/titles/${title}/artwork`);
    expect(answer.json()).toMatchObject({ member, title, degraded: [], artwork });
    expect(answer.headers['server-timing']).toMatch(/^artwork;dur=.*request;dur=/);
  });

  it('answers 404 about a title that is none, and names it', async () => {
    const answer = await get('/v1/members/member-0/titles/title-999/artwork');
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error).toEqual({
      code: 'title-unknown',
      field: 'titleId',
      message: 'titleId: got "title-999", expected the id of a title of the catalogue',
    });
  });
});

describe('a bad GET', () => {
  const long = 'x'.repeat(65);
  it.each([
    ['/v1/members/a%20b/homepage', 'id', 'got "a b"'],
    ['/v1/members/%00/homepage', 'path', 'got "/v1/members/%00/homepage"'],
    ['/v1/members/..%2fetc%2fpasswd/homepage', 'path', 'no slash, backslash or control character encoded'],
    ['/v1/members/a%5cb/homepage', 'path', 'got "/v1/members/a%5cb/homepage"'],
    ['/v1/members/%C3%A9/homepage', 'id', 'got "é"'],
    [`/v1/members/${long}/homepage`, 'id', `got "${long}"`],
    [`/v1/members/${'x'.repeat(2_000)}/homepage`, 'id', '2002 characters'],
    ['/v1/members//homepage', 'id', 'got ""'],
    ['/v1/members/m/homepage?device=fridge', 'device', 'got "fridge", expected one of unknown, tv, phone'],
    ['/v1/members/m/homepage?device=', 'device', 'got ""'],
    ['/v1/members/m/homepage?device=tv&device=tv', 'device', 'got a list of 2'],
    ['/v1/members/m/homepage?k=3', 'k', 'no such field; known are device'],
    ['/v1/members/m/homepage?__proto__=3', '__proto__', 'no such field'],
    ['/v1/members/m/recommendations?k=0', 'k', 'got 0, expected a whole number from 1 to 500'],
    ['/v1/members/m/recommendations?k=501', 'k', 'got 501'],
    ['/v1/members/m/recommendations?k=-1', 'k', 'got "-1"'],
    ['/v1/members/m/recommendations?k=1.5', 'k', 'got "1.5"'],
    ['/v1/members/m/recommendations?k=1e2', 'k', 'got "1e2"'],
    ['/v1/members/m/recommendations?k=0x10', 'k', 'got "0x10"'],
    ['/v1/members/m/recommendations?k=010', 'k', 'got "010"'],
    ['/v1/members/m/recommendations?k=%2010', 'k', 'got " 10"'],
    ['/v1/members/m/recommendations?k=ten', 'k', 'got "ten"'],
    ['/v1/members/m/recommendations?k=true', 'k', 'got "true"'],
    ['/v1/members/m/recommendations?k=', 'k', 'got ""'],
    ['/v1/members/m/recommendations?k=99999999999999999999', 'k', 'got "99999999999999999999"'],
    ['/v1/members/m/recommendations?k=3&k=4', 'k', 'got a list of 2'],
    ['/v1/members/m/recommendations?limit=3', 'limit', 'no such field; known are k, device'],
    ['/v1/members/m/titles/a%20b/artwork', 'titleId', 'got "a b"'],
    ['/v1/members/m/titles/title-1/artwork?x=1', 'x', 'no such field'],
    ['/healthz?x=1', 'x', 'no such field; known are none'],
    ['/v1/members/%zz/homepage', 'path', 'percent-encoding'],
  ])('%s is answered with 400 that names %s', async (path, field, words) => {
    const answer = await get(path);
    expect(answer.statusCode).toBe(400);
    expect(Object.keys(answer.json())).toEqual(['error']);
    const { error } = answer.json();
    expect(error.field).toBe(field);
    expect(error.message).toContain(`${field}: `);
    expect(error.message).toContain(words);
    expect(error.code).toMatch(/^[a-z-]+$/);
  });

  it.each([
    ['GET', '/nowhere'],
    ['GET', '/v1/members/m'],
    ['DELETE', '/v1/members/m/homepage'],
    ['GET', '/v1/events'],
  ] as const)('%s %s is answered with 404 that names it', async (method, url) => {
    const answer = await serving.app.inject({ method, url });
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error).toMatchObject({ code: 'route-unknown', field: 'path' });
    expect(answer.json().error.message).toContain(`${method} ${url}`);
  });
});

describe('operations', () => {
  it('tell that the process lives and is ready', async () => {
    expect((await get('/healthz')).json()).toEqual({ status: 'ok', modelVersion: 'v1' });
    expect((await get('/readyz')).json()).toEqual({ status: 'ready', modelVersion: 'v1' });
  });

  it('expose rates, errors and durations per route and stage, and the model', async () => {
    const { app } = await startServing();
    await app.inject('/v1/members/a/homepage');
    await app.inject('/v1/members/b/homepage');
    await app.inject('/v1/members/b/homepage?x=1');
    await app.inject('/somewhere/else');
    await app.inject({
      method: 'POST',
      url: '/v1/events',
      payload: { type: 'click', eventId: 'e1', member: 'm', title: 'title-9', at: NOW },
    });
    const { headers, body } = await app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    const route = 'route="/v1/members/:id/homepage"';
    expect(body).toContain(`marquee_http_requests_total{${route},method="GET",status="200"} 2`);
    expect(body).toContain(`marquee_http_requests_total{${route},method="GET",status="400"} 1`);
    expect(body).toContain('marquee_http_requests_total{route="unknown",method="GET",status="404"} 1');
    expect(body).toContain(`marquee_http_request_duration_seconds_count{${route}} 3`);
    for (const stage of ['context', 'candidate-generation', 'ranking', 'page', 'artwork', 'request']) {
      expect(body).toContain(`marquee_stage_duration_seconds_bucket{le="0.05",stage="${stage}"}`);
      expect(body).toContain(`marquee_stage_outcomes_total{stage="${stage}",outcome="ok"} 2`);
    }
    expect(body).toContain('marquee_events_total{type="click",outcome="applied"} 1');
    expect(body).toContain('marquee_model_info{version="v1"} 1');
    expect(body).not.toContain('somewhere');
    await app.close();
  });
});

describe('a server whose thread is held', () => {
  it('sheds requests with 503 and Retry-After, but tells operators how it is', async () => {
    const { app } = await startServing({ app: { limits: { eventLoopDelayMs: 20 } } });
    await app.ready();
    const until = performance.now() + 1_300; // the delay is looked at once a second
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const from = performance.now(); performance.now() - from < 100; );
    }
    const shed = await app.inject('/v1/members/member-0/homepage');
    expect([shed.statusCode, shed.headers['retry-after']]).toEqual([503, '1']);
    expect(shed.json().error).toMatchObject({ code: 'overloaded', field: 'server' });
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await app.inject(path)).statusCode).toBe(200);
    await app.close();
  });
});

describe('/docs', () => {
  it('describes every route, its parameters and its answers', async () => {
    const { paths, openapi } = (await get('/docs/json')).json();
    expect(openapi).toMatch(/^3\./);
    expect(Object.keys(paths).sort()).toEqual([
      '/artworks/{id}.svg',
      '/healthz',
      '/metrics',
      '/posters/{id}.svg',
      '/readyz',
      '/v1/admin/process',
      '/v1/events',
      '/v1/members',
      '/v1/members/{id}/compare',
      '/v1/members/{id}/homepage',
      '/v1/members/{id}/recommendations',
      '/v1/members/{id}/searches',
      '/v1/members/{id}/titles/{titleId}/artwork',
      '/v1/members/{id}/titles/{titleId}/why',
      '/v1/titles',
      '/v1/titles/{titleId}',
    ]);
    const { parameters, responses } = paths['/v1/members/{id}/recommendations'].get;
    const k = parameters.find(({ name }: { name: string }) => name === 'k');
    expect(k.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 500, default: 20 });
    expect(Object.keys(responses)).toEqual(['200', '4XX', '5XX']);
    const body = paths['/v1/events'].post.requestBody.content['application/json'].schema;
    expect(JSON.stringify(body)).toContain('watchedFraction');
  });

  it('shows a page that loads nothing from elsewhere', async () => {
    const page = await get('/docs/');
    expect(page.statusCode).toBe(200);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) {
      expect(link).not.toMatch(/^(https?:)?\/\//);
      expect((await get(new URL(link, 'http://x/docs/').pathname)).statusCode).toBe(200);
    }
    expect(page.body).not.toMatch(/<script>|onclick=|<style>/);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('http');
    expect((await get('/docs')).statusCode).toBe(200);
    const unknown = await get('/docs/static/nothing.js');
    expect([unknown.statusCode, unknown.json().error.code]).toEqual([404, 'route-unknown']);
  });

  it('is the one place that may run scripts', async () => {
    const { headers } = await get('/v1/members/member-0/homepage');
    expect(headers['content-security-policy']).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});
