/**
 * Writes what was served, with the features it was served with, off the path of requests: pages wait in a bounded buffer
 * and go to disk in batches, one at a time. What the disk is too slow or too full for is dropped and counted.
 */
import { mkdirSync, promises, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { servedFile, servedFiles } from '../../../datasets/served-log.ts';
import type { Clock } from '../../domain/clock.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import { servedTitles } from './served-titles.ts';
import type { PageSeen } from './server-watch.ts';

export interface ServedLog {
  /** Returns at once. */
  offer(seen: PageSeen): void;
  /** Waits until what was offered is on disk, or was dropped. */
  flush(): Promise<void>;
  /** Flushes, and takes nothing more. */
  close(): Promise<void>;
}

export interface ServedLogParts {
  readonly folder: string;
  readonly titleIds: readonly string[];
  readonly clock: Clock;
  /** Hears how many titles were written or dropped. */
  readonly onLogged: (what: 'written' | 'dropped', titles: number) => void;
  /** Hears why a batch could not be written. */
  readonly onFailure: (error: unknown) => void;
  /** Between batches. Default 5 s. */
  readonly everyMs?: number;
  /** Pages that wait. Default 200; at as many, a batch is begun at once. */
  readonly mostPages?: number;
  /** Beyond it the oldest files go. Default 256 MiB. */
  readonly keepBytes?: number;
  readonly timers?: Timers;
  readonly write?: (path: string, bytes: Uint8Array) => Promise<void>;
}

export const openServedLog = (parts: ServedLogParts): ServedLog => {
  const { folder, titleIds, clock, onLogged, onFailure, timers = systemTimers } = parts;
  const { everyMs = 5_000, mostPages = 200, keepBytes = 256 * 2 ** 20, write = writeAside } = parts;
  mkdirSync(folder, { recursive: true });
  let waiting: PageSeen[] = [];
  let writing: Promise<void> | undefined;
  let files = 0;
  let closed = false;
  let callOff: (() => void) | undefined;

  const writeBatch = async (batch: readonly PageSeen[]): Promise<void> => {
    const served = servedTitles(batch, titleIds);
    try {
      const label = `${String(clock.now()).padStart(15, '0')}-${process.pid}-${++files}`;
      const { name, bytes } = servedFile(label, served);
      await write(join(folder, name), bytes);
      onLogged('written', served.title.length);
      dropOldest(folder, keepBytes);
    } catch (thrown) {
      onLogged('dropped', served.title.length);
      onFailure(thrown);
    }
  };
  const begin = (): void => {
    callOff?.();
    callOff = undefined;
    if (writing !== undefined || waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    writing = writeBatch(batch).finally(() => {
      writing = undefined;
      if (!closed) beginLater();
    });
  };
  const beginLater = (): void => {
    if (waiting.length > 0 && callOff === undefined) callOff = timers.after(everyMs, begin);
  };
  const flush = async (): Promise<void> => {
    while (writing !== undefined || waiting.length > 0) {
      begin();
      await writing;
    }
  };
  return {
    offer(seen) {
      const titles = seen.page.evidence?.titles.length ?? 0;
      if (titles === 0) return;
      if (closed || waiting.length >= mostPages) {
        onLogged('dropped', titles);
        return;
      }
      waiting.push(seen);
      if (waiting.length >= mostPages) begin();
      else if (writing === undefined) beginLater();
    },
    flush,
    async close() {
      await flush();
      closed = true;
      callOff?.();
    },
  };
};

/** On disk before it has its name. */
const writeAside = async (path: string, bytes: Uint8Array): Promise<void> => {
  const aside = `${path}.partial`;
  const file = await promises.open(aside, 'wx');
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  await promises.rename(aside, path);
};

const dropOldest = (folder: string, keepBytes: number): void => {
  let kept = 0;
  for (const path of servedFiles(folder).toReversed()) {
    kept += statSync(path, { throwIfNoEntry: false })?.size ?? 0; // another process may have dropped it
    if (kept > keepBytes) rmSync(path, { force: true });
  }
};
