import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, request } from 'undici';
import { afterEach, expect, it } from 'vitest';
import { NOW } from './serving-fixture.ts';

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

const started = (port = 0) => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-workers-'));
  const script = join(import.meta.dirname, 'serve-planted-workers.ts');
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  closings.push(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  if (child.stdout === null) throw new Error('its output is piped');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  return { child, ended, line };
};
/** An answer over a connection of its own: connections go to the workers in turn. */
const answerOf = async (url: string, path: string): Promise<string> => {
  const client = new Client(url);
  try {
    const { statusCode, body } = await client.request({ path, method: 'GET' });
    return `${statusCode} ${await body.text()}`;
  } finally {
    await client.close();
  }
};
const workerIn = (line: string): { pid: number; url: string } => {
  const [, pid, url] = /^worker (\d+) (\S+)$/.exec(line) ?? [];
  return { pid: Number(pid), url };
};

it('workers share a port and a store, start anew when they die, and end together once all is answered', async () => {
  const { child, ended, line } = started();
  const said = [await line(), await line(), await line()]; // the parent's comes by another way than the workers'
  expect(said).toContain('serving');
  const [first, second] = said.filter((each) => each !== 'serving').map(workerIn);
  expect(second.url).toBe(first.url);
  const { url } = first;

  const pids = await Promise.all(Array.from({ length: 8 }, () => answerOf(url, '/pid')));
  expect(new Set(pids)).toEqual(new Set([`200 ${first.pid}`, `200 ${second.pid}`]));

  const event = {
    type: 'play',
    eventId: 'e1',
    member: 'member-1',
    title: 'title-9',
    watchedFraction: 1,
    at: NOW,
  };
  const headers = { 'content-type': 'application/json' };
  const post = async () =>
    await (
      await request(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(event), reset: true })
    ).body.json();
  expect(await post()).toMatchObject({ results: [{ outcome: 'applied' }] });
  for (let i = 0; i < 3; i++) expect(await post()).toMatchObject({ results: [{ outcome: 'duplicate' }] });

  const metrics = await answerOf(url, '/metrics');
  expect(metrics).toContain('marquee_http_requests_total{route="/pid",method="GET",status="200"} 8');
  expect(metrics).toContain('marquee_model_info{version="v1"} 1');

  process.kill(second.pid, 'SIGKILL');
  expect(await line()).toBe('died SIGKILL');
  expect(workerIn(await line()).pid).not.toBe(second.pid);
  expect(await answerOf(url, '/healthz')).toContain('200');

  const slow = Array.from({ length: 4 }, () => answerOf(url, '/slow'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const startedAt = performance.now();
  child.kill('SIGTERM');
  expect(await Promise.all(slow)).toEqual(slow.map(() => '200 done'));
  expect(await ended).toEqual([0, null]);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await expect(answerOf(url, '/healthz')).rejects.toThrow();
});

it('workers hold clients to the limits of one process, and end though one keeps silent', async () => {
  const { child, ended, line } = started();
  const said = [await line(), await line(), await line()];
  const [{ url }] = said.filter((each) => each !== 'serving').map(workerIn);
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    closings.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const dripping = await open();
  dripping.write('GET /slow HTTP/1.1\r\nHost: x\r\n');
  const [answer] = await once(dripping, 'data');
  expect(String(answer)).toContain('408');

  await open();
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('is over at once, with its exit code, when the first worker cannot serve', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  closings.push(() => taken.close());
  const { port } = taken.address() as { port: number };
  const { ended } = started(port);
  expect(await ended).toEqual([3, null]);
});
