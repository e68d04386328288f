import { randomUUID } from 'node:crypto';
import { setImmediate as othersTurn, setTimeout as sleep } from 'node:timers/promises';
import { dependencyError } from '../../domain/errors.ts';
import type { Store, Write } from './contract.ts';

/** So many writes share a commit: few enough that other writers, and requests, get their turn in between. */
const BATCH_SIZE = 250;

/** Making writes holds the thread no longer than this at a time: requests are answered beside it. */
const SLICE_MS = 4;

/** A loader that was not heard of for so long is dead, and another takes its place. */
const LEASE_MS = 5_000;
const POLL_MS = 50;

/**
 * Puts all writes, then the marker that says so, and returns how many there were: 0 where the marker stood
 * already. A load that was cut short has no marker and is done again. Of several processes one loads, while the
 * others wait for its marker.
 */
export const loadOnce = async (store: Store, marker: string, writes: Iterable<Write>): Promise<number> => {
  const lease = { key: `lease/${marker}`, value: Buffer.from(randomUUID()), ttlMs: LEASE_MS };
  /** Takes the lease or renews it. @returns whether it is ours */
  const holds = (): Promise<boolean> =>
    store.apply([lease.key], ([held]) => {
      const isOurs = held === undefined || lease.value.equals(held);
      return { writes: isOurs ? [lease] : [], result: isOurs };
    });
  const isLoaded = async (): Promise<boolean> => (await store.get(marker)) !== undefined;
  for (;;) {
    if (await isLoaded()) return 0;
    if (await holds()) break;
    await sleep(POLL_MS);
  }
  try {
    if (await isLoaded()) return 0; // by whoever held the lease until just now
    return await putAll(store, writes, marker, holds);
  } finally {
    await store.delete(lease.key).catch(() => undefined); // it ends by itself
  }
};

const putAll = async (
  store: Store,
  writes: Iterable<Write>,
  marker: string,
  holds: () => Promise<boolean>,
): Promise<number> => {
  let written = 0;
  let batch: Write[] = [];
  let sliceEndsAt = performance.now() + SLICE_MS;
  for (const write of writes) {
    batch.push(write);
    if (performance.now() > sliceEndsAt) {
      await othersTurn();
      sliceEndsAt = performance.now() + SLICE_MS;
    }
    if (batch.length === BATCH_SIZE) {
      await store.batch(batch);
      if (!(await holds())) {
        throw dependencyError(
          'lease-lost',
          `${marker}: another process loads it, since this one took too long`,
        );
      }
      batch = [];
    }
    written += 1;
  }
  await store.batch(batch);
  await store.put(marker, new Uint8Array(0)); // last: a batch may stand in part when it fails
  return written;
};
