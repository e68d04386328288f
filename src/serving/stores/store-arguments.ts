import type { EpochMs } from '../../domain/clock.ts';
import { dependencyError, type MarqueeError } from '../../domain/errors.ts';
import type { Write } from './contract.ts';

const PRINTABLE = /^[\x21-\x7e]{1,512}$/;
const PRINTABLE_PREFIX = /^[\x21-\x7e]{0,512}$/;

/** Sorts behind every byte that a key may hold. */
export const AFTER_EVERY_KEY = '\x7f';

/** The key itself. @throws RangeError when it is not 1 to 512 printable ASCII characters */
export const expectKey = (key: string): string => {
  if (!PRINTABLE.test(key)) {
    throw new RangeError(`key: expected 1 to 512 printable ASCII characters, got ${JSON.stringify(key)}`);
  }
  return key;
};

/** The prefix itself. @throws RangeError when it is no beginning of a key */
export const expectPrefix = (prefix: string): string => {
  if (!PRINTABLE_PREFIX.test(prefix)) {
    throw new RangeError(`prefix: expected printable ASCII characters, got ${JSON.stringify(prefix)}`);
  }
  return prefix;
};

/** What the first pair of braces holds, or else the whole key: the rule by which Redis Cluster places keys. */
export const partitionOf = (key: string): string => {
  const from = key.indexOf('{') + 1;
  const to = key.indexOf('}', from);
  return from > 0 && to > from ? key.slice(from, to) : key;
};

/** @throws RangeError on keys that are none, or not of one partition */
export const expectOnePartition = (keys: readonly string[]): void => {
  if (keys.length === 0) return;
  const partition = partitionOf(keys[0]);
  for (const key of keys) {
    if (partitionOf(expectKey(key)) !== partition) {
      throw new RangeError(`apply: expected keys of one partition, got '${keys[0]}' and '${key}'`);
    }
  }
};

/** When the entry ends; 0 stands for never. @throws RangeError on a ttl that is not > 0 */
export const expiryOf = (now: EpochMs, ttlMs: number | undefined): EpochMs => {
  if (ttlMs === undefined) return 0;
  if (!(ttlMs > 0)) throw new RangeError(`ttlMs: expected a number > 0, got ${ttlMs}`);
  return now + ttlMs;
};

export const isExpired = (expiry: EpochMs, now: EpochMs): boolean => expiry !== 0 && expiry <= now;

/** @throws RangeError on a write to a key that was not read */
export const expectKnownKeys = (keys: readonly string[], writes: readonly Write[]): void => {
  const read = new Set(keys);
  for (const { key } of writes) {
    if (!read.has(key)) throw new RangeError(`apply: '${key}' is written, but was not among the keys read`);
  }
};

export const closedError = (name: string): MarqueeError =>
  dependencyError('store-closed', `${name}: the store was closed, expected it to be open`);
