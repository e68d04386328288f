/** The effect of events on the store: the log entry that tells a duplicate, and the profile, in one transaction. */
import type { LiveTrending } from '../live-trending.ts';
import type { ProfileStore } from '../profile-store.ts';
import type { Store, Write } from '../stores/contract.ts';
import { decodeNumber, encodeNumber } from '../stores/number-bytes.ts';
import {
  changesNothing,
  changesOf,
  type EventRows,
  encodeLogged,
  eventKey,
  type LoggedEvent,
  quarantineKey,
  type Viewings,
  viewingKey,
} from './event-log.ts';
import { searchesKey, searchesWrite } from './recent-searches.ts';

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
  /** Hears of each play once it is stored. */
  readonly trending?: Pick<LiveTrending, 'played'>;
}

export const createApplyEvents =
  ({ store, profiles, trending, ...rows }: ApplyParts): ApplyEvents =>
  async (memberId, events) => {
    const profileKey = profiles.keyOf(memberId);
    const searches = events.some(({ event }) => event.type === 'search') ? [searchesKey(memberId)] : [];
    const logKeys = events.map(({ event }) => eventKey(event));
    const asideKeys = events.map(({ event }) => quarantineKey(event));
    const viewingKeys = [...new Set(events.flatMap(({ event }) => viewingKey(event) ?? []))];
    const keys = [profileKey, ...logKeys, ...asideKeys, ...viewingKeys, ...searches];
    const { outcomes, plays, region } = await store.apply(keys, ([bytes, ...entries]) => {
      const held = (keysFrom: readonly string[], offset: number): Set<string> =>
        new Set(keysFrom.filter((_, i) => entries[offset + i] !== undefined));
      const taken = held(logKeys, 0);
      const aside = held(asideKeys, logKeys.length);
      const applied: LoggedEvent[] = [];
      const writes: Write[] = [];
      const outcomes = events.map((logged, i): EventOutcome => {
        const [logKey, asideKey] = [logKeys[i], asideKeys[i]];
        if (taken.has(logKey)) return 'duplicate';
        const value = encodeLogged(logged);
        const { title } = logged.event;
        if (title !== undefined && !rows.titleRows.has(title)) {
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
      const viewings: Viewings = new Map();
      viewingKeys.forEach((key, i) => {
        const counted = entries[logKeys.length + asideKeys.length + i];
        if (counted !== undefined) viewings.set(key, decodeNumber(counted));
      });
      const changes = changesOf(applied, rows, viewings);
      const profile = changesNothing(changes) ? undefined : profiles.read(memberId, bytes);
      if (profile !== undefined) writes.push(profiles.folded(memberId, profile, changes));
      for (const [key, counted] of viewings) writes.push({ key, value: encodeNumber(counted) });
      for (const key of searches) writes.push(...searchesWrite(key, entries.at(-1), applied));
      return { writes, result: { outcomes, plays: changes.plays, region: profile?.country ?? 0 } };
    });
    for (const { title, time, counted } of plays)
      if (counted === undefined) trending?.played(region, title, time);
    return outcomes;
  };
