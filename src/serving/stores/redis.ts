/**
 * The shared store: Redis, one server or a cluster. It answers, or fails, within a time: a command that takes too
 * long fails, more than some at once are refused, and while most fail none is sent. What Redis acknowledged it may
 * lose, since it replicates afterwards; what must not be lost stands in a log of our own (`events/journal.ts`).
 *
 * An entry carries the CRC-32 of its key and frame, and each script answers with the number it was called with: an
 * answer that belongs to another command, or is none, is an error and never somebody else's profile.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Clock, systemClock } from '../../domain/clock.ts';
import { dependencyError, MarqueeError, messageOf } from '../../domain/errors.ts';
import { groupsBy } from '../../domain/groups.ts';
import { type Breaker, createBreaker } from '../breaker.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import type { Store, Verdict, Write } from './contract.ts';
import { framed, unframed } from './frame.ts';
import { createQueues } from './queues.ts';
import { connectRedis, type RedisAddress, type Script } from './redis-client.ts';
import {
  closedError,
  expectKey,
  expectKnownKeys,
  expectOnePartition,
  expectPrefix,
  expiryOf,
  partitionOf,
} from './store-arguments.ts';

export interface RedisOptions {
  readonly address: RedisAddress;
  /** Goes before every key, so that several can share a server. */
  readonly namespace: string;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Default 100 ms. */
  readonly commandTimeoutMs?: number;
  readonly breaker?: Breaker;
  /** Calls under way at once; more are refused. Default 10,000. */
  readonly mostPending?: number;
}

/** Commands that one call of `batch` or `getMany` sends at once. */
const AT_ONCE = 64;

/** How often a decision is made anew because another process wrote in between. */
const MOST_TRIES = 100;

/** How long the opening waits for the first connection; without one the store is opened all the same, and fails. */
const CONNECT_WAIT_MS = 1_000;

/** Longer than the clocks of servers differ: Redis frees the space of an entry so long after its time is over. */
const KEPT_AFTER_EXPIRY_MS = 60_000;

/**
 * Writes if the keys still hold what was read. KEYS are of one slot; ARGV: the call's number, how many of the keys
 * are compared, for each of these '' where it held nothing or '=' and its bytes, then for each write the place of
 * its key, its ttl in ms ('' for none, '-' to remove it) and its bytes.
 */
const SWAP = `
local compared = tonumber(ARGV[2])
for i = 1, compared do
  local held = redis.call('GET', KEYS[i])
  if (held and '=' .. held or '') ~= ARGV[2 + i] then return ARGV[1] .. ' changed' end
end
for i = compared + 3, #ARGV, 3 do
  local key, ttl = KEYS[tonumber(ARGV[i])], ARGV[i + 1]
  if ttl == '-' then redis.call('DEL', key)
  elseif ttl == '' then redis.call('SET', key, ARGV[i + 2])
  else redis.call('SET', key, ARGV[i + 2], 'PX', ttl) end
end
return ARGV[1] .. ' written'
`;
const swapScript: Script = { text: SWAP, sha1: createHash('sha1').update(SWAP).digest('hex') };

type Held = Buffer | undefined;

/** Resolves with a store even where nobody answers there: it fails until somebody does. */
export const openRedisStore = async (options: RedisOptions): Promise<Store> => {
  const { address, namespace, clock = systemClock, timers = systemTimers } = options;
  const { commandTimeoutMs = 100, mostPending = 10_000 } = options;
  const name = nameOf(address);
  const breaker = options.breaker ?? createBreaker({ name, now: timers.now });
  const client = connectRedis(address, commandTimeoutMs);
  const queues = createQueues();
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  let calls = 0;
  await Promise.race([client.ready, new Promise<void>((resolve) => timers.after(CONNECT_WAIT_MS, resolve))]);

  const keyOf = (key: string): string => `${namespace}${expectKey(key)}`;
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw closedError(name);
    if (underWay.size >= mostPending) {
      throw dependencyError('store-busy', `${name}: ${mostPending} calls are under way, expected fewer`);
    }
    const pending = work();
    underWay.add(pending);
    try {
      return await pending;
    } finally {
      underWay.delete(pending);
    }
  };
  /** `check` gives what the answer says, or undefined where it is no answer to this. */
  const command = async <T>(
    send: () => Promise<unknown>,
    check: (reply: unknown) => T | undefined,
  ): Promise<T> => {
    try {
      return await breaker.run(async () => {
        const checked = check(await send());
        if (checked !== undefined) return checked;
        client.reset(); // its answers may be out of step from here on
        throw dependencyError('store-garbled', `${name}: answered what was not asked`);
      });
    } catch (thrown) {
      if (thrown instanceof MarqueeError) throw thrown;
      throw dependencyError('store-failed', `${name}: ${messageOf(thrown)}`, { cause: thrown });
    }
  };
  /** What the keys of one partition hold, as it is stored. */
  const read = (keys: readonly string[]): Promise<Held[]> =>
    command(
      async () => (keys.length === 1 ? [await client.get(keys[0])] : await client.getMany(keys)),
      (reply) => {
        if (!Array.isArray(reply) || reply.length !== keys.length) return undefined;
        const isRight = reply.every((held, i) => held === null || isSealed(keys[i], held));
        return isRight ? reply.map((held) => held ?? undefined) : undefined;
      },
    );
  const opened = (held: Held): Uint8Array | undefined => {
    const value = unframed(held?.subarray(0, -CHECK_BYTES), clock.now());
    return value && Uint8Array.from(value);
  };
  const prepared = (writes: readonly Write[]): Prepared[] => {
    const now = clock.now();
    return writes.map(({ key, value, ttlMs }) => {
      const expiry = expiryOf(now, ttlMs);
      const sealedKey = keyOf(key);
      return { key: sealedKey, bytes: value && sealed(sealedKey, framed(value, expiry)), ttlMs };
    });
  };
  /** Whether the keys still held what was `read` of them, and the writes were done. */
  const swap = (
    keys: readonly string[],
    held: readonly Held[],
    writes: readonly Prepared[],
  ): Promise<boolean> => {
    const number = String(++calls);
    const known = held.map((bytes) => (bytes === undefined ? '' : Buffer.concat([EQUALS, bytes])));
    const changes = writes.flatMap(({ key, bytes, ttlMs }) => [
      String(keys.indexOf(key) + 1),
      bytes === undefined ? '-' : ttlMs === undefined ? '' : String(Math.ceil(ttlMs) + KEPT_AFTER_EXPIRY_MS),
      bytes ?? '',
    ]);
    return command(
      () => client.run(swapScript, keys, [number, String(held.length), ...known, ...changes]),
      (reply) => (reply === `${number} written` ? true : reply === `${number} changed` ? false : undefined),
    );
  };
  const batch = async (writes: readonly Write[]): Promise<void> => {
    const groups = groupsBy(prepared(writes), ({ key }) => partitionOf(key)).values();
    await call(() =>
      someAtOnce(groups, async (group) => {
        await swap([...new Set(group.map(({ key }) => key))], [], group);
      }),
    );
  };

  return {
    name,
    async get(key) {
      const asked = keyOf(key);
      return call(async () => opened((await read([asked]))[0]));
    },
    async getMany(keys) {
      const places = keys.map((key, place) => ({ key: keyOf(key), place }));
      const found = new Array<Uint8Array | undefined>(keys.length);
      const groups = groupsBy(places, ({ key }) => partitionOf(key)).values();
      await call(() =>
        someAtOnce(groups, async (group) => {
          const held = await read(group.map(({ key }) => key));
          group.forEach(({ place }, i) => {
            found[place] = opened(held[i]);
          });
        }),
      );
      return found;
    },
    put: (key, value, ttlMs) => batch([ttlMs === undefined ? { key, value } : { key, value, ttlMs }]),
    delete: (key) => batch([{ key, value: undefined }]),
    batch,
    async *keys(prefix) {
      const pattern = `${namespace}${expectPrefix(prefix)}`.replaceAll(/[\\*?[\]^]/g, '\\$&');
      const told = new Set<string>(); // Redis may tell a key twice while it makes room
      if (closing !== undefined) throw closedError(name);
      if (client.servers() === 0) throw dependencyError('store-failed', `${name}: no server is known`);
      for (let server = 0; server < client.servers(); server++) {
        let cursor = '0';
        do {
          const page = await call(() => command(() => client.scan(server, cursor, `${pattern}*`), pageIn));
          const fresh = page.keys.filter((key) => !told.has(key));
          for (const key of fresh) told.add(key);
          yield fresh.map((key) => key.slice(namespace.length));
          cursor = page.cursor;
        } while (cursor !== '0');
      }
    },
    async apply<T>(keys: readonly string[], decide: (current: (Uint8Array | undefined)[]) => Verdict<T>) {
      expectOnePartition(keys);
      const own = keys.map(keyOf);
      // One after another here, so that only other processes can come in between.
      const decideAndWrite = async (): Promise<T> => {
        for (let i = 0; i < MOST_TRIES; i++) {
          const held = await read(own);
          const { writes, result } = decide(held.map(opened));
          expectKnownKeys(keys, writes);
          if (writes.length === 0 || (await swap(own, held, prepared(writes)))) return result;
        }
        const message = `${name}: '${keys[0]}' was changed by others ${MOST_TRIES} times in a row`;
        throw dependencyError('store-contended', message);
      };
      return call(() => queues.inTurn(partitionOf(keys[0] ?? ''), decideAndWrite));
    },
    close() {
      closing ??= Promise.allSettled(underWay).then(() => client.close());
      return closing;
    },
  };
};

interface Prepared {
  readonly key: string;
  readonly bytes: Buffer | undefined;
  readonly ttlMs: number | undefined;
}

const EQUALS = Buffer.from('=');
const CHECK_BYTES = 4;

const checkOf = (key: string, frame: Uint8Array): number => crc32(frame, crc32(key));

const sealed = (key: string, frame: Buffer): Buffer => {
  const check = Buffer.alloc(CHECK_BYTES);
  check.writeUInt32LE(checkOf(key, frame));
  return Buffer.concat([frame, check]);
};

const isSealed = (key: string, held: unknown): held is Buffer =>
  Buffer.isBuffer(held) &&
  held.length >= CHECK_BYTES &&
  held.readUInt32LE(held.length - CHECK_BYTES) === checkOf(key, held.subarray(0, -CHECK_BYTES));

const pageIn = (reply: unknown): { cursor: string; keys: string[] } | undefined => {
  if (!Array.isArray(reply) || reply.length !== 2) return undefined;
  const [cursor, keys] = reply;
  return typeof cursor === 'string' && Array.isArray(keys) ? { cursor, keys } : undefined;
};

/** Without the password. */
const nameOf = ({ nodes, isCluster, database }: RedisAddress): string => {
  const places = nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  return isCluster ? `redis cluster ${places}` : `redis ${places}/${database}`;
};

const someAtOnce = async <T>(each: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> => {
  const all = [...each];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    await Promise.all(all.slice(from, from + AT_ONCE).map(work));
  }
};
