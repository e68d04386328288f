/** Every acknowledged event as it came, one entry each, under the member whom it is about. */
import type { EpochMs } from '../../domain/clock.ts';
import { dependencyError } from '../../domain/errors.ts';
import { groupsBy } from '../../domain/groups.ts';
import type { Vocabulary } from '../../domain/tables.ts';
import type { PlayEvent } from '../../features/profile.ts';
import type { ProfileChanges, ShownTitle } from '../profile-store.ts';
import type { Entry, Store } from '../stores/contract.ts';
import type { MemberEvent } from './event-schemas.ts';

export interface LoggedEvent {
  readonly event: MemberEvent;
  /** When it was acknowledged. */
  readonly receivedAt: EpochMs;
}

export const eventKey = ({ member, eventId }: MemberEvent): string => `event/{${member}}/${eventId}`;

/** Where an event waits that names a title which this server does not know. */
export const quarantineKey = ({ member, eventId }: MemberEvent): string =>
  `quarantine/{${member}}/${eventId}`;

export const encodeLogged = (logged: LoggedEvent): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(logged));

/** @throws MarqueeError (dependency) that names the key when the entry is damaged */
export const decodeLogged = ({ key, value }: Entry): LoggedEvent => {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch (cause) {
    throw dependencyError(
      'event-damaged',
      `${key}: expected an event as JSON, got ${value.length} other bytes`,
      {
        cause,
      },
    );
  }
};

/** It happened at the latest when it was received: the clock of a device may go fast, and nothing should lie ahead. */
const happenedAt = ({ event, receivedAt }: LoggedEvent): EpochMs =>
  Math.min(event.at ?? receivedAt, receivedAt);

/** What an impression says to the profile. A place that is not told counts as the first of its row, or as the first row. */
const shownOf = (
  { device, row = 0, position = 0 }: MemberEvent & { readonly type: 'impression' },
  title: number,
  { devices }: Vocabulary,
): ShownTitle => ({
  title,
  row,
  position,
  ...(device === undefined ? {} : { device: devices.indexOf(device) }),
});

/** Which rows the ids of events mean. */
export interface EventRows {
  readonly titleRows: ReadonlyMap<string, number>;
  readonly vocabulary: Vocabulary;
}

/** What events say to the profile of the member whom they are about, in their order. */
export const changesOf = (
  events: readonly LoggedEvent[],
  { titleRows, vocabulary }: EventRows,
): ProfileChanges => {
  const plays: PlayEvent[] = [];
  const shown: ShownTitle[] = [];
  for (const logged of events) {
    const { event } = logged;
    const title = titleRows.get(event.title);
    if (title === undefined) continue;
    if (event.type === 'play')
      plays.push({ title, time: happenedAt(logged), watchedFraction: event.watchedFraction });
    if (event.type === 'impression') shown.push(shownOf(event, title, vocabulary));
  }
  return { plays, shown };
};

/** What the log says to each member's profile, in the order of time; titles not in `titleRows` are left out. */
export const loggedChanges = async (store: Store, rows: EventRows): Promise<Map<string, ProfileChanges>> => {
  const events: LoggedEvent[] = [];
  for await (const keys of store.keys('event/')) {
    const values = await store.getMany(keys);
    keys.forEach((key, i) => {
      const value = values[i];
      if (value === undefined) return; // removed since
      events.push(decodeLogged({ key, value }));
    });
  }
  const changes = new Map<string, ProfileChanges>();
  for (const [member, all] of groupsBy(events, ({ event }) => event.member)) {
    const found = changesOf(all.sort(byTime), rows);
    if (found.plays.length + found.shown.length > 0) changes.set(member, found);
  }
  return changes;
};

/** Those of one time by their ids, so that a store's order of keys changes nothing. */
const byTime = (a: LoggedEvent, b: LoggedEvent): number =>
  happenedAt(a) - happenedAt(b) || (a.event.eventId < b.event.eventId ? -1 : 1);
