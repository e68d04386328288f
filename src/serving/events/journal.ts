/**
 * The events that this machine acknowledged, on its own disk, for where the store of all is over the network: that
 * may be away, or lose what it took. An event is acknowledged when it stands here, applied when the shared store has
 * it, and looked for there once more a while after. Since the shared store counts an event once by its id, applying
 * one again does no harm, so nothing here need be exact but the writing down.
 *   event/{m}/e        the event as it first came, for ever
 *   pending/t/{m}/e    received at t, and not known to be in the shared store
 *   applied/t/{m}/e    applied there at t, and not looked for since
 */
import { randomUUID } from 'node:crypto';
import type { Clock, EpochMs } from '../../domain/clock.ts';
import type { Store } from '../stores/contract.ts';
import { decodeLogged, encodeLogged, eventKey, type LoggedEvent } from './event-log.ts';

const NOTHING = new Uint8Array(0);
const EVENT = 'event/';
const PENDING = 'pending/';
const APPLIED = 'applied/';
const ID = 'journal-id';

export interface Journal {
  /** Resolves when they are on disk, with each as it first came. */
  append(events: readonly LoggedEvent[]): Promise<LoggedEvent[]>;
  /** Some that are not known to be applied and were received before, at the latest, `before`. */
  pending(before: EpochMs): AsyncIterable<LoggedEvent[]>;
  /** Notes that the shared store has them, as it said. */
  applied(events: readonly LoggedEvent[]): Promise<void>;
  /** Some that were applied before `before` and not looked for since; they are forgotten behind each page. */
  unconfirmed(before: EpochMs): AsyncIterable<LoggedEvent[]>;
  /** Makes every event pending again, for a shared store that has none of them. */
  reopen(): Promise<void>;
  /** Of this journal and no other. */
  id(): Promise<string>;
}

/** @param store of this machine, on its disk */
export const createJournal = (store: Store, clock: Clock): Journal => {
  const pendingKey = ({ event, receivedAt }: LoggedEvent): string =>
    `${PENDING}${receivedAt}/${eventKey(event).slice(EVENT.length)}`;
  const append = async (logged: LoggedEvent): Promise<LoggedEvent> => {
    const key = eventKey(logged.event);
    const mark = pendingKey(logged);
    return await store.apply([key, mark], ([known]) =>
      known === undefined
        ? {
            writes: [
              { key, value: encodeLogged(logged) },
              { key: mark, value: NOTHING },
            ],
            result: logged,
          }
        : { writes: [], result: decodeLogged({ key, value: known }) },
    );
  };
  const read = async (keys: readonly string[]): Promise<LoggedEvent[]> => {
    const values = await store.getMany(keys);
    return keys.flatMap((key, i) => {
      const value = values[i];
      return value === undefined ? [] : [decodeLogged({ key, value })];
    });
  };
  /** The marks of a time before `before`, and the events that they are about, page by page. */
  const marked = async function* (prefix: string, before: EpochMs) {
    for await (const page of store.keys(prefix)) {
      const marks = page.filter((mark) => timeIn(mark) < before);
      if (marks.length > 0) yield { marks, events: await read(marks.map(eventKeyIn)) };
    }
  };
  let ownId: Promise<string> | undefined;
  const forget = (marks: readonly string[]): Promise<void> =>
    store.batch(marks.map((key) => ({ key, value: undefined })));

  return {
    append: (events) => Promise.all(events.map(append)),
    async *pending(before) {
      for await (const { events } of marked(PENDING, before)) yield events;
    },
    async applied(events) {
      const now = clock.now();
      await store.batch(
        events.flatMap((logged) => [
          { key: pendingKey(logged), value: undefined },
          { key: `${APPLIED}${now}/${eventKey(logged.event).slice(EVENT.length)}`, value: NOTHING },
        ]),
      );
    },
    async *unconfirmed(before) {
      for await (const { marks, events } of marked(APPLIED, before)) {
        yield events;
        await forget(marks);
      }
    },
    async reopen() {
      for await (const keys of store.keys(EVENT)) {
        const events = await read(keys);
        await store.batch(events.map((logged) => ({ key: pendingKey(logged), value: NOTHING })));
      }
    },
    id() {
      ownId ??= store.apply([ID], ([known]) => {
        const own = known ?? new TextEncoder().encode(randomUUID());
        const writes = known === undefined ? [{ key: ID, value: own }] : [];
        return { writes, result: new TextDecoder().decode(own) };
      });
      return ownId;
    },
  };
};

const timeIn = (mark: string): EpochMs => Number(mark.split('/')[1]);

const eventKeyIn = (mark: string): string => `${EVENT}${mark.split('/').slice(2).join('/')}`;
