/** Sends bytes as they are, and counts what the server took for requests. */
import { connect } from 'node:net';
import type { SmugglingVector } from './smuggling-vectors.ts';

export interface SmugglingOutcome<V extends SmugglingVector> {
  readonly vector: V;
  /** Of the first answer; 0 where the connection was closed without one. */
  readonly status: number;
  /** Answers with 200 that came back. */
  readonly hits: number;
}

export interface SmugglingRun<V extends SmugglingVector> {
  readonly outcomes: readonly SmugglingOutcome<V>[];
  /** Requests that reached a handler and were answered with 200, by the server's own count, whoever got the answers. */
  readonly served: number;
}

/** Where nothing more comes within this, the server waits for more bytes, and the client leaves. */
const QUIET_MS = 1_000;

/** The vectors at once, each on a connection of its own, to a server to which nobody else speaks. */
export const sendVectors = async <V extends SmugglingVector>(
  origin: string,
  vectors: readonly V[],
): Promise<SmugglingRun<V>> => {
  const before = await servedBy(origin);
  const outcomes = await Promise.all(
    vectors.map(async (vector) => {
      const statuses = statusesIn(await rawAnswer(Number(new URL(origin).port), vector.bytes));
      return {
        vector,
        status: statuses[0] ?? 0,
        hits: statuses.filter((status) => status === 200).length,
      };
    }),
  );
  return { outcomes, served: (await servedBy(origin)) - before };
};

/** What comes back on a connection until it is closed or falls quiet. */
const rawAnswer = async (port: number, bytes: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    answer += text;
  });
  socket.on('error', () => undefined); // a reset is one way of closing
  socket.setTimeout(QUIET_MS, () => socket.destroy());
  socket.write(Buffer.from(bytes, 'latin1'));
  await new Promise((resolve) => socket.once('close', resolve)); // `once` of node:events would throw the reset
  return answer;
};

const statusesIn = (answer: string): number[] =>
  Array.from(answer.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));

/** Requests answered with 200 so far, by the server's own count; asking for it is none. */
const servedBy = async (origin: string): Promise<number> => {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const counts = text.matchAll(
    /^marquee_http_requests_total\{route="(?!\/metrics)[^"]*",[^}]*status="200"[^}]*\} (\d+)/gm,
  );
  return Array.from(counts, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0);
};
