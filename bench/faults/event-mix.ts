/** Events of every type, drawn as clients might send them. */
import type { EpochMs } from '../../src/domain/clock.ts';
import type { Rng } from '../../src/domain/rng.ts';
import type { MemberEvent } from '../../src/serving/events/event-schemas.ts';

export interface EventDraw {
  readonly eventId: string;
  readonly member: string;
  readonly at?: EpochMs;
  readonly device?: string;
  readonly titleIds: readonly string[];
  /** Viewings that a member has open at most: fewer are reported on more often. */
  readonly viewings: number;
}

/** One of the eight types; a viewing is reported on by several, of one title. */
export const randomEvent = (draw: EventDraw, rng: Rng): MemberEvent => {
  const { eventId, member, at, device, titleIds, viewings } = draw;
  const whole = (below: number): number => Math.floor(rng.next() * below);
  const common = {
    ...{ eventId, member, title: titleIds[whole(titleIds.length)] },
    ...(at === undefined ? {} : { at }),
    ...(device === undefined ? {} : { device }),
  };
  const viewing = whole(viewings);
  const viewed = { ...common, title: titleIds[viewing % titleIds.length], viewingId: `v${viewing}` };
  const watchedFraction = rng.next();
  const kinds: MemberEvent[] = [
    { type: 'play', ...common, watchedFraction },
    { type: 'play', ...viewed, watchedFraction },
    { type: 'pause', ...viewed, watchedFraction },
    { type: 'stop', ...viewed, watchedFraction },
    { type: 'finish', ...viewed },
    { type: 'impression', ...common, row: whole(6), position: whole(7) },
    { type: 'impression', ...common },
    { type: 'click', ...common },
    { type: 'thumbs', ...common, value: rng.next() < 0.5 ? 'up' : 'down' },
    { type: 'search', ...common, query: `q${whole(30)}` },
  ];
  return kinds[whole(kinds.length)];
};
