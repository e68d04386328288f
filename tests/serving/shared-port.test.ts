import type { Worker } from 'node:cluster';
import { lookup } from 'node:dns/promises';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { ToParent, ToWorker } from '../../src/serving/workers/messages.ts';
import { createSharedPort, type SharedPort } from '../../src/serving/workers/shared-port.ts';

const closings: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

/** A worker that only notes what it is told. */
const addWorker = (shared: SharedPort) => {
  const told: ToWorker[] = [];
  const worker = Object.assign(new EventEmitter(), {
    isConnected: () => true,
    send(message: ToWorker, socket: Socket | undefined, done: (error: Error | null) => void) {
      told.push(message);
      if (socket !== undefined) closings.push(() => socket.destroy());
      worker.emit('told');
      done(null);
    },
  });
  const count = { served: 0 };
  shared.shareWith(worker as unknown as Worker, () => {
    count.served += 1;
  });
  const say = (message: ToParent): void => void worker.emit('message', message);
  const hears = async (type: ToWorker['type'], times = 1): Promise<void> => {
    while (told.filter((each) => each.type === type).length < times) await once(worker, 'told');
  };
  const listens = async (port = 0, host = '127.0.0.1'): Promise<number> => {
    say({ type: 'marquee:listen', place: { host, port } });
    await hears('marquee:listening');
    const [first] = told;
    return first.type === 'marquee:listening' ? first.address.port : 0;
  };
  const die = (): void => void worker.emit('exit');
  return { count, die, hears, listens, say, types: () => told.map(({ type }) => type.slice(8)) };
};
const connected = async (port: number, host = '127.0.0.1'): Promise<Socket> => {
  const socket = connect(port, host);
  closings.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
};
const taken: ToParent = { type: 'marquee:taken' };
const leave: ToParent = { type: 'marquee:leave' };

it('hands connections to whoever has been free for longest, and none to who has not taken its last', async () => {
  const shared = createSharedPort();
  const [first, second] = [addWorker(shared), addWorker(shared)];
  const port = await first.listens();
  expect(await second.listens()).toBe(port);
  expect([first.count.served, second.count.served]).toEqual([1, 1]);

  for (let i = 0; i < 4; i++) await connected(port);
  await second.hears('marquee:connection');
  expect(first.types()).toEqual(['listening', 'connection']);
  second.say(taken);
  second.say(taken);
  expect(second.types()).toEqual(['listening', 'connection', 'connection', 'connection']);
  expect(first.types()).toEqual(['listening', 'connection']);
  first.say(leave);
  expect(first.types().at(-1)).toBe('left');
  first.say(taken); // what it was handed before
  await connected(port);
  second.say(taken);
  await second.hears('marquee:connection', 4);
  second.say(leave);
  await second.hears('marquee:left');
});

it('hands the last that leaves all that came, and only then tells it that these were all', async () => {
  const shared = createSharedPort();
  const last = addWorker(shared);
  const port = await last.listens();
  for (let i = 0; i < 3; i++) await connected(port);
  await last.hears('marquee:connection');
  last.say(leave);
  await connected(port); // nobody was told yet
  await last.hears('marquee:left');
  expect(last.types()).toEqual(['listening', ...Array.from({ length: 4 }, () => 'connection'), 'left']);
  await expect(connected(port)).rejects.toThrow('ECONNREFUSED');
});

it('lets clients go when all workers died, and listens on the same port for who comes then', async () => {
  const shared = createSharedPort();
  const first = addWorker(shared);
  const port = await first.listens();
  await connected(port);
  const waiting = await connected(port);
  await first.hears('marquee:connection');
  const ended = once(waiting.resume(), 'close');
  first.die();
  await ended;
  await expect(connected(port)).rejects.toThrow('ECONNREFUSED');

  const second = addWorker(shared);
  expect(await second.listens()).toBe(port);
  await connected(port);
  await second.hears('marquee:connection');
  second.die();
});

it('tells a worker why it cannot listen, and another that it can', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  closings.push(() => other.close());
  await once(other, 'listening');
  const shared = createSharedPort();
  const refused = addWorker(shared);
  const { port } = other.address() as AddressInfo;
  refused.say({ type: 'marquee:listen', place: { host: '127.0.0.1', port } });
  await refused.hears('marquee:refused');
  expect(refused.count.served).toBe(0);
  const served = addWorker(shared);
  await served.listens();
  served.die();
});

it('listens on every address of a host that this machine has', async () => {
  const shared = createSharedPort();
  const worker = addWorker(shared);
  const port = await worker.listens(0, 'localhost');
  let count = 0;
  for (const { address: host } of await lookup('localhost', { all: true })) {
    const probe = createServer();
    const isHere = await new Promise((resolve) => {
      probe.once('error', () => resolve(false)).listen({ host, port: 0 }, () => resolve(true));
    });
    probe.close();
    if (!isHere) continue;
    await connected(port, host);
    count += 1;
  }
  expect(count).toBeGreaterThan(0);
  worker.die();
});
