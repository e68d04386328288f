/**
 * How many requests each client made, over all processes that share a store. A request is counted here, at once and
 * without the store; every second the counts of busy clients are exchanged through it. So a store that is away costs
 * no request anything: each process then holds clients to the limit on its own, which neither lets everything pass
 * nor stops everybody.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../domain/clock.ts';
import { systemTimers, type Timers } from './deadline.ts';
import { kindOf } from './stage.ts';
import type { Store } from './stores/contract.ts';

export interface ClientCountsParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Counts begin anew each time so much has passed since 1970: the same moments everywhere. */
  readonly windowMs: number;
  /** Clients with fewer requests in a window are not worth an exchange. */
  readonly busyFrom: number;
  /** Default 1 s. */
  readonly everyMs?: number;
  readonly timers?: Timers;
}

export interface ClientCounts {
  /** Counts one request more; returns how many the client made in this window, and when that ends. */
  count(client: string): { readonly current: number; readonly endsInMs: number };
  /** One round of the exchange. @throws MarqueeError (dependency) where the store is away; what was to be told is told later */
  exchange(): Promise<void>;
  /** Exchanges again and again until it is closed. */
  start(onFailure: (error: unknown) => void): void;
  close(): Promise<void>;
}

interface Counted {
  readonly window: number;
  own: number;
  /** Of `own`, what the store knows. */
  told: number;
  others: number;
}

const MOST_CLIENTS = 50_000;
/** In one round, the busiest first. */
const MOST_EXCHANGED = 200;

export const createClientCounts = (parts: ClientCountsParts): ClientCounts => {
  const { store, clock, windowMs, busyFrom, everyMs = 1_000, timers = systemTimers } = parts;
  const clients = new LRUCache<string, Counted>({ max: MOST_CLIENTS });
  let closed = false;
  let callOff = (): void => undefined;
  let round = Promise.resolve();

  const tell = async (client: string, counted: Counted): Promise<void> => {
    const { window, own } = counted;
    const more = own - counted.told;
    const total = await store.apply([`limit/${client}`], ([held]) => {
      const sum = (held === undefined ? 0 : heldCount(held, window)) + more;
      return {
        writes: [{ key: `limit/${client}`, value: record(window, sum), ttlMs: windowMs }],
        result: sum,
      };
    });
    counted.told = own;
    counted.others = Math.max(0, total - own);
  };
  const exchange = async (): Promise<void> => {
    const window = Math.floor(clock.now() / windowMs);
    const busy = Array.from(clients.entries())
      .filter(([, each]) => each.window === window && each.own >= busyFrom && each.own > each.told)
      .sort(([, a], [, b]) => b.own - a.own)
      .slice(0, MOST_EXCHANGED);
    const settled = await Promise.allSettled(busy.map(([client, counted]) => tell(client, counted)));
    for (const each of settled) if (each.status === 'rejected') throw each.reason;
  };
  const next = (onFailure: (error: unknown) => void): void => {
    callOff = timers.after(everyMs, () => {
      round = exchange()
        .catch((error: unknown) => {
          if (kindOf(error) !== 'dependency') onFailure(error); // else told in a later round
        })
        .then(() => {
          if (!closed) next(onFailure);
        });
    });
  };
  return {
    count(client) {
      const now = clock.now();
      const window = Math.floor(now / windowMs);
      let counted = clients.get(client);
      if (counted?.window !== window) {
        counted = { window, own: 0, told: 0, others: 0 };
        clients.set(client, counted);
      }
      counted.own += 1;
      return { current: counted.own + counted.others, endsInMs: (window + 1) * windowMs - now };
    },
    exchange,
    start: next,
    close() {
      closed = true;
      callOff();
      return round;
    },
  };
};

const record = (window: number, count: number): Uint8Array =>
  new Uint8Array(Float64Array.of(window, count).buffer);

const heldCount = (held: Uint8Array, window: number): number => {
  const [heldWindow, count] = new Float64Array(held.slice().buffer);
  return heldWindow === window ? count : 0;
};
