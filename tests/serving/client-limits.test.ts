import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { createClientCounts } from '../../src/serving/client-counts.ts';
import type { Limits } from '../../src/serving/http/limits.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { type Serving, startServing } from './serving-fixture.ts';

const WINDOW_MS = 10_000;
const PAGE = '/v1/members/member-0/recommendations?k=1';

const limited = (
  change: Partial<Limits['clientLimit']> = {},
  trustedProxies: readonly string[] = [],
): Promise<Serving> => {
  const clientLimit = { requestsPerSecond: 0.5, ofLoopback: false, ...change };
  const limits = { eventLoopDelayMs: Number.POSITIVE_INFINITY, clientLimit };
  return startServing({ app: { limits, trustedProxies } });
};
const statuses = async ({ app }: Serving, remoteAddress: string, count: number, url = PAGE) => {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await app.inject({ url, remoteAddress })).statusCode);
  return answers;
};

describe('a client of another machine', () => {
  it('is told to come again later once it made its requests, and other clients are served', async () => {
    const serving = await limited();
    expect(await statuses(serving, '10.0.0.1', 6)).toEqual([200, 200, 200, 200, 200, 429]);
    const { headers, body } = await serving.app.inject({ url: PAGE, remoteAddress: '10.0.0.1' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(WINDOW_MS / 1_000);
    expect(JSON.parse(body).error).toEqual({
      code: 'rate-limited',
      field: 'client',
      message: 'client: got "more than 5 requests of 10.0.0.1", expected at most so many in 10 s',
    });
    expect(await statuses(serving, '10.0.0.2', 1)).toEqual([200]);
    serving.pass(WINDOW_MS);
    expect(await statuses(serving, '10.0.0.1', 1)).toEqual([200]);
  });

  it('is one client however many addresses of its network it has', async () => {
    const serving = await limited();
    const answers = [];
    for (let i = 1; i <= 6; i++) answers.push(...(await statuses(serving, `2001:db8::${i}`, 1)));
    expect(answers).toEqual([200, 200, 200, 200, 200, 429]);
    expect(await statuses(serving, '2001:db8:0:1::1', 1)).toEqual([200]);
  });

  it('may always ask how the server is', async () => {
    const serving = await limited();
    await statuses(serving, '10.0.0.1', 6);
    expect(await statuses(serving, '10.0.0.1', 1, '/readyz')).toEqual([200]);
  });
});

describe('a client behind a proxy', () => {
  const asks = async ({ app }: Serving, remoteAddress: string, forwarded: string, count: number) => {
    const answers: number[] = [];
    const headers = { 'x-forwarded-for': forwarded };
    for (let i = 0; i < count; i++)
      answers.push((await app.inject({ url: PAGE, remoteAddress, headers })).statusCode);
    return answers;
  };
  const six = [200, 200, 200, 200, 200, 429];

  it('is who a trusted proxy says, whatever else it was told', async () => {
    const serving = await limited({}, ['10.9.0.0/16', '127.0.0.1']);
    expect(await asks(serving, '10.9.0.7', '203.0.113.1', 6)).toEqual(six);
    expect(await asks(serving, '127.0.0.1', '203.0.113.2', 6)).toEqual(six);
    expect(await asks(serving, '10.9.0.8', '198.51.100.9, 203.0.113.1', 1)).toEqual([429]);
    expect(await asks(serving, '10.9.0.8', '203.0.113.3', 1)).toEqual([200]);
  });

  it('is the proxy itself where nobody trusts it: who asks cannot name itself', async () => {
    const serving = await limited();
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(...(await asks(serving, '10.9.0.7', `203.0.113.${i}`, 1)));
    expect(answers).toEqual(six);
  });
});

it('clients of this machine are not limited, unless they are to be', async () => {
  const twenty = Array.from({ length: 20 }, () => 200);
  expect(await statuses(await limited(), '127.0.0.1', 20)).toEqual(twenty);
  expect(await statuses(await limited({ ofLoopback: true }), '127.0.0.1', 6)).toContain(429);
  expect(await statuses(await limited({ requestsPerSecond: 0 }), '10.0.0.1', 20)).toEqual(twenty);
});

describe('counts of several processes', () => {
  const clock = { now: () => 5 * WINDOW_MS + 1 };
  const store = () => createMemoryStore(clock);
  const countsOn = (held: ReturnType<typeof store>, change = {}) =>
    createClientCounts({ store: held, clock, windowMs: WINDOW_MS, busyFrom: 2, ...change });
  const times = (count: number, work: () => unknown): void => {
    for (let i = 0; i < count; i++) work();
  };

  it('are added once they were exchanged, however they were spread', async () => {
    const rng = createRng(7);
    const shared = store();
    const all = [countsOn(shared), countsOn(shared), countsOn(shared)];
    let sent = 0;
    for (let round = 0; round < 20; round++) {
      for (const counts of all) {
        const more = 2 + Math.floor(10 * rng.next());
        times(more, () => counts.count('a'));
        sent += more;
        await counts.exchange();
      }
    }
    expect(all[2].count('a').current).toBe(sent + 1);
    expect(all[2].count('b').current).toBe(1);
  });

  it('begin anew with each window', async () => {
    let now = 0;
    const shared = store();
    const moving = { clock: { now: () => now } };
    const [one, other] = [countsOn(shared, moving), countsOn(shared, moving)];
    times(9, () => one.count('a'));
    await one.exchange();
    now = WINDOW_MS;
    times(2, () => other.count('a'));
    await other.exchange();
    expect(other.count('a')).toEqual({ current: 3, endsInMs: WINDOW_MS });
  });

  it('go on alone while the store is away, and are told when it is back', async () => {
    const shared = store();
    let isAway = true;
    const sometimes = {
      ...shared,
      apply: ((...call) =>
        isAway ? Promise.reject(new Error('away')) : shared.apply(...call)) as typeof shared.apply,
    };
    const [one, other] = [countsOn(sometimes), countsOn(shared)];
    times(50, () => one.count('a'));
    await expect(one.exchange()).rejects.toThrow('away');
    expect(one.count('a').current).toBe(51);
    isAway = false;
    await one.exchange();
    times(2, () => other.count('a'));
    await other.exchange();
    expect(other.count('a').current).toBe(54);
  });

  it('of clients that are not busy stay here', async () => {
    const shared = store();
    const counts = countsOn(shared);
    counts.count('a');
    await counts.exchange();
    expect(await shared.get('limit/a')).toBeUndefined();
  });
});
