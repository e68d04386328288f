/** A store that forgets everything with its process: for tests, and for trying things out. */
import { type Clock, type EpochMs, systemClock } from '../../domain/clock.ts';
import type { Store, Write } from './contract.ts';
import {
  closedError,
  expectKey,
  expectKnownKeys,
  expectOnePartition,
  expectPrefix,
  expiryOf,
  isExpired,
} from './store-arguments.ts';

interface Held {
  readonly value: Uint8Array;
  readonly expiry: EpochMs;
}

export const createMemoryStore = (clock: Clock = systemClock): Store => {
  const name = 'memory';
  const entries = new Map<string, Held>();
  let closed = false;

  const expectOpen = (): void => {
    if (closed) throw closedError(name);
  };
  const read = (key: string): Uint8Array | undefined => {
    const held = entries.get(expectKey(key));
    return held === undefined || isExpired(held.expiry, clock.now()) ? undefined : held.value.slice();
  };
  const writeAll = (writes: readonly Write[]): void => {
    const now = clock.now();
    const checked = writes.map(({ key, value, ttlMs }) => {
      const expiry = expiryOf(now, ttlMs);
      return { key: expectKey(key), held: value && { value: Uint8Array.from(value), expiry } };
    });
    for (const { key, held } of checked) {
      if (held === undefined) entries.delete(key);
      else entries.set(key, held);
    }
  };

  return {
    name,
    async get(key) {
      expectOpen();
      return read(key);
    },
    async getMany(keys) {
      expectOpen();
      return keys.map(read);
    },
    async put(key, value, ttlMs) {
      expectOpen();
      writeAll([ttlMs === undefined ? { key, value } : { key, value, ttlMs }]);
    },
    async delete(key) {
      expectOpen();
      writeAll([{ key, value: undefined }]);
    },
    async batch(writes) {
      expectOpen();
      writeAll(writes);
    },
    async *keys(prefix) {
      expectOpen();
      expectPrefix(prefix);
      yield [...entries.keys()].filter((key) => key.startsWith(prefix));
    },
    async apply(keys, decide) {
      expectOpen();
      expectOnePartition(keys);
      const { writes, result } = decide(keys.map(read));
      expectKnownKeys(keys, writes);
      writeAll(writes);
      return result;
    },
    async close() {
      closed = true;
      entries.clear();
    },
  };
};
