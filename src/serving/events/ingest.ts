/**
 * Events are acknowledged when they are on disk, and count once: the entry in the log, which tells a
 * duplicate, is written in one transaction with the profile that the event changes.
 */
import type { Clock } from '../../domain/clock.ts';
import type { PlayEvent } from '../../features/profile.ts';
import type { ProfileStore } from '../profile-store.ts';
import type { Store, Write } from '../stores/contract.ts';
import { encodeLogged, eventKey, playOf, quarantineKey } from './event-log.ts';
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

export interface IngestParts {
  readonly store: Store;
  readonly profiles: ProfileStore;
  /** Row of each title by its id. */
  readonly titleRows: ReadonlyMap<string, number>;
  readonly clock: Clock;
}

export const createEventIngest = ({ store, profiles, titleRows, clock }: IngestParts): EventIngest => {
  const acceptOf = async (memberId: string, events: readonly MemberEvent[]): Promise<EventOutcome[]> => {
    const profileKey = profiles.keyOf(memberId);
    const logKeys = events.map(eventKey);
    const asideKeys = events.map(quarantineKey);
    const receivedAt = clock.now();
    return await store.apply([profileKey, ...logKeys, ...asideKeys], ([bytes, ...entries]) => {
      const taken = new Set(logKeys.filter((_, i) => entries[i] !== undefined));
      const aside = new Set(asideKeys.filter((_, i) => entries[events.length + i] !== undefined));
      const plays: PlayEvent[] = [];
      const writes: Write[] = [];
      const result = events.map((event, i): EventOutcome => {
        const [logKey, asideKey] = [logKeys[i], asideKeys[i]];
        if (taken.has(logKey)) return 'duplicate';
        const title = titleRows.get(event.title);
        const value = encodeLogged({ event, receivedAt });
        if (title === undefined) {
          if (aside.has(asideKey)) return 'duplicate';
          aside.add(asideKey);
          writes.push({ key: asideKey, value });
          return 'quarantined';
        }
        taken.add(logKey);
        writes.push({ key: logKey, value });
        if (aside.has(asideKey)) writes.push({ key: asideKey, value: undefined });
        if (event.type === 'play') plays.push(playOf(event, title, receivedAt));
        return 'applied';
      });
      if (plays.length > 0) writes.push(profiles.folded(memberId, profiles.read(memberId, bytes), plays));
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
