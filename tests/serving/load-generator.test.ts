import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { arrivalTimes, generateLoad, type LoadAnswer } from '../../src/experiments/load-generator.ts';
import { mean, quantile } from '../../src/math/statistics.ts';

const closings: (() => void)[] = [];
afterEach(() => {
  for (const close of closings.splice(0)) close();
});

const listening = async (
  answer: (number: number) => { status?: number; afterMs?: number; header?: string },
) => {
  let number = 0;
  const seen: { method: string; url: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const { status = 200, afterMs = 0, header } = answer(number);
    number += 1;
    let body = '';
    request.on('data', (data) => {
      body += String(data);
    });
    request.on('end', () => {
      seen.push({ method: String(request.method), url: String(request.url), body });
      if (header !== undefined) response.setHeader('server-timing', header);
      setTimeout(() => response.writeHead(status).end('body'), afterMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
};

describe('the connections', () => {
  it('are kept, also by a server that closes idle ones after a second', async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end('{}'));
    server.keepAliveTimeout = 1_000;
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closings.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { sent, statuses } = await generateLoad({
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      requestsPerSecond: 200,
      durationMs: 500,
      arrivals: 'constant',
      connections: 8,
      rng: createRng(1),
      request: () => ({ path: '/' }),
    });
    expect(statuses[200]).toBe(sent);
    expect(connections).toBeLessThanOrEqual(8);
  });
});

describe('a schedule', () => {
  const schedule = { requestsPerSecond: 200, durationMs: 1_000, rng: createRng(1) };

  it('with constant arrivals has equal gaps', () => {
    const times = arrivalTimes({ ...schedule, arrivals: 'constant' });
    expect(times).toHaveLength(200);
    expect([...times.slice(0, 3)]).toEqual([0, 5, 10]);
  });

  it('with Poisson arrivals has the rate asked for, exponential gaps, and the same ones from the same seed', () => {
    const long = { ...schedule, durationMs: 100_000, arrivals: 'poisson' as const };
    const times = arrivalTimes(long);
    // 20,000 expected arrivals: the count of a Poisson process has standard deviation sqrt(20,000) = 141.
    expect(Math.abs(times.length - 20_000)).toBeLessThan(4 * 141);
    const gaps = times.map((time, i) => time - (i === 0 ? 0 : times[i - 1]));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    // An exponential's mean is its standard deviation, so the mean's standard error is 5 / sqrt(20,000) = 0.035.
    expect(Math.abs(mean(gaps) - 5)).toBeLessThan(4 * 0.036);
    // Its median is ln 2 of its mean; the median's standard error is 5 / sqrt(20,000) as well.
    expect(Math.abs(quantile(gaps, 0.5) - 5 * Math.LN2)).toBeLessThan(4 * 0.036);
    expect(arrivalTimes({ ...long, rng: createRng(1) })).toEqual(times);
    expect(arrivalTimes({ ...long, rng: createRng(2) })).not.toEqual(times);
  });

  it.each([{ requestsPerSecond: 0 }, { durationMs: -1 }, { requestsPerSecond: Number.NaN }])(
    'refuses %j',
    (wrong) => {
      expect(() => arrivalTimes({ ...schedule, arrivals: 'constant', ...wrong })).toThrow(RangeError);
    },
  );
});

describe('the load generator', () => {
  const plan = { requestsPerSecond: 100, durationMs: 300, arrivals: 'constant' as const, rng: createRng(1) };

  it('sends what it is told, counts answers by status, and degraded ones', async () => {
    const { origin, seen } = await listening((number) => {
      if (number % 3 === 1) return { status: 503 };
      return number % 3 === 2 ? { header: 'ranking;dur=51.00;desc="late"' } : { header: 'ranking;dur=3.00' };
    });
    const answers: LoadAnswer[] = [];
    const result = await generateLoad({
      ...plan,
      origin,
      onAnswer: (answer) => answers.push(answer),
      request: (number) =>
        number % 2 === 0 ? { path: `/${number}` } : { path: `/${number}`, body: { number } },
    });
    expect(result).toMatchObject({ sent: 30, statuses: { 200: 20, 503: 10 }, failures: {}, degraded: 10 });
    expect(result.latenciesMs).toHaveLength(30);
    const inOrder = answers.toSorted((a, b) => a.number - b.number);
    expect(inOrder.map(({ dueMs }) => dueMs)).toEqual(Array.from({ length: 30 }, (_, i) => 10 * i));
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(10);
    expect(answers.filter(({ serverTiming }) => serverTiming.includes('ranking;dur=51'))).toHaveLength(10);
    const posted = seen.find(({ url }) => url === '/7');
    expect(posted).toEqual({ method: 'POST', url: '/7', body: '{"number":7}' });
    expect(seen.find(({ url }) => url === '/8')).toMatchObject({ method: 'GET', body: '' });
  });

  it('does not wait for answers, and counts from the schedule the time that a request waits to leave', async () => {
    const { origin } = await listening(() => ({ afterMs: 100 }));
    const result = await generateLoad({ ...plan, origin, connections: 1, request: () => ({ path: '/' }) });
    // One connection answers ten a second, and a hundred a second come: the last of 30 leaves at 2.9 s, being due at 0.29 s.
    expect(Math.max(...result.latenciesMs)).toBeGreaterThan(2_500);
    expect(Math.max(...result.sendDelaysMs)).toBeLessThan(1_000);
    const free = await generateLoad({ ...plan, origin, request: () => ({ path: '/' }) });
    expect(quantile(free.latenciesMs, 0.5)).toBeLessThan(1_000);
    expect(quantile(free.latenciesMs, 0.5)).toBeGreaterThan(95);
  });

  it('counts requests without an answer by their error', async () => {
    const { origin } = await listening(() => ({}));
    for (const close of closings.splice(0)) close();
    let unanswered = 0;
    const result = await generateLoad({
      ...plan,
      origin,
      request: () => ({ path: '/' }),
      onAnswer: ({ status }) => {
        if (status === 0) unanswered += 1;
      },
    });
    expect(result.failures).toEqual({ ECONNREFUSED: 30 });
    expect(unanswered).toBe(30);
    expect(result.latenciesMs).toHaveLength(0);
  });

  it('ends with the reason of its signal', async () => {
    const { origin } = await listening(() => ({}));
    const controller = new AbortController();
    const loading = generateLoad({
      ...plan,
      ...{ origin, durationMs: 60_000, signal: controller.signal },
      request: () => ({ path: '/' }),
    });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(loading).rejects.toThrow('enough');
  });
});
