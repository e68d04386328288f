import type { ClientLimit } from './client-limits.ts';

/** How much, and for how long, one client may keep the server. */
export interface Limits {
  readonly bodyBytes: number;
  /** Lists and objects of a body within one another. */
  readonly bodyDepth: number;
  /** The request line and all headers. */
  readonly headerBytes: number;
  /** For the headers of a request to arrive. Who is cut connects again: a short time costs more than it saves. */
  readonly headersMs: number;
  /** For a whole request to arrive. */
  readonly requestMs: number;
  /**
   * How often connections are held against these two. Node's own default is 30 s, which makes them as long; and all that
   * are late by then are cut at once, while everybody else waits.
   */
  readonly checkEveryMs: number;
  /** A connection on which nothing moves, a client that does not read included. */
  readonly silentMs: number;
  /** For a client to take an answer, once it is begun. */
  readonly answerMs: number;
  /** Between two requests on one connection. Longer than a client's pause, shorter than a drain. */
  readonly keepAliveMs: number;
  /** For how long a server that is told to end still takes new connections, /readyz saying 503: for a balancer to see. */
  readonly noticeMs: number;
  /** Mean delay of the event loop from which requests are shed: the last resort, where everything else failed. Infinity sheds none. */
  readonly eventLoopDelayMs: number;
  /** 0 requests per second are no limit. */
  readonly clientLimit: ClientLimit;
}

export const defaultLimits: Limits = {
  bodyBytes: 256 * 1024,
  bodyDepth: 16,
  headerBytes: 16 * 1024,
  headersMs: 8_000,
  requestMs: 10_000,
  checkEveryMs: 100,
  silentMs: 10_000,
  answerMs: 10_000,
  keepAliveMs: 1_000,
  noticeMs: 0,
  eventLoopDelayMs: 1_000,
  clientLimit: { requestsPerSecond: 100, ofLoopback: false },
};
