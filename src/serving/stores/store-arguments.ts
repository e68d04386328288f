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

/** @throws RangeError when the prefix or the place to go on from is no part of a key, or on a limit < 1 */
export const expectScan = (prefix: string, after: string | undefined, limit: number): void => {
  for (const text of [prefix, after ?? '']) {
    if (!PRINTABLE_PREFIX.test(text)) {
      throw new RangeError(`scan: expected printable ASCII characters, got ${JSON.stringify(text)}`);
    }
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new RangeError(`limit: expected a whole number >= 1, got ${limit}`);
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
