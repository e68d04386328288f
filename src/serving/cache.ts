import { LRUCache } from 'lru-cache';
import { type Clock, type EpochMs, systemClock } from '../domain/clock.ts';

export type CacheOutcome = 'hit' | 'stale' | 'miss' | 'coalesced';

export interface Cached<V> {
  readonly value: V;
  readonly outcome: CacheOutcome;
}

/** One load per key at a time. */
export interface Cache<V> {
  /**
   * The value, from the cache while it is fresh (`hit`); for a while after that the old one, as a new one
   * is loaded behind it (`stale`); else loaded now, by this call (`miss`) or by one already under way
   * (`coalesced`). A load is given up only when nobody waits for it any more. Failures are not kept.
   * @throws the signal's reason; what the load threw
   */
  getOrLoad(key: string, load: (signal: AbortSignal) => Promise<V>, signal: AbortSignal): Promise<Cached<V>>;
  /** Whatever is kept, however old; loads nothing. */
  peek(key: string): V | undefined;
  put(key: string, value: V): void;
  /** A load under way is neither kept nor joined by later calls. */
  delete(key: string): void;
}

export interface CacheConfig {
  readonly maxEntries: number;
  readonly freshMs: number;
  /** After `freshMs`. */
  readonly staleMs: number;
  readonly clock?: Clock;
  /** Hears of loads that failed behind a stale answer; the next call after `staleMs` fails itself. */
  readonly onStaleFailure?: (key: string, error: unknown) => void;
}

interface Held<V> {
  readonly value: V;
  readonly at: EpochMs;
}

interface Flight<V> {
  readonly result: Promise<V>;
  readonly controller: AbortController;
  waiting: number;
}

/** @throws RangeError unless maxEntries is a whole number from 1 and the times are >= 0 */
export const createCache = <V>(config: CacheConfig): Cache<V> => {
  const { maxEntries, freshMs, staleMs, clock = systemClock, onStaleFailure = () => undefined } = config;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new RangeError(`maxEntries: expected a whole number from 1, got ${maxEntries}`);
  }
  if (!(freshMs >= 0)) throw new RangeError(`freshMs: expected a number from 0, got ${freshMs}`);
  if (!(staleMs >= 0)) throw new RangeError(`staleMs: expected a number from 0, got ${staleMs}`);
  const entries = new LRUCache<string, Held<V>>({ max: maxEntries });
  const flights = new Map<string, Flight<V>>();

  const take = (key: string, load: (signal: AbortSignal) => Promise<V>): Flight<V> => {
    const controller = new AbortController();
    const flight: Flight<V> = { result: loaded(), controller, waiting: 0 };
    async function loaded(): Promise<V> {
      try {
        const value = await Promise.resolve(controller.signal).then(load);
        if (flights.get(key) === flight) entries.set(key, { value, at: clock.now() });
        return value;
      } finally {
        if (flights.get(key) === flight) flights.delete(key);
      }
    }
    flights.set(key, flight);
    return flight;
  };

  const join = async (key: string, flight: Flight<V>, signal: AbortSignal): Promise<V> => {
    flight.waiting += 1;
    try {
      return await orAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        if (flights.get(key) === flight) flights.delete(key); // nobody may join what is given up
        flight.controller.abort(signal.reason);
      }
    }
  };

  return {
    async getOrLoad(key, load, signal) {
      signal.throwIfAborted();
      const held = entries.get(key);
      const ageMs = held === undefined ? Number.POSITIVE_INFINITY : clock.now() - held.at;
      if (held !== undefined && ageMs < freshMs) return { value: held.value, outcome: 'hit' };
      const underWay = flights.get(key);
      if (held !== undefined && ageMs < freshMs + staleMs) {
        if (underWay === undefined) {
          take(key, load).result.catch((error: unknown) => onStaleFailure(key, error));
        }
        return { value: held.value, outcome: 'stale' };
      }
      if (underWay !== undefined) return { value: await join(key, underWay, signal), outcome: 'coalesced' };
      return { value: await join(key, take(key, load), signal), outcome: 'miss' };
    },
    peek: (key) => entries.peek(key)?.value,
    put(key, value) {
      flights.delete(key);
      entries.set(key, { value, at: clock.now() });
    },
    delete(key) {
      flights.delete(key);
      entries.delete(key);
    },
  };
};

/** The promise's value, or the signal's reason, whichever comes first. */
const orAborted = async <V>(promise: Promise<V>, signal: AbortSignal): Promise<V> =>
  await new Promise<V>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
