/**
 * Who waits for a place, and who is turned away: a queue that is never longer than it may be. People go before
 * prefetch, and take its places where the queue is full. Pure: it holds no timer and calls nobody.
 * @see Netflix, "Prioritized load shedding", 2020
 */

/** A person who waits, or a client that fetches ahead of one. */
export type Priority = 'person' | 'prefetch';

export interface Waiting {
  readonly priority: Priority;
  /** On the caller's clock: what has not begun by then is not worth beginning. */
  readonly deadlineAt: number;
}

export interface BoundedQueue<W extends Waiting> {
  readonly size: number;
  /** How many would begin before one more. */
  before(priority: Priority): number;
  /** Whether one more would be turned away. */
  isFull(priority: Priority): boolean;
  /** Who is turned away for it: nobody, another, or the one that came. */
  offer(waiting: W): W | undefined;
  /** The next to begin, and those before it whose time was over. */
  take(now: number): { readonly next?: W; readonly late: readonly W[] };
}

/** @throws RangeError unless `most` is a whole number from 0 */
export const createBoundedQueue = <W extends Waiting>(most: number): BoundedQueue<W> => {
  if (!Number.isSafeInteger(most) || most < 0)
    throw new RangeError(`most: expected a whole number from 0, got ${most}`);
  const people: W[] = [];
  const prefetch: W[] = [];
  const size = (): number => people.length + prefetch.length;
  const isFull = (priority: Priority): boolean =>
    size() >= most && (priority === 'prefetch' || prefetch.length === 0);
  return {
    get size() {
      return size();
    },
    before: (priority) => (priority === 'person' ? people.length : size()),
    isFull,
    offer(waiting) {
      if (isFull(waiting.priority)) return waiting;
      const turnedAway = size() >= most ? prefetch.pop() : undefined;
      (waiting.priority === 'person' ? people : prefetch).push(waiting);
      return turnedAway;
    },
    take(now) {
      const late: W[] = [];
      for (;;) {
        const next = people.shift() ?? prefetch.shift();
        if (next === undefined) return { late };
        if (next.deadlineAt > now) return { next, late };
        late.push(next);
      }
    },
  };
};
