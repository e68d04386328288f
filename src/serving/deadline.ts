import { dependencyError } from '../domain/errors.ts';

/** Durations and alarms, so that tests turn the hands themselves. */
export interface Timers {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls `ring` once, `delayMs` from now; the returned function calls it off. */
  after(delayMs: number, ring: () => void): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, ring) => {
    const timer = setTimeout(ring, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The moment by which something must be done. Nested ones never outlast those around them. */
export interface Deadline {
  /** Aborted when the time is over, with a dependency error as its reason. */
  readonly signal: AbortSignal;
  /** Not below 0. */
  remainingMs(): number;
  /** The sooner of this deadline and `budgetMs` from now. */
  within(name: string, budgetMs: number): Deadline;
  /** Gives the timer back. The signal is then never aborted by this deadline. */
  close(): void;
}

export const openDeadline = (name: string, budgetMs: number, timers: Timers): Deadline =>
  deadlineAt({ name, budgetMs, endsAt: timers.now() + budgetMs, timers });

interface Ending {
  readonly name: string;
  readonly budgetMs: number;
  readonly endsAt: number;
  readonly timers: Timers;
  readonly parent?: AbortSignal;
}

const deadlineAt = ({ name, budgetMs, endsAt, timers, parent }: Ending): Deadline => {
  const controller = new AbortController();
  const remainingMs = (): number => Math.max(0, endsAt - timers.now());
  const end = (): void =>
    controller.abort(dependencyError('deadline-passed', `${name}: not done within ${budgetMs} ms`));
  const onParent = (): void => controller.abort(parent?.reason);
  let cancel = (): void => undefined;
  if (parent?.aborted === true) onParent();
  else if (remainingMs() === 0)
    end(); // work that held the thread may have used up the time before a timer could ring
  else {
    cancel = timers.after(remainingMs(), end);
    parent?.addEventListener('abort', onParent, { once: true });
  }
  return {
    signal: controller.signal,
    remainingMs,
    within: (inner, innerMs) =>
      deadlineAt({
        name: inner,
        budgetMs: innerMs,
        endsAt: Math.min(endsAt, timers.now() + innerMs),
        timers,
        parent: controller.signal,
      }),
    close() {
      cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
};
