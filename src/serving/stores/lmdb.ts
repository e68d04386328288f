/**
 * The embedded store: one LMDB environment, which several processes may open at once. A commit is on disk
 * before it is acknowledged, and what is asked for in one turn of the event loop shares a commit.
 */
import { open, type RootDatabase } from 'lmdb';
import { type Clock, systemClock } from '../../domain/clock.ts';
import { dependencyError, messageOf } from '../../domain/errors.ts';
import type { Store, Verdict, Write } from './contract.ts';
import { lmdbFlaw } from './lmdb-file.ts';
import {
  AFTER_EVERY_KEY,
  closedError,
  expectKey,
  expectKnownKeys,
  expectOnePartition,
  expectPrefix,
  expiryOf,
  isExpired,
} from './store-arguments.ts';

/** Each value begins with the moment of its end, a little-endian float64; 0 stands for never. */
const HEADER_BYTES = 8;

const PAGE_SIZE = 1_000;

const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');

const framed = (value: Uint8Array, expiry: number): Buffer => {
  const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + value.length);
  frame.writeDoubleLE(expiry, 0);
  frame.set(value, HEADER_BYTES);
  return frame;
};

const unframed = (frame: Uint8Array | undefined, now: number): Uint8Array | undefined => {
  if (frame === undefined) return undefined;
  const expiry = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES).getFloat64(0, true);
  return isExpired(expiry, now)
    ? undefined
    : new Uint8Array(frame.buffer, frame.byteOffset + HEADER_BYTES, frame.length - HEADER_BYTES);
};

/**
 * The store in a folder, which is made where it is missing.
 * @throws MarqueeError (dependency) that names the folder, when it cannot be opened
 */
export const openLmdbStore = (folder: string, clock: Clock = systemClock): Store => {
  const name = `lmdb store ${folder}`;
  const db = openDatabase(folder);
  let closing: Promise<void> | undefined;
  const underWay = new Set<Promise<unknown>>();

  /** Without it a read in this turn could see the snapshot of an earlier one, older than others' commits. */
  const refresh = (): void => {
    if (closing !== undefined) throw closedError(name);
    db.resetReadTxn();
  };
  const reading = <T>(read: () => T): T => {
    refresh();
    try {
      return read();
    } catch (thrown) {
      if (thrown instanceof RangeError) throw thrown;
      throw dependencyError('store-failed', `${name}: cannot read: ${messageOf(thrown)}`, { cause: thrown });
    }
  };
  const writing = async <T>(write: () => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw closedError(name);
    const pending = write();
    underWay.add(pending);
    try {
      return await pending;
    } catch (thrown) {
      const cause = await commitFailure(thrown);
      throw dependencyError('store-failed', `${name}: cannot write: ${messageOf(cause)}`, { cause });
    } finally {
      underWay.delete(pending);
    }
  };
  const read = (key: string): Uint8Array | undefined =>
    unframed(db.getBinary(bytesOf(expectKey(key))), clock.now());
  /** `last` is where the next page begins behind, where there is one. */
  const pageFrom = (start: Buffer, prefix: string): { keys: string[]; last: string | undefined } => {
    const now = clock.now();
    const end = bytesOf(prefix + AFTER_EVERY_KEY);
    const range = [...db.getRange({ start, end, limit: PAGE_SIZE })].map(({ key, value: frame }) => ({
      key: Buffer.from(key).toString('latin1'),
      isLive: unframed(frame, now) !== undefined,
    }));
    return {
      keys: range.flatMap(({ key, isLive }) => (isLive ? [key] : [])),
      last: range.length < PAGE_SIZE ? undefined : range[PAGE_SIZE - 1].key,
    };
  };
  const prepared = (writes: readonly Write[]): { key: Buffer; frame: Buffer | undefined }[] => {
    const now = clock.now();
    return writes.map(({ key, value, ttlMs }) => {
      const expiry = expiryOf(now, ttlMs);
      return { key: bytesOf(expectKey(key)), frame: value && framed(value, expiry) };
    });
  };
  const batch = async (writes: readonly Write[]): Promise<void> => {
    const changes = prepared(writes);
    await writing(() =>
      db.batch(() => {
        for (const { key, frame } of changes) {
          if (frame === undefined) db.remove(key);
          else db.put(key, frame);
        }
      }),
    );
  };

  return {
    name,
    async get(key) {
      return reading(() => read(key));
    },
    async getMany(keys) {
      return reading(() => keys.map(read));
    },
    put: (key, value, ttlMs) => batch([ttlMs === undefined ? { key, value } : { key, value, ttlMs }]),
    delete: (key) => batch([{ key, value: undefined }]),
    batch,
    async *keys(prefix) {
      let start = bytesOf(expectPrefix(prefix));
      for (;;) {
        const page = reading(() => pageFrom(start, prefix));
        yield page.keys;
        if (page.last === undefined) return;
        start = bytesOf(`${page.last}\0`);
      }
    },
    async apply<T>(keys: readonly string[], decide: (current: (Uint8Array | undefined)[]) => Verdict<T>) {
      expectOnePartition(keys);
      const outcome = await writing(() =>
        db.transaction((): { result: T } | { thrown: unknown } => {
          try {
            const { writes, result } = decide(keys.map(read));
            expectKnownKeys(keys, writes);
            for (const { key, frame } of prepared(writes)) {
              if (frame === undefined) db.removeSync(key);
              else db.putSync(key, frame);
            }
            return { result };
          } catch (thrown) {
            return { thrown }; // lmdb commits the others of this transaction; nothing was written here yet
          }
        }),
      );
      if ('thrown' in outcome) throw outcome.thrown;
      return outcome.result;
    },
    close() {
      closing ??= Promise.allSettled(underWay).then(() => db.close());
      return closing;
    },
  };
};

const openDatabase = (folder: string): RootDatabase<Buffer, Buffer> => {
  try {
    const flaw = lmdbFlaw(folder);
    if (flaw !== undefined) throw new Error(flaw);
    return open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false, // with it a commit is acknowledged before it is on disk
    });
  } catch (thrown) {
    const message = `store ${folder}: cannot be opened: ${messageOf(thrown)}, expected a folder of an LMDB store or an empty one`;
    throw dependencyError('store-unavailable', message, { cause: thrown });
  }
};

/** lmdb says why a commit failed in a second promise, whose rejection nobody would otherwise hear. */
const commitFailure = async (thrown: unknown): Promise<unknown> => {
  if (!(thrown instanceof Error) || !('commitError' in thrown)) return thrown;
  try {
    await thrown.commitError;
    return thrown;
  } catch (cause) {
    return cause;
  }
};
