import type { Clock } from '../../domain/clock.ts';
import { groupsBy } from '../../domain/groups.ts';
import type { Store } from '../stores/contract.ts';
import type { ApplyEvents } from './apply-events.ts';
import { eventKey, type LoggedEvent, quarantineKey } from './event-log.ts';
import type { Journal } from './journal.ts';

export interface CatchUpParts {
  readonly journal: Journal;
  readonly store: Store;
  readonly apply: ApplyEvents;
  readonly clock: Clock;
}

/** Who took an event applies it at once: what is younger is left to them. */
const GRACE_MS = 1_000;

/** Longer than replicas lag: what a primary has by then, its successor has too. */
const CONFIRM_AFTER_MS = 5_000;

/**
 * Brings the shared store up to the journal: applies what waits, and once more what the store took and has not.
 * @throws MarqueeError (dependency) when some could not be applied; the others are
 */
export const catchUp = async ({ journal, store, apply, clock }: CatchUpParts): Promise<void> => {
  const failures: unknown[] = [];
  const applyAll = async (events: readonly LoggedEvent[]): Promise<void> => {
    const members = [...groupsBy(events, ({ event }) => event.member)];
    const settled = await Promise.allSettled(
      members.map(async ([memberId, own]) => {
        await apply(memberId, own);
        await journal.applied(own);
      }),
    );
    const failed = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    failures.push(...failed);
    if (failed.length > 0 && failed.length === settled.length) throw failed[0]; // so will the others
  };
  for await (const events of journal.pending(clock.now() - GRACE_MS)) await applyAll(events);
  for await (const events of journal.unconfirmed(clock.now() - CONFIRM_AFTER_MS)) {
    const keys = events.flatMap(({ event }) => [eventKey(event), quarantineKey(event)]);
    const held = await store.getMany(keys);
    await applyAll(events.filter((_, i) => held[2 * i] === undefined && held[2 * i + 1] === undefined));
  }
  if (failures.length > 0) throw failures[0];
};
