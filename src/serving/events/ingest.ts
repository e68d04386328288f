/**
 * Events are acknowledged when they are on disk, and count once. A store that keeps things on this machine's disk
 * is where they go; before one over the network stands the journal, which acknowledges them whatever that one does.
 */
import type { Clock } from '../../domain/clock.ts';
import { groupsBy } from '../../domain/groups.ts';
import { kindOf } from '../stage.ts';
import { type ApplyParts, createApplyEvents, type EventOutcome } from './apply-events.ts';
import type { LoggedEvent } from './event-log.ts';
import type { MemberEvent } from './event-schemas.ts';
import type { Journal } from './journal.ts';

/** `stored`: on disk in the journal, and applied once the store can be reached again. */
export type Receipt = EventOutcome | 'stored';

export interface EventIngest {
  /**
   * What became of each event, aligned with them. Events of one member are applied in their order, in one
   * transaction; those of different members in one each.
   * @throws MarqueeError (dependency) when not all could be stored; sending them again does no harm
   */
  accept(events: readonly MemberEvent[]): Promise<Receipt[]>;
}

export interface IngestParts extends ApplyParts {
  readonly clock: Clock;
  readonly journal?: Journal;
}

export const createEventIngest = ({ clock, journal, ...parts }: IngestParts): EventIngest => {
  const apply = createApplyEvents(parts);
  const applyOrKeep = async (memberId: string, events: readonly LoggedEvent[]): Promise<Receipt[]> => {
    if (journal === undefined) return await apply(memberId, events);
    try {
      const outcomes = await apply(memberId, events);
      journal.applied(events).catch(() => undefined); // they stay pending, and are applied again to no effect
      return outcomes;
    } catch (thrown) {
      if (kindOf(thrown) !== 'dependency') throw thrown;
      return events.map(() => 'stored');
    }
  };

  return {
    async accept(events) {
      const receivedAt = clock.now();
      const received = events.map((event) => ({ event, receivedAt }));
      const logged = journal === undefined ? received : await journal.append(received);
      const places = groupsBy([...logged.keys()], (place) => logged[place].event.member);
      const receipts = new Array<Receipt>(events.length);
      await Promise.all(
        [...places].map(async ([memberId, at]) => {
          const results = await applyOrKeep(
            memberId,
            at.map((place) => logged[place]),
          );
          results.forEach((receipt, i) => {
            receipts[at[i]] = receipt;
          });
        }),
      );
      return receipts;
    },
  };
};
