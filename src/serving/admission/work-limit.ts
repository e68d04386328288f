/**
 * How much is done for each request: less when the slowest hundredth takes longer than it should, more again when there
 * is room. It finds the number; who asks for it enforces it. As in concurrency limits that adapt (additive increase,
 * multiplicative decrease), with work per request in the place of requests at once: everybody is answered, a little
 * less well.
 * @see Netflix, "Performance under load", 2018; Jacobson, "Congestion avoidance and control", SIGCOMM 1988
 */

export interface WorkLimit {
  /** A whole number from `least` to `most`. */
  readonly current: number;
  /** A request took so long. */
  observe(latencyMs: number): void;
}

export interface WorkLimitConfig {
  readonly most: number;
  readonly least: number;
  /** Of the 99th percentile. */
  readonly targetMs: number;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** Between two looks. Default 500 ms. */
  readonly windowMs?: number;
  /** Fewer requests than so many say too little to shrink. Default 50. */
  readonly fewest?: number;
}

const SHRINK = 0.7;
/** Steps from least to most. */
const STEPS = 20;
/** Share of the target below which there is room: work that grew must not pass the target at once. */
const ROOM = 0.6;

/** @throws RangeError unless 1 <= least <= most, both whole numbers, and the target is > 0 */
export const createWorkLimit = (config: WorkLimitConfig): WorkLimit => {
  const { most, least, targetMs, now, windowMs = 500, fewest = 50 } = config;
  if (!(Number.isSafeInteger(least) && Number.isSafeInteger(most) && least >= 1 && least <= most))
    throw new RangeError(`least, most: expected whole numbers, 1 <= least <= most, got ${least} and ${most}`);
  if (!(targetMs > 0)) throw new RangeError(`targetMs: expected a number > 0, got ${targetMs}`);
  let current = most;
  let [seen, late, close] = [0, 0, 0];
  let lookAt = now() + windowMs;
  /** Whether the 99th percentile lies beyond; one alone is chance. */
  const isMore = (slow: number): boolean => slow > Math.max(1, 0.01 * seen);
  return {
    get current() {
      return current;
    },
    observe(latencyMs) {
      seen += 1;
      if (latencyMs > targetMs) late += 1;
      if (latencyMs > ROOM * targetMs) close += 1;
      if (now() < lookAt) return;
      if (isMore(late)) {
        if (seen < fewest) return; // wait for more to be seen
        current = Math.max(least, Math.floor(current * SHRINK));
      } else if (!isMore(close)) {
        current = Math.min(most, current + Math.ceil((most - least) / STEPS));
      }
      [seen, late, close] = [0, 0, 0];
      lookAt = now() + windowMs;
    },
  };
};
