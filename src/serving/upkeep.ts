/** What keeps a store over the network filled: it may be away as a server starts, and may come back empty. */

import { systemTimers, type Timers } from './deadline.ts';
import { type CatchUpParts, catchUp } from './events/catch-up.ts';

export interface UpkeepParts extends CatchUpParts {
  /** Puts what a version brings, where it is not there yet. */
  readonly fill: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Between the end of a round and the next. Default 250 ms. */
  readonly everyMs?: number;
  readonly timers?: Timers;
}

export interface Upkeep {
  /** Waits for the round under way. */
  close(): Promise<void>;
}

/**
 * Fills the store, then lets it catch up with the journal: with all of it where the store has not seen this journal,
 * or has forgotten it with everything else.
 */
export const upkeepRound = async (parts: Pick<UpkeepParts, 'fill' | keyof CatchUpParts>): Promise<void> => {
  const { fill, journal, store } = parts;
  await fill();
  const seen = `journal/${await journal.id()}`;
  if ((await store.get(seen)) === undefined) {
    await journal.reopen();
    await store.put(seen, new Uint8Array(0));
  }
  await catchUp(parts);
};

/** One round after another until it is closed. */
export const startUpkeep = (parts: UpkeepParts): Upkeep => {
  const { onFailure, everyMs = 250, timers = systemTimers } = parts;
  let closed = false;
  let callOff = (): void => undefined;
  let round = Promise.resolve();
  const next = (): void => {
    callOff = timers.after(everyMs, () => {
      round = upkeepRound(parts)
        .catch(onFailure)
        .then(() => {
          if (!closed) next();
        });
    });
  };
  next();
  return {
    close() {
      closed = true;
      callOff();
      return round;
    },
  };
};
