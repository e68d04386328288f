import type { Store, Write } from './contract.ts';

/** So many writes share a commit: few enough that other writers get their turn in between. */
const BATCH_SIZE = 2_000;

/**
 * Puts all writes, then the marker that says so, and returns how many there were: 0 where the marker stood
 * already. A load that was cut short has no marker and is done again.
 */
export const loadOnce = async (store: Store, marker: string, writes: Iterable<Write>): Promise<number> => {
  if ((await store.get(marker)) !== undefined) return 0;
  let written = 0;
  let batch: Write[] = [];
  for (const write of writes) {
    batch.push(write);
    if (batch.length === BATCH_SIZE) {
      await store.batch(batch);
      batch = [];
    }
    written += 1;
  }
  await store.batch(batch);
  await store.put(marker, new Uint8Array(0)); // last: a batch may stand in part when it fails
  return written;
};
