import { describe, expect, it } from 'vitest';
import { expectGuarded, expectToken, isLoopback } from '../../src/serving/http/admin-token.ts';
import type { AdminRoutes } from '../../src/serving/routes/admin-routes.ts';
import { startServing } from './serving-fixture.ts';

const TOKEN = 'a-token-of-some-length';
const PATH = '/v1/admin/process';

const asking = async (adminToken: string | undefined, headers: Record<string, string>, path = PATH) => {
  const { app } = await startServing({ app: { adminToken } });
  const answer = await app.inject({ url: path, headers });
  await app.close();
  return answer;
};

describe('an admin route', () => {
  it.each([
    ['no token', {}],
    ['an empty one', { authorization: '' }],
    ['another one', { authorization: 'Bearer another-token-as-long' }],
    ['a part of it', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['more than it', { authorization: `Bearer ${TOKEN}x` }],
    ['it in another scheme', { authorization: `Basic ${TOKEN}` }],
    ['it without a scheme', { authorization: TOKEN }],
  ] as const)('is refused to who has %s, and tells nothing of the right one', async (_, headers) => {
    const { statusCode, headers: answered, body } = await asking(TOKEN, headers);
    expect([statusCode, answered['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(JSON.parse(body).error).toMatchObject({ code: 'unauthorized', field: 'authorization' });
    expect(body).not.toContain(TOKEN.slice(0, 8));
  });

  it('is refused to everybody where there is no token', async () => {
    for (const authorization of ['Bearer undefined', `Bearer ${TOKEN}`])
      expect((await asking(undefined, { authorization })).statusCode).toBe(401);
  });

  it('answers who has the token, however the scheme is written', async () => {
    for (const scheme of ['Bearer', 'bearer']) {
      const answer = await asking(TOKEN, { authorization: `${scheme} ${TOKEN}` });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ pid: process.pid, node: process.versions.node });
      expect(answer.headers['www-authenticate']).toBeUndefined();
    }
  });

  it('is asked for the token before anything else of a request is looked at', async () => {
    expect((await asking(TOKEN, {}, `${PATH}?x=1`)).statusCode).toBe(401);
    expect((await asking(TOKEN, { authorization: `Bearer ${TOKEN}` }, `${PATH}?x=1`)).statusCode).toBe(400);
  });

  it('of another room stands behind the same token, and is described with it', async () => {
    const ping: AdminRoutes = (admin) => {
      admin.post('/ping', async () => 'pong');
    };
    const { app } = await startServing({ app: { adminToken: TOKEN, adminRoutes: [ping] } });
    const post = { method: 'POST', url: '/v1/admin/ping' } as const;
    expect((await app.inject(post)).statusCode).toBe(401);
    const held = await app.inject({ ...post, headers: { authorization: `Bearer ${TOKEN}` } });
    expect(held.body).toBe('pong');
    const { paths, components } = (await app.inject('/docs/json')).json();
    expect(paths['/v1/admin/ping'].post.security).toEqual([{ bearer: [] }]);
    expect(components.securitySchemes.bearer.scheme).toBe('bearer');
    await app.close();
  });
});

describe('a host', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'])(
    '%s is of this machine alone, and needs no token',
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expectGuarded(host, undefined);
    },
  );

  it.each(['0.0.0.0', '::', '192.168.1.7', '10.0.0.1', '::ffff:10.0.0.1', 'example.org', '1270.0.0.1'])(
    '%s can be reached by others, and is refused without a token',
    (host) => {
      expect(() => expectGuarded(host, undefined)).toThrow(
        `--host: got ${host}, which others can reach, without an admin token, expected MARQUEE_ADMIN_TOKEN to be set, or 127.0.0.1`,
      );
      expectGuarded(host, TOKEN);
    },
  );
});

it.each(['', 'short', 'fifteen-letters', 'has a space in it', 'x'.repeat(257), 'ümlaut-in-the-token'])(
  'the token %j is refused, and not repeated',
  (token) => {
    expect(() => expectToken('MARQUEE_ADMIN_TOKEN', token)).toThrow(
      /^MARQUEE_ADMIN_TOKEN: got \d+ characters, expected 16 to 256 of/,
    );
  },
);
