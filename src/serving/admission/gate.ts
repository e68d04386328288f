/**
 * Lets so much work under way at once and holds the rest in a bounded queue: bounded in number, and in the time that
 * whoever comes would wait, so that who cannot be served in time hears it at once.
 */
import { passedError, type Timers } from '../deadline.ts';
import { type BoundedQueue, createBoundedQueue, type Priority, type Waiting } from './bounded-queue.ts';
import { overloadedError } from './overloaded.ts';

export interface Gate {
  /** Whether work would be turned away now: for whoever can do better than to try. */
  isFull(priority: Priority): boolean;
  /**
   * What the work gives, once there was a place for it.
   * @throws MarqueeError (dependency): overloaded, where the queue is full or somebody more urgent took the place; the
   *   signal's reason where the time was over before the work began
   */
  pass<T>(ask: Passing, work: () => Promise<T>): Promise<T>;
  readonly waiting: number;
}

export interface Passing {
  readonly priority: Priority;
  readonly remainingMs: number;
  readonly signal: AbortSignal;
}

export interface GateConfig {
  /** Work under way at once. */
  readonly places: () => number;
  /** Work that waits for a place. */
  readonly mostWaiting: number;
  /** Whether who comes would still be served in time after so much other work. Default: yes. */
  readonly isInTime?: (priority: Priority, ahead: number) => boolean;
  readonly timers: Timers;
}

interface Held extends Waiting {
  begin(): void;
  refuse(reason: unknown): void;
  readonly signal: AbortSignal;
}

export const createGate = ({ places, mostWaiting, isInTime, timers }: GateConfig): Gate => {
  const queue: BoundedQueue<Held> = createBoundedQueue(mostWaiting);
  let underWay = 0;
  const next = (): void => {
    while (underWay < places()) {
      const { next: held, late } = queue.take(timers.now());
      for (const each of late) each.refuse(each.signal.aborted ? each.signal.reason : passedError('queue'));
      if (held === undefined) return;
      if (held.signal.aborted) held.refuse(held.signal.reason);
      else held.begin();
    }
  };
  const isFull = (priority: Priority): boolean =>
    underWay >= places() &&
    (queue.isFull(priority) || isInTime?.(priority, underWay + queue.before(priority)) === false);
  return {
    isFull,
    get waiting() {
      return queue.size;
    },
    pass: ({ priority, remainingMs, signal }, work) =>
      new Promise((resolve, reject) => {
        if (isFull(priority)) {
          reject(overloadedError());
          return;
        }
        const turnedAway = queue.offer({
          ...{ priority, signal, deadlineAt: timers.now() + remainingMs },
          begin() {
            underWay += 1;
            work()
              .finally(() => {
                underWay -= 1;
                next();
              })
              .then(resolve, reject);
          },
          refuse: reject,
        });
        if (underWay < places()) next();
        turnedAway?.refuse(overloadedError());
      }),
  };
};
