import type { Clock } from '../../domain/clock.ts';
import type { MarqueeError } from '../../domain/errors.ts';
import { refusal } from '../http/refusal.ts';
import { type Checked, checker } from '../http/validation.ts';
import { type EventSchemas, MAX_BATCH, type MemberEvent } from './event-schemas.ts';

/** How far the clock of a device may go ahead of ours. */
const MOST_AHEAD_MS = 5 * 60_000;

/** Deeper values are nobody's event, and what writes JSON recurses. */
const MOST_DEEP = 8;

/**
 * A check of a body: one event or a list of them, each against the schema that its `type` names, so that
 * an error names the field of that one schema. `[3].title` is the title of the fourth event.
 */
export const checkEvents = (
  schemas: EventSchemas,
  clock: Clock,
): ((body: unknown) => Checked<MemberEvent | MemberEvent[]>) => {
  const checks = new Map(Object.entries(schemas).map(([type, schema]) => [type, checker(schema)]));
  const types = `one of ${[...checks.keys()].join(', ')}`;

  const flawOf = (event: unknown, prefix: string): MarqueeError | undefined => {
    const where = prefix.replace(/\.$/, '') || 'body';
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      return refusal({ field: where, got: event, expected: 'an event, which is an object' });
    }
    const type: unknown = Reflect.get(event, 'type');
    const check = typeof type === 'string' ? checks.get(type) : undefined;
    if (check === undefined) return refusal({ field: `${prefix}type`, got: type, expected: types });
    const flaw = check(event, prefix);
    if (flaw !== undefined) return flaw;
    const at: unknown = Reflect.get(event, 'at');
    const latest = clock.now() + MOST_AHEAD_MS;
    if (typeof at === 'number' && at > latest) {
      return refusal({
        field: `${prefix}at`,
        got: at,
        expected: `a time not after ${latest}, which is in 5 minutes`,
      });
    }
    if (isDeeper(event, MOST_DEEP)) {
      return refusal({ field: where, got: event, expected: `an object of at most ${MOST_DEEP} levels` });
    }
    return undefined;
  };

  return (body) => {
    if (!Array.isArray(body)) {
      const error = flawOf(body, '');
      return error === undefined ? { value: body as MemberEvent } : { error };
    }
    if (body.length < 1 || body.length > MAX_BATCH) {
      return { error: refusal({ field: 'body', got: body, expected: `a list of 1 to ${MAX_BATCH} events` }) };
    }
    for (const [i, event] of body.entries()) {
      const error = flawOf(event, `[${i}].`);
      if (error !== undefined) return { error };
    }
    return { value: body as MemberEvent[] };
  };
};

/** Whether objects and lists stand in one another more than `levels` deep; does not recurse itself. */
const isDeeper = (value: unknown, levels: number): boolean => {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    level = level.filter((each) => typeof each === 'object' && each !== null);
    if (level.length > 0 && depth === levels) return true;
    level = level.flatMap((each) => Object.values(each as object));
  }
  return false;
};
