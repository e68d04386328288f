import type { Clock, EpochMs } from '../domain/clock.ts';
import type { Store } from './stores/contract.ts';
import { decodeNumber, encodeNumber } from './stores/number-bytes.ts';

export interface Present extends Clock {
  /** From now on the present that is kept in this store too, if it is another; else it is put there. */
  alignWith(store: Store): Promise<void>;
}

/**
 * The present of a service: it begins where its logs end, when the store is first opened for them, and runs on
 * from there through every restart. So a title released in the last week of the logs is new, though the world was
 * simulated, or the ratings were given, years ago; and no event of an earlier run lies in the future.
 */
export const openPresent = async (store: Store, logsEnd: EpochMs, clock: Clock): Promise<Present> => {
  const key = `present/${logsEnd}`;
  const beginningIn = (kept: Store, preset: EpochMs): Promise<EpochMs> =>
    kept.apply([key], ([known]) =>
      known === undefined
        ? { writes: [{ key, value: encodeNumber(preset) }], result: preset }
        : { writes: [], result: decodeNumber(known) },
    );
  let openedAt = await beginningIn(store, clock.now());
  return {
    now: () => logsEnd + Math.max(0, clock.now() - openedAt),
    async alignWith(shared) {
      const before = openedAt;
      openedAt = await beginningIn(shared, before);
      if (openedAt !== before) await store.put(key, encodeNumber(openedAt));
    },
  };
};
