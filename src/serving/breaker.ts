/**
 * A circuit breaker: where most of the last calls failed, no more are made for a while, so that what is away costs
 * nobody its timeout and is not knocked down again as it gets up (Nygard, "Release It!", 2007).
 *   closed: all calls pass; of the last `window` outcomes, once there are `leastCalls`, `openAt` failed -> open
 *   open: none passes for `restMs` -> half-open
 *   half-open: one passes; it succeeds -> closed; it fails -> open, for twice as long as before, up to `mostRestMs`
 */
import { dependencyError } from '../domain/errors.ts';

export interface BreakerConfig {
  /** Of what is called: in the message of the refusal. */
  readonly name: string;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Default 20. */
  readonly window?: number;
  /** Default 10. */
  readonly leastCalls?: number;
  /** Share of failures, in (0, 1]. Default 0.5. */
  readonly openAt?: number;
  /** Default 250 ms. */
  readonly restMs?: number;
  /** Default 1 s. */
  readonly mostRestMs?: number;
}

export interface Breaker {
  readonly state: 'closed' | 'open' | 'half-open';
  /**
   * What the call gives.
   * @throws MarqueeError (dependency) `resting` when it was not made; what the call threw, which counts as a failure
   */
  run<T>(call: () => Promise<T>): Promise<T>;
}

export const createBreaker = (config: BreakerConfig): Breaker => {
  const { name, now, window = 20, leastCalls = 10, openAt = 0.5, restMs = 250, mostRestMs = 1_000 } = config;
  let state: Breaker['state'] = 'closed';
  let outcomes: boolean[] = []; // true where the call failed
  let restingMs = restMs;
  let restsUntil = 0;
  /** Counts changes of state: what was called before the last one says nothing about now. */
  let epoch = 0;

  const become = (next: Breaker['state']): void => {
    state = next;
    epoch += 1;
  };
  const rest = (forMs: number): void => {
    restingMs = Math.min(forMs, mostRestMs);
    restsUntil = now() + restingMs;
    become('open');
  };
  const admit = (): void => {
    if (state === 'open' && now() >= restsUntil) become('half-open');
    else if (state !== 'closed') {
      throw dependencyError('resting', `${name}: failed just now, and is asked again soon`);
    }
  };
  const closedOutcome = (failed: boolean): void => {
    outcomes = [...outcomes, failed].slice(-window);
    const failures = outcomes.filter(Boolean).length;
    if (outcomes.length >= leastCalls && failures >= openAt * outcomes.length) rest(restMs);
  };
  const probed = (failed: boolean): void => {
    if (failed) rest(2 * restingMs);
    else {
      outcomes = [];
      become('closed');
    }
  };

  return {
    get state() {
      return state;
    },
    async run(call) {
      admit();
      const calledIn = epoch;
      const ended = (failed: boolean): void => {
        if (calledIn !== epoch) return;
        if (state === 'closed') closedOutcome(failed);
        else probed(failed);
      };
      try {
        const value = await call();
        ended(false);
        return value;
      } catch (thrown) {
        ended(true);
        throw thrown;
      }
    },
  };
};

/** Lets every call pass: what a breaker is held against. */
export const noBreaker: Breaker = { state: 'closed', run: (call) => call() };
