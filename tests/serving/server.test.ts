import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { MarqueeError } from '../../src/domain/errors.ts';
import type { Limits } from '../../src/serving/http/limits.ts';
import { type ListenConfig, type RunningServer, startServer } from '../../src/serving/server.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { NOW, type Serving, startServing } from './serving-fixture.ts';

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

const listening = async (
  change: {
    limits?: Partial<Limits>;
    listen?: Partial<ListenConfig>;
    prepare?: (serving: Serving) => void;
  } = {},
): Promise<RunningServer & Serving> => {
  const serving = await startServing({ app: change.limits === undefined ? {} : { limits: change.limits } });
  change.prepare?.(serving);
  const server = await startServer(serving.app, {
    host: '127.0.0.1',
    port: 0,
    signals: [],
    ...change.listen,
  });
  closings.push(() => server.close());
  return { ...serving, ...server };
};
/** What a raw connection answers until it is closed. */
const raw = async (port: number, send: (socket: Socket) => void): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  closings.push(() => socket.destroy());
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString();
  });
  socket.on('error', () => undefined); // a reset is one way of closing
  send(socket);
  await once(socket, 'close');
  return answer;
};
const slow = ({ app }: Serving, ms: number): void => {
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'done';
  });
};

describe('a server', () => {
  it('serves pages and takes events over a socket', async () => {
    const { url } = await listening();
    const page = await request(`${url}/v1/members/member-1/homepage`);
    expect(page.statusCode).toBe(200);
    const [row] = ((await page.body.json()) as { rows: { titles: { id: string }[] }[] }).rows;
    const event = {
      ...{ type: 'play', eventId: 'e1', member: 'member-1', at: NOW, watchedFraction: 1 },
      title: row.titles[0].id,
    };
    const taken = await request(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    expect(await taken.body.json()).toMatchObject({ results: [{ eventId: 'e1', outcome: 'applied' }] });
    const next = await (await request(`${url}/v1/members/member-1/homepage`)).body.text();
    expect(next).not.toContain(`"${event.title}"`); // finished: neither to be picked nor to be continued
  });

  it('says in one line which port is in use, and closes what it was given', async () => {
    const { port } = await listening();
    let isClosed = false;
    const { app } = await startServing();
    const config = {
      ...{ host: '127.0.0.1', port, signals: [] },
      onClosed: async () => {
        isClosed = true;
      },
    };
    const thrown = await startServer(app, config).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(MarqueeError);
    expect(thrown).toMatchObject({
      kind: 'caller',
      code: 'port-in-use',
      message: `port ${port}: already in use on 127.0.0.1, expected a free one`,
    });
    expect(isClosed).toBe(true);
  });

  it('says which host is none of this machine', async () => {
    const { app } = await startServing();
    const starting = startServer(app, { host: '192.0.2.1', port: 0, signals: [] });
    await expect(starting).rejects.toMatchObject({ kind: 'caller', code: 'host-unknown' });
    await expect(starting).rejects.toThrow('192.0.2.1');
  });

  it('refuses a request without a version of HTTP', async () => {
    const { port } = await listening();
    const answer = await raw(port, (socket) => socket.write('GET /healthz\r\n\r\n'));
    expect(answer).not.toContain('200 OK');
  });
});

describe('a slow client', () => {
  const limits: Partial<Limits> = { headersMs: 300, requestMs: 600, checkEveryMs: 50 };

  it('is cut when its headers do not come', async () => {
    const { port } = await listening({ limits: { ...limits, requestMs: 60_000 } });
    const startedAt = performance.now();
    const answer = await raw(port, (socket) => socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: '));
    expect(answer).toContain('408');
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('is cut when its body drips in', async () => {
    const { port } = await listening({ limits });
    const startedAt = performance.now();
    await raw(port, (socket) => {
      socket.write(
        'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n',
      );
      const drip = setInterval(() => socket.write(' '), 50);
      socket.once('close', () => clearInterval(drip));
    });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});

describe('the end of a server', () => {
  it('answers what is under way, also to clients that keep connections alive, and takes no new ones', async () => {
    const { url, close } = await listening({ prepare: (serving) => slow(serving, 400) });
    const agent = new Agent({ connections: 5, keepAliveTimeout: 60_000 });
    closings.push(() => agent.close());
    for (let i = 0; i < 5; i++) await (await request(`${url}/healthz`, { dispatcher: agent })).body.dump();
    const underWay = Array.from({ length: 5 }, async () => {
      const answer = await request(`${url}/slow`, { dispatcher: agent });
      return {
        status: answer.statusCode,
        connection: answer.headers.connection,
        text: await answer.body.text(),
      };
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    const closing = close();
    for (const answer of await Promise.all(underWay)) {
      expect(answer).toEqual({ status: 200, connection: 'close', text: 'done' });
    }
    await closing;
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expect(request(`${url}/healthz`)).rejects.toThrow();
  });

  it('answers a request that comes on a connection kept alive, just as the end begins, and asks to close it', async () => {
    const { port, close } = await listening();
    let closing = Promise.resolve();
    const answer = await raw(port, (socket) => {
      const ask = (): void => void socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      ask();
      socket.once('data', () => {
        closing = close();
        setTimeout(ask, 100);
      });
    });
    expect(answer.match(/200 OK/g)).toHaveLength(2);
    expect(answer.toLowerCase().lastIndexOf('connection: close')).toBeGreaterThan(
      answer.lastIndexOf('200 OK'),
    );
    await closing;
  });

  it('does not wait for connections that stay idle', async () => {
    const { port, close } = await listening({
      limits: { keepAliveMs: 60_000, noticeMs: 0, checkEveryMs: 50 },
    });
    const idle = connect(port, '127.0.0.1');
    closings.push(() => idle.destroy());
    await once(idle, 'connect');
    await close();
  });

  it('is announced by /readyz for as long as it takes new connections', async () => {
    const { url, close } = await listening({ limits: { noticeMs: 400 } });
    expect((await request(`${url}/readyz`)).statusCode).toBe(200);
    const closing = close();
    const told = await request(`${url}/readyz`);
    expect([told.statusCode, await told.body.json()]).toEqual([
      503,
      { status: 'draining', modelVersion: 'v1' },
    ]);
    expect((await request(`${url}/v1/members/member-1/homepage`)).statusCode).toBe(200);
    await closing;
    await expect(request(`${url}/readyz`)).rejects.toThrow();
  });

  it('waits for the same end however often it is called', async () => {
    let closed = 0;
    const { close, closed: ended } = await listening({
      listen: {
        onClosed: async () => {
          closed += 1;
        },
      },
    });
    await Promise.all([close(), close(), ended]);
    expect(closed).toBe(1);
  });

  it('cuts what takes longer than the drain may', async () => {
    const { url, close } = await listening({
      prepare: (serving) => slow(serving, 60_000),
      listen: { drainMs: 200 },
    });
    const hanging = request(`${url}/slow`).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    await close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await hanging).toBeInstanceOf(Error);
  });

  it('comes with SIGTERM or SIGINT: the request is answered, the event is on disk', async () => {
    await Promise.all((['SIGTERM', 'SIGINT'] as const).map(endBySignal));
  });
});

const endBySignal = async (signal: NodeJS.Signals): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-server-'));
  closings.push(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(import.meta.dirname, 'serve-planted.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closings.push(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const url = String((await lines.next()).value);
  const event = {
    type: 'play',
    eventId: 'e1',
    member: 'member-1',
    title: 'title-9',
    watchedFraction: 1,
    at: NOW,
  };
  const headers = { 'content-type': 'application/json' };
  const taken = await request(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event) });
  expect(taken.statusCode).toBe(200);
  await taken.body.dump();
  const underWay = request(`${url}/slow`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const ended = once(child, 'exit');
  child.kill(signal);
  expect((await underWay).statusCode).toBe(200);
  expect((await lines.next()).value).toBe('closed');
  expect(await ended).toEqual([0, null]);
  const store = openLmdbStore(folder);
  const logged = await store.get('event/{member-1}/e1');
  expect(Buffer.from(logged ?? []).toString()).toContain('"title":"title-9"');
  await store.close();
};
