/**
 * The embedded store: one LMDB environment, which several processes may open at once. A commit is on disk
 * before it is acknowledged, and what is asked for in one turn of the event loop shares a commit.
 */
import { open, type RootDatabase } from 'lmdb';
import { type Clock, systemClock } from '../../domain/clock.ts';
import { dependencyError, messageOf } from '../../domain/errors.ts';
import type { Store, Verdict, Write } from './contract.ts';
import { framed, unframed } from './frame.ts';
import { lmdbFlaw } from './lmdb-file.ts';
import {
  AFTER_EVERY_KEY,
  closedError,
  expectKey,
  expectKnownKeys,
  expectOnePartition,
  expectPrefix,
  expiryOf,
} from './store-arguments.ts';

const PAGE_SIZE = 1_000;

const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');

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
  /** Others see a commit before it is on disk, and the next is made meanwhile. To be called in the turn that asks for it. */
  const onDisk = async (committed: Promise<unknown>): Promise<void> => {
    await Promise.all([committed, db.flushed.then(() => undefined)]);
  };
  const read = (key: string): Uint8Array | undefined =>
    unframed(db.getBinary(bytesOf(expectKey(key))), clock.now());
  const pageFrom = (start: Buffer, end: Buffer): string[] =>
    [...db.getKeys({ start, end, limit: PAGE_SIZE })].map((key) => Buffer.from(key).toString('latin1'));
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
      onDisk(
        db.batch(() => {
          for (const { key, frame } of changes) {
            if (frame === undefined) db.remove(key);
            else db.put(key, frame);
          }
        }),
      ),
    );
  };

  let next: { readonly works: (() => void)[]; readonly done: Promise<void> } | undefined;
  /** Runs it in the next commit, as all that asks for one before that begins; gives what it returns or throws. */
  const inNextCommit = async <T>(work: () => T): Promise<() => T> => {
    if (next === undefined) {
      const works: (() => void)[] = [];
      const committed = db.transaction(() => {
        next = undefined;
        for (const each of works) each();
      });
      next = { works, done: onDisk(committed) };
    }
    let outcome = work;
    next.works.push(() => {
      try {
        const result = work();
        outcome = () => result;
      } catch (thrown) {
        outcome = () => {
          throw thrown; // it wrote nothing, and the others are committed
        };
      }
    });
    await next.done;
    return outcome;
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
      const end = bytesOf(prefix + AFTER_EVERY_KEY);
      for (;;) {
        const page = reading(() => pageFrom(start, end));
        yield page;
        if (page.length < PAGE_SIZE) return;
        start = bytesOf(`${page[PAGE_SIZE - 1]}\0`);
      }
    },
    async apply<T>(keys: readonly string[], decide: (current: (Uint8Array | undefined)[]) => Verdict<T>) {
      expectOnePartition(keys);
      const outcome = await writing(() =>
        inNextCommit(() => {
          const { writes, result } = decide(keys.map(read));
          expectKnownKeys(keys, writes);
          for (const { key, frame } of prepared(writes)) {
            if (frame === undefined) db.removeSync(key);
            else db.putSync(key, frame);
          }
          return result;
        }),
      );
      return outcome();
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
      overlappingSync: true, // who waited for each flush before the next commit would acknowledge half as late again
      eventTurnBatching: false, // with it a commit that fails, as on a full disk, ends the process: nobody can hear of it
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
