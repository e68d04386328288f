/**
 * Events are acknowledged when they are on disk, and count once: the entry in the log, which tells a
 * duplicate, is written in one transaction with the profile that the event changes.
 */
import type { Clock } from '../../domain/clock.ts';
import type { ProfileStore } from '../profile-store.ts';
import type { Store, Write } from '../stores/contract.ts';
import {
  changesOf,
  type EventRows,
  encodeLogged,
  eventKey,
  type LoggedEvent,
  quarantineKey,
} from './event-log.ts';
import type { MemberEvent } from './event-schemas.ts';

/** `quarantined`: kept aside, since its title is not known here; sent again when it is, it is applied. */
export type EventOutcome = 'applied' | 'duplicate' | 'quarantined';

export interface EventIngest {
  /**
   * What became of each event, aligned with them. Events of one member are applied in their order, in one
   * transaction; those of different members in one each.
   * @throws MarqueeError (dependency) when not all could be stored; sending them again does no harm
   */
  accept(events: readonly MemberEvent[]): Promise<EventOutcome[]>;
}

export interface IngestParts extends EventRows {
  readonly store: Store;
  readonly profiles: ProfileStore;
  readonly clock: Clock;
}

export const createEventIngest = ({ store, profiles, clock, ...rows }: IngestParts): EventIngest => {
  const acceptOf = async (memberId: string, events: readonly MemberEvent[]): Promise<EventOutcome[]> => {
    const profileKey = profiles.keyOf(memberId);
    const logKeys = events.map(eventKey);
    const asideKeys = events.map(quarantineKey);
    const receivedAt = clock.now();
    return await store.apply([profileKey, ...logKeys, ...asideKeys], ([bytes, ...entries]) => {
      const taken = new Set(logKeys.filter((_, i) => entries[i] !== undefined));
      const aside = new Set(asideKeys.filter((_, i) => entries[events.length + i] !== undefined));
      const applied: LoggedEvent[] = [];
      const writes: Write[] = [];
      const result = events.map((event, i): EventOutcome => {
        const [logKey, asideKey] = [logKeys[i], asideKeys[i]];
        if (taken.has(logKey)) return 'duplicate';
        const logged = { event, receivedAt };
        const value = encodeLogged(logged);
        if (!rows.titleRows.has(event.title)) {
          if (aside.has(asideKey)) return 'duplicate';
          aside.add(asideKey);
          writes.push({ key: asideKey, value });
          return 'quarantined';
        }
        taken.add(logKey);
        writes.push({ key: logKey, value });
        if (aside.has(asideKey)) writes.push({ key: asideKey, value: undefined });
        applied.push(logged);
        return 'applied';
      });
      const changes = changesOf(applied, rows);
      if (changes.plays.length + changes.shown.length > 0)
        writes.push(profiles.folded(memberId, profiles.read(memberId, bytes), changes));
      return { writes, result };
    });
  };

  return {
    async accept(events) {
      const places = new Map<string, number[]>();
      events.forEach(({ member }, place) => {
        const known = places.get(member);
        if (known === undefined) places.set(member, [place]);
        else known.push(place);
      });
      const outcomes = new Array<EventOutcome>(events.length);
      await Promise.all(
        [...places].map(async ([memberId, at]) => {
          const results = await acceptOf(
            memberId,
            at.map((place) => events[place]),
          );
          results.forEach((outcome, i) => {
            outcomes[at[i]] = outcome;
          });
        }),
      );
      return outcomes;
    },
  };
};
