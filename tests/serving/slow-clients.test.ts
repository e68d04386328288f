/** Clients that keep a connection and give nothing for it. The timeouts are short here; `bench faults` holds the real ones. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultLimits, type Limits } from '../../src/serving/http/limits.ts';
import { startServer } from '../../src/serving/server.ts';
import { startServing } from './serving-fixture.ts';

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

const BIG = 'x'.repeat(8 * 1024 * 1024);
const listening = async (limits: Partial<Limits>): Promise<number> => {
  const { app } = await startServing({
    app: { limits: { eventLoopDelayMs: Number.POSITIVE_INFINITY, checkEveryMs: 50, ...limits } },
  });
  app.get('/big', async () => BIG);
  const { port, close } = await startServer(app, { host: '127.0.0.1', port: 0, signals: [], drainMs: 100 });
  closings.push(close);
  return port;
};
const connected = (port: number): Socket => {
  const socket = connect(port, '127.0.0.1');
  closings.push(() => socket.destroy());
  socket.on('error', () => undefined); // a reset is one way of closing
  return socket;
};
const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));
/** Reads a little now and then, for so long. Returns whether the connection was closed meanwhile, and the bytes. */
const sip = async (socket: Socket, forMs: number): Promise<{ isCut: boolean; bytes: number }> => {
  const seen = { isCut: false, bytes: 0 };
  socket.pause();
  socket.once('close', () => {
    seen.isCut = true;
  });
  for (const until = performance.now() + forMs; performance.now() < until && !seen.isCut; ) {
    seen.bytes += socket.read(1_024)?.length ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return seen;
};
const ASK = 'GET /big HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a client', () => {
  it('that takes its answer byte by byte is cut', async () => {
    const port = await listening({ answerMs: 300 });
    const socket = connected(port);
    socket.write(ASK);
    let { bytes } = await sip(socket, 1_500);
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.resume();
    await closed(socket);
    expect(bytes).toBeLessThan(BIG.length);
  });

  it('is not, where nobody looks', async () => {
    const socket = connected(await listening({ answerMs: Number.POSITIVE_INFINITY, silentMs: 0 }));
    socket.write(ASK);
    expect((await sip(socket, 1_500)).isCut).toBe(false);
  });

  it('that says nothing is cut as one that says too little', async () => {
    const port = await listening({ headersMs: 200, requestMs: 400 });
    const startedAt = performance.now();
    await closed(connected(port).resume());
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('that asks nothing more is cut after a while, by default too', async () => {
    const port = await listening({ keepAliveMs: 200 });
    const socket = connected(port);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const startedAt = performance.now();
    await closed(socket.resume());
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

it('no default lets a client hold a connection for 15 s', () => {
  const { headersMs, requestMs, checkEveryMs, silentMs, answerMs, keepAliveMs } = defaultLimits;
  for (const ms of [headersMs, requestMs, silentMs, answerMs, keepAliveMs]) {
    expect(ms).toBeGreaterThan(0);
    expect(ms + 2 * checkEveryMs).toBeLessThan(15_000);
  }
});
