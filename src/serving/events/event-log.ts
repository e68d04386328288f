/** Every acknowledged event as it came, one entry each, under the member whom it is about. */
import type { EpochMs } from '../../domain/clock.ts';
import { dependencyError } from '../../domain/errors.ts';
import type { PlayEvent } from '../../features/profile.ts';
import type { Entry, Store } from '../stores/contract.ts';
import type { MemberEvent } from './event-schemas.ts';

interface LoggedEvent {
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
const decodeLogged = ({ key, value }: Entry): LoggedEvent => {
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

/**
 * What a play says to the profile. It happened at the latest when it was received: the clock of a device
 * may go fast, and nothing in a profile should lie ahead.
 */
export const playOf = (
  event: MemberEvent & { readonly type: 'play' },
  title: number,
  receivedAt: EpochMs,
): PlayEvent => ({
  title,
  time: Math.min(event.at ?? receivedAt, receivedAt),
  watchedFraction: event.watchedFraction,
});

/** The plays in the log by member, in the order of their times; those of titles not in `titleRows` are left out. */
export const loggedPlays = async (
  store: Store,
  titleRows: ReadonlyMap<string, number>,
): Promise<Map<string, PlayEvent[]>> => {
  const plays = new Map<string, PlayEvent[]>();
  for await (const keys of store.keys('event/')) {
    const values = await store.getMany(keys);
    keys.forEach((key, i) => {
      const value = values[i];
      if (value === undefined) return; // removed since
      const { event, receivedAt } = decodeLogged({ key, value });
      const title = titleRows.get(event.title);
      if (event.type !== 'play' || title === undefined) return;
      const known = plays.get(event.member);
      const play = playOf(event, title, receivedAt);
      if (known === undefined) plays.set(event.member, [play]);
      else known.push(play);
    });
  }
  for (const known of plays.values()) known.sort((a, b) => a.time - b.time);
  return plays;
};
