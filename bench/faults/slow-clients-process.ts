/**
 * Clients that hold connections and give nothing for them, in a process of their own:
 *   node --import tsx slow-clients-process.ts PORT COUNT LOOK_AFTER_MS PATH
 * Says `ready` when all are connected. A client that is cut connects again. At the end of its input it says, as JSON, for
 * how long each connection was held, in ms, by kind; those still held are counted up to then.
 */
import { connect, type Socket } from 'node:net';

export type SlowKind = keyof typeof KINDS;

export interface SlowReport {
  /** Milliseconds of each connection. */
  readonly held: Readonly<Record<SlowKind, readonly number[]>>;
}

const [port, count, lookAfterMs] = process.argv.slice(2, 5).map(Number);
const path = process.argv[5];
const DRIP_MS = 500;
const APART_MS = 5;

/** Writes `drop` again and again until the connection is closed. */
const drip = (socket: Socket, drop: string): void => {
  const timer = setInterval(() => socket.writable && socket.write(drop), DRIP_MS);
  socket.once('close', () => clearInterval(timer));
};

const KINDS = {
  silent: () => undefined,
  headers(socket: Socket) {
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    drip(socket, 'X-A: b\r\n');
  },
  body(socket: Socket) {
    const head =
      'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n';
    socket.write(head);
    drip(socket, ' ');
  },
  /** Sees that it was cut only when it looks. */
  reading(socket: Socket) {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.pause();
    const timer = setTimeout(() => socket.resume(), lookAfterMs);
    socket.once('close', () => clearTimeout(timer));
  },
  idle: (socket: Socket) => void socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'),
};

const kinds = Object.keys(KINDS) as SlowKind[];
const held: Record<SlowKind, number[]> = { silent: [], headers: [], body: [], reading: [], idle: [] };
const open = new Map<Socket, { readonly kind: SlowKind; readonly since: number }>();
let isOver = false;
let connected = 0;

const hold = (kind: SlowKind): void => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // a reset is one way of being cut
  socket.resume();
  socket.once('connect', () => {
    open.set(socket, { kind, since: performance.now() });
    KINDS[kind](socket);
    connected += 1;
    if (connected === count) process.stdout.write('ready\n');
  });
  socket.once('close', () => {
    const was = open.get(socket);
    open.delete(socket);
    if (isOver) return;
    if (was !== undefined) held[kind].push(performance.now() - was.since);
    setTimeout(() => hold(kind), was === undefined ? DRIP_MS : 0);
  });
};

for (let i = 0; i < count; i++) setTimeout(() => hold(kinds[i % kinds.length]), APART_MS * i);

process.stdin.resume().once('end', () => {
  isOver = true;
  for (const { kind, since } of open.values()) held[kind].push(performance.now() - since);
  process.stdout.write(`${JSON.stringify({ held } satisfies SlowReport)}\n`, () => process.exit(0));
});
