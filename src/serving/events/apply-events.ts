/** The effect of events on the store: the log entry that tells a duplicate, and the profile, in one transaction. */
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

/** `quarantined`: kept aside, since its title is not known here; sent again when it is, it is applied. */
export type EventOutcome = 'applied' | 'duplicate' | 'quarantined';

/**
 * Applies events of one member in their order, in one transaction, and gives what became of each.
 * @throws MarqueeError (dependency) when they could not be stored; applying them again does no harm
 */
export type ApplyEvents = (memberId: string, events: readonly LoggedEvent[]) => Promise<EventOutcome[]>;

export interface ApplyParts extends EventRows {
  readonly store: Store;
  readonly profiles: ProfileStore;
}

export const createApplyEvents =
  ({ store, profiles, ...rows }: ApplyParts): ApplyEvents =>
  (memberId, events) => {
    const profileKey = profiles.keyOf(memberId);
    const logKeys = events.map(({ event }) => eventKey(event));
    const asideKeys = events.map(({ event }) => quarantineKey(event));
    return store.apply([profileKey, ...logKeys, ...asideKeys], ([bytes, ...entries]) => {
      const taken = new Set(logKeys.filter((_, i) => entries[i] !== undefined));
      const aside = new Set(asideKeys.filter((_, i) => entries[events.length + i] !== undefined));
      const applied: LoggedEvent[] = [];
      const writes: Write[] = [];
      const result = events.map((logged, i): EventOutcome => {
        const [logKey, asideKey] = [logKeys[i], asideKeys[i]];
        if (taken.has(logKey)) return 'duplicate';
        const value = encodeLogged(logged);
        if (!rows.titleRows.has(logged.event.title)) {
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
