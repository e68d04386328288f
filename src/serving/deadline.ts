import { dependencyError, MarqueeError } from '../domain/errors.ts';

const PASSED = 'deadline-passed';

/** Thrown in place of work whose time is over. */
export const passedError = (name: string): MarqueeError =>
  dependencyError(PASSED, `${name}: its time was over before it began`);

export const hasPassed = (error: unknown): boolean => error instanceof MarqueeError && error.code === PASSED;

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
  deadlineFrom({ name, budgetMs, startsAt: timers.now(), leftMs: budgetMs, timers });

interface Beginning {
  readonly name: string;
  readonly budgetMs: number;
  readonly startsAt: number;
  /** What is left of the budget within those around it; none is left where work that held the thread used it up. */
  readonly leftMs: number;
  readonly timers: Timers;
  readonly parent?: AbortSignal;
}

const deadlineFrom = ({ name, budgetMs, startsAt, leftMs, timers, parent }: Beginning): Deadline => {
  const controller = new AbortController();
  const endsAt = startsAt + leftMs;
  const end = (): void =>
    controller.abort(dependencyError(PASSED, `${name}: not done within ${budgetMs} ms`));
  const onParent = (): void => controller.abort(parent?.reason);
  let cancel = (): void => undefined;
  if (parent?.aborted === true) onParent();
  else if (leftMs <= 0) end();
  else {
    cancel = timers.after(leftMs, end);
    parent?.addEventListener('abort', onParent, { once: true });
  }
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, endsAt - timers.now()),
    within(inner, innerMs) {
      const now = timers.now();
      const innerLeftMs = Math.min(innerMs, endsAt - now);
      return deadlineFrom({
        name: inner,
        budgetMs: innerMs,
        startsAt: now,
        leftMs: innerLeftMs,
        timers,
        parent: controller.signal,
      });
    },
    close() {
      cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
};
