import type { Clock, EpochMs } from '../domain/clock.ts';
import type { Store } from './stores/contract.ts';

/**
 * The present of a service: it begins where its logs end, when the store is first opened for them, and runs on
 * from there through every restart. So a title released in the last week of the logs is new, though the world was
 * simulated, or the ratings were given, years ago; and no event of an earlier run lies in the future.
 */
export const openPresent = async (store: Store, logsEnd: EpochMs, clock: Clock): Promise<Clock> => {
  const key = `present/${logsEnd}`;
  const openedAt = await store.apply([key], ([known]) => {
    if (known !== undefined) return { writes: [], result: numberIn(known) };
    const now = clock.now();
    return { writes: [{ key, value: bytesOf(now) }], result: now };
  });
  return { now: () => logsEnd + Math.max(0, clock.now() - openedAt) };
};

const bytesOf = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);

const numberIn = (bytes: Uint8Array): number => new Float64Array(Uint8Array.from(bytes).buffer)[0];
