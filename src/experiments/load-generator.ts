/**
 * Open-loop load: requests leave when the schedule says, whether or not earlier ones were answered, and
 * each latency counts from the scheduled moment. A generator that waits for answers sends less just when
 * the server is slow, and so never sees what members would (Tene, "How NOT to measure latency", 2013).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Rng } from '../domain/rng.ts';

export type Arrivals = 'poisson' | 'constant';

export interface Schedule {
  readonly requestsPerSecond: number;
  readonly durationMs: number;
  readonly arrivals: Arrivals;
  readonly rng: Rng;
}

export interface LoadRequest {
  readonly path: string;
  /** Default: GET, or POST where there is a body. */
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadPlan extends Schedule {
  /** Such as http://127.0.0.1:8080. */
  readonly origin: string;
  /** What to send; `number` counts from 0 in the order of the schedule. */
  request(number: number, rng: Rng): LoadRequest;
  /** More requests than this are not under way at once; those beyond wait, and their wait counts. Default 256. */
  readonly connections?: number;
  /** Hears of each answer, and of each request that got none. */
  readonly onAnswer?: (answer: LoadAnswer) => void;
  /** An answer that takes longer is a failure. Default 10 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface LoadAnswer {
  readonly number: number;
  /** When the request was due, ms after the start. */
  readonly dueMs: number;
  /** From that moment. */
  readonly latencyMs: number;
  /** 0 where there was no answer. */
  readonly status: number;
  /** Of a page, which stage did what. */
  readonly serverTiming: string;
  /** Of a homepage, where it came from, such as `personalised`. */
  readonly origin?: string;
}

export interface LoadResult {
  readonly sent: number;
  /** From the scheduled moment to the last byte of the answer, in the order of the schedule; failures left out. */
  readonly latenciesMs: Float64Array;
  /** How late each request left: where this is large, the generator is what was measured. */
  readonly sendDelaysMs: Float64Array; // [sent]
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Requests without an answer, by the code of the error. */
  readonly failures: Readonly<Record<string, number>>;
  /** Answers with status 200 in which the fallback of some stage stands. */
  readonly degraded: number;
  /** From the first scheduled moment to the last answer. */
  readonly durationMs: number;
}

/**
 * When requests leave, ms after the start, ascending: every 1 / rate, or with exponential gaps of that mean.
 * @throws RangeError unless rate and duration are > 0
 */
export const arrivalTimes = ({ requestsPerSecond, durationMs, arrivals, rng }: Schedule): Float64Array => {
  if (!(requestsPerSecond > 0)) {
    throw new RangeError(`requestsPerSecond: expected a number > 0, got ${requestsPerSecond}`);
  }
  if (!(durationMs > 0)) throw new RangeError(`durationMs: expected a number > 0, got ${durationMs}`);
  const gapMs = 1_000 / requestsPerSecond;
  if (arrivals === 'constant') {
    return Float64Array.from({ length: Math.ceil(durationMs / gapMs) }, (_, i) => i * gapMs);
  }
  const gaps = rng.fork('arrivals');
  const times: number[] = [];
  for (let at = 0; ; ) {
    at -= gapMs * Math.log(1 - gaps.next());
    if (at >= durationMs) return Float64Array.from(times);
    times.push(at);
  }
};

/**
 * A connection is given up so long before the server would. undici's own 2 s is longer than a server may keep one idle
 * (1 s), and then each request pays for a connection of its own.
 */
const KEEP_ALIVE_MARGIN_MS = 100;

/** @throws the signal's reason, once the requests under way have ended */
export const generateLoad = async (plan: LoadPlan): Promise<LoadResult> => {
  const { origin, rng, connections = 256, timeoutMs = 10_000, signal } = plan;
  const times = arrivalTimes(plan);
  const latencies = new Float64Array(times.length).fill(Number.NaN);
  const sendDelaysMs = new Float64Array(times.length);
  const statuses: Record<number, number> = {};
  const failures: Record<string, number> = {};
  let degraded = 0;
  const pool = new Pool(origin, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
  });
  const startedAt = performance.now();

  const send = async (number: number): Promise<void> => {
    const { path, method, body, headers = {} } = plan.request(number, rng.fork(`request/${number}`));
    const tell = (status: number, serverTiming = '', from?: unknown): void =>
      plan.onAnswer?.({
        ...{ number, dueMs: times[number], status, serverTiming },
        ...(typeof from === 'string' ? { origin: from } : {}),
        latencyMs: performance.now() - startedAt - times[number],
      });
    sendDelaysMs[number] = performance.now() - startedAt - times[number];
    try {
      const answer = await pool.request({
        path,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        ...(body === undefined
          ? { headers }
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }),
      });
      await answer.body.dump({ limit: Number.POSITIVE_INFINITY });
      latencies[number] = performance.now() - startedAt - times[number];
      statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
      const serverTiming = String(answer.headers['server-timing'] ?? '');
      if (answer.statusCode === 200 && isDegraded(serverTiming)) degraded += 1;
      tell(answer.statusCode, serverTiming, answer.headers[PAGE_ORIGIN]);
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
      failures[code] = (failures[code] ?? 0) + 1;
      tell(0);
    }
  };

  const underWay = new Set<Promise<void>>();
  try {
    for (let next = 0; next < times.length && signal?.aborted !== true; ) {
      const untilMs = times[next] - (performance.now() - startedAt);
      if (untilMs > 0) {
        await sleep(untilMs);
        continue;
      }
      const sending = send(next);
      underWay.add(sending);
      void sending.finally(() => underWay.delete(sending));
      next += 1;
    }
    await Promise.all(underWay);
    signal?.throwIfAborted();
  } finally {
    await pool.close();
  }
  const durationMs = performance.now() - startedAt - (times[0] ?? 0);
  const latenciesMs = latencies.filter((latency) => !Number.isNaN(latency));
  return { sent: times.length, latenciesMs, sendDelaysMs, statuses, failures, degraded, durationMs };
};

/** The header in which the server names the rung that a page comes from. */
const PAGE_ORIGIN = 'x-page-origin';

/** The server says in `desc` why it served a stage's fallback, so that no body need be parsed to count. */
const isDegraded = (serverTiming: string): boolean => serverTiming.includes(';desc=');
