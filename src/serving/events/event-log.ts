/** Every acknowledged event as it came, one entry each, under the member whom it is about. */
import { DAY_MS, type EpochMs } from '../../domain/clock.ts';
import { dependencyError } from '../../domain/errors.ts';
import { groupsBy } from '../../domain/groups.ts';
import type { Vocabulary } from '../../domain/tables.ts';
import type { PlayEvent, ThumbEvent } from '../../features/profile.ts';
import type { ProfileChanges, ShownTitle } from '../profile-store.ts';
import type { Entry, Store } from '../stores/contract.ts';
import type { MemberEvent } from './event-schemas.ts';

export interface LoggedEvent {
  readonly event: MemberEvent;
  /** When it was acknowledged. */
  readonly receivedAt: EpochMs;
}

/** What the keys of a member's events begin with. */
export const eventsOfMember = (member: string): string => `event/{${member}}/`;

export const eventKey = ({ member, eventId }: MemberEvent): string => `${eventsOfMember(member)}${eventId}`;

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

/** How far events may come behind those of their time: a phone that was away for a week. */
export const WATERMARK_MS = 7 * DAY_MS;

/** It happened at the latest when it was received: the clock of a device may go fast, and nothing should lie ahead. */
export const happenedAt = ({ event, receivedAt }: LoggedEvent): EpochMs =>
  Math.min(event.at ?? receivedAt, receivedAt);

/**
 * Whether it came behind the watermark. It counts in the member's profile even so, for folds commute; what was summed
 * up by time and is closed, such as what was trending, stays as it is.
 */
export const isLate = (logged: LoggedEvent): boolean => happenedAt(logged) < logged.receivedAt - WATERMARK_MS;

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

/** The largest watched fraction of each viewing, by `viewingKey`. */
export type Viewings = Map<string, number>;

/** Of the viewing that an event belongs to; undefined where it is a viewing of its own, or none. */
export const viewingKey = (event: MemberEvent): string | undefined =>
  'viewingId' in event && event.viewingId !== undefined
    ? `viewing/{${event.member}}/${event.viewingId}/${event.title}`
    : undefined;

/** What an event says was watched, if it is one of a viewing. */
const watchedIn = (event: MemberEvent): number | undefined => {
  if (event.type === 'finish') return 1;
  return 'watchedFraction' in event ? event.watchedFraction : undefined;
};

/**
 * What events say to the profile of the member whom they are about, in their order; in another order they say the
 * same. `viewings` is what was counted before them, and is brought up to them.
 */
export const changesOf = (
  events: readonly LoggedEvent[],
  { titleRows, vocabulary }: EventRows,
  viewings: Viewings,
): ProfileChanges => {
  const plays: PlayEvent[] = [];
  const shown: ShownTitle[] = [];
  const thumbs: ThumbEvent[] = [];
  for (const logged of events) {
    const { event } = logged;
    const title = event.title === undefined ? undefined : titleRows.get(event.title);
    if (title === undefined) continue;
    const time = happenedAt(logged);
    const watchedFraction = watchedIn(event);
    if (watchedFraction !== undefined) {
      const key = viewingKey(event);
      const counted = key === undefined ? undefined : viewings.get(key);
      plays.push({ title, time, watchedFraction, ...(counted === undefined ? {} : { counted }) });
      if (key !== undefined) viewings.set(key, Math.max(watchedFraction, counted ?? 0));
    }
    if (event.type === 'impression') shown.push(shownOf(event, title, vocabulary));
    if (event.type === 'thumbs') thumbs.push({ title, time, up: event.value === 'up' });
  }
  return { plays, shown, thumbs };
};

/** Whether events change nothing of a profile. */
export const changesNothing = ({ plays, shown, thumbs }: ProfileChanges): boolean =>
  plays.length + shown.length + thumbs.length === 0;

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
    const found = changesOf(all.sort(byTime), rows, new Map());
    if (!changesNothing(found)) changes.set(member, found);
  }
  return changes;
};

/** Those of one time by their ids, so that a store's order of keys changes nothing. */
const byTime = (a: LoggedEvent, b: LoggedEvent): number =>
  happenedAt(a) - happenedAt(b) || (a.event.eventId < b.event.eventId ? -1 : 1);
