/**
 * A stage is work under a budget with something to fall back on. What the runner promises: it answers
 * within the budget as far as the work can be abandoned, and a failure is told apart by who can mend it.
 * A late or failed dependency is replaced by the fallback; the caller's mistake goes back to the caller; a
 * bug is reported as one, whatever is served in its place. Work that never lets go of the thread cannot be
 * abandoned: it is counted as late afterwards, and since its result is there by then, it is used.
 */
import type { Clock } from '../domain/clock.ts';
import { bugError, type FailureKind, MarqueeError, messageOf } from '../domain/errors.ts';
import type { StageContext } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import { isOverloaded } from './admission/overloaded.ts';
import { type Deadline, hasPassed, openDeadline, type Timers } from './deadline.ts';

export interface Stage<I, O> {
  /** kebab-case, with a dot before the part of a stage: metric label, `Server-Timing` entry. */
  readonly name: string;
  readonly budgetMs: number;
  /** Whether the fallback is served after a bug too. A bug is reported all the same. */
  readonly failOpen: boolean;
  run(input: I, scope: RequestScope): O | Promise<O>;
  /** Quick, and of nothing that can be away: it has no budget of its own. */
  fallback(input: I, ctx: StageContext): O | Promise<O>;
}

/** Why a fallback was served; `shed`: there were more requests than could be taken on. */
export type DegradeReason = 'late' | 'dependency' | 'bug' | 'shed';

/** What became of one run of a stage. `late` without `degraded` means its own result came late and was used. */
export interface StageReport {
  readonly stage: string;
  readonly status: 'ok' | 'late' | 'failed';
  /** Since the request began. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly budgetMs: number;
  readonly degraded?: DegradeReason;
  readonly error?: unknown;
}

export type StageOutcome<O> = StageReport & { readonly value: O };

/** Hears of every run, and of every bug: those of abandoned work come when nobody waits any more. */
export interface StageObserver {
  stageEnded(report: StageReport, requestId: string): void;
  bugFound(stage: string, error: unknown, requestId: string): void;
}

/** Done to a stage before its own work, to see it survive. */
export interface StageFaults {
  /** Undefined where nothing is done; else what the stage waits for. @throws MarqueeError (dependency) where it shall fail */
  before(stage: string, signal: AbortSignal, timers: Timers): Promise<void> | undefined;
  /** Whether anything is done to any stage now. */
  any(): boolean;
}

/** One request on its way through the stages. The signal is the stage's own. */
export interface RequestScope extends StageContext {
  readonly requestId: string;
  /** Runs a part of this stage, within what is left of its time. */
  run<I, O>(stage: Stage<I, O>, input: I): Promise<StageOutcome<O>>;
  /** Not below 0. */
  remainingMs(): number;
  /** Since the request began. */
  elapsedMs(): number;
  /** Takes what was done for the request elsewhere for its own; `startMs` of the reports count from `fromMs` on. */
  adopt(done: DoneElsewhere, fromMs: number): void;
}

export interface DoneElsewhere {
  readonly reports: readonly StageReport[];
  readonly bugs: readonly { readonly stage: string; readonly error: unknown }[];
}

export interface RequestParts {
  readonly requestId: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly timers: Timers;
  readonly observer: StageObserver;
  /** Default: none. */
  readonly faults?: StageFaults;
}

export interface RequestOutcome<O> {
  readonly outcome: StageOutcome<O>;
  /** Of the stages that ended before the answer, in the order of their ends; the request's own is last. */
  readonly reports: readonly StageReport[];
}

/**
 * Runs the stage as the outermost one of a request: its budget is the deadline of all the others.
 * @throws MarqueeError (caller) as a stage threw it; MarqueeError (bug) when a stage that does not fail open,
 * or a fallback, ended in one
 */
export const runRequest = async <I, O>(
  stage: Stage<I, O>,
  input: I,
  parts: RequestParts,
): Promise<RequestOutcome<O>> => {
  const deadline = openDeadline(stage.name, stage.budgetMs, parts.timers);
  const runner = new StageRunner(parts);
  try {
    const outcome = await runner.run(stage, input, deadline);
    const own = runner.reports.findIndex((report) => report.stage === stage.name);
    return { outcome, reports: runner.reports.slice(0, own + 1) }; // abandoned stages still report after it
  } finally {
    deadline.close();
  }
};

class StageRunner {
  readonly reports: StageReport[] = [];
  readonly #parts: RequestParts;
  readonly #beganAt: number;
  readonly #told = new WeakSet<object>();

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.#beganAt = parts.timers.now();
  }

  async run<I, O>(stage: Stage<I, O>, input: I, outer: Deadline): Promise<StageOutcome<O>> {
    const { timers } = this.#parts;
    const startedAt = timers.now();
    const deadline = outer.within(stage.name, stage.budgetMs);
    const ended = (report: Pick<StageReport, 'status' | 'degraded' | 'error'>): StageReport =>
      this.#note({
        stage: stage.name,
        startMs: startedAt - this.#beganAt,
        durationMs: timers.now() - startedAt,
        budgetMs: stage.budgetMs,
        ...report,
      });
    try {
      const value = await beforeDeadline(
        () => this.#hindered(stage, input, deadline),
        deadline.signal,
        (error) => this.#tellBug(stage.name, error),
      );
      const isLate = timers.now() - startedAt > stage.budgetMs;
      return { ...ended({ status: isLate ? 'late' : 'ok' }), value };
    } catch (error) {
      if (error === deadline.signal.reason) {
        const value = await this.#fallBack(stage, input);
        return { ...ended({ status: 'late', degraded: 'late' }), value };
      }
      const kind = kindOf(error);
      if (kind === 'bug') this.#tellBug(stage.name, error);
      if (kind === 'caller' || (kind === 'bug' && !stage.failOpen)) {
        ended({ status: 'failed', error });
        throw error;
      }
      const value = await this.#fallBack(stage, input);
      const degraded = isOverloaded(error) ? 'shed' : hasPassed(error) ? 'late' : kind;
      return { ...ended({ status: 'failed', degraded, error }), value };
    } finally {
      deadline.close();
    }
  }

  /** The stage's own work, after what is done to it. */
  #hindered<I, O>(stage: Stage<I, O>, input: I, deadline: Deadline): O | Promise<O> {
    const { faults, timers } = this.#parts;
    const { signal } = deadline;
    const fault = faults?.before(stage.name, signal, timers);
    const work = (): O | Promise<O> => stage.run(input, this.#scope(deadline));
    return fault === undefined ? work() : fault.then(work);
  }

  #scope(deadline: Deadline): RequestScope {
    const { requestId, clock, rng } = this.#parts;
    const { signal } = deadline;
    return {
      ...{ requestId, clock, rng, signal },
      run: (stage, input) => this.run(stage, input, deadline),
      remainingMs: () => deadline.remainingMs(),
      elapsedMs: () => this.#parts.timers.now() - this.#beganAt,
      adopt: ({ reports, bugs }, fromMs) => {
        for (const report of reports) this.#note({ ...report, startMs: fromMs + report.startMs });
        for (const { stage, error } of bugs) this.#tellBug(stage, error);
      },
    };
  }

  async #fallBack<I, O>(stage: Stage<I, O>, input: I): Promise<O> {
    const { clock, rng } = this.#parts;
    try {
      return await stage.fallback(input, { clock, rng, signal: new AbortController().signal });
    } catch (cause) {
      const error = bugError('fallback-failed', `${stage.name}: its fallback failed: ${messageOf(cause)}`, {
        cause,
      });
      this.#tellBug(stage.name, error);
      throw error;
    }
  }

  #note(report: StageReport): StageReport {
    this.reports.push(report);
    this.#parts.observer.stageEnded(report, this.#parts.requestId);
    return report;
  }

  /** Once for each error, however many stages it passes on its way out. */
  #tellBug(stage: string, error: unknown): void {
    if (typeof error === 'object' && error !== null) {
      if (this.#told.has(error)) return;
      this.#told.add(error);
    }
    this.#parts.observer.bugFound(stage, error, this.#parts.requestId);
  }
}

/**
 * What the work gives, unless the signal is aborted first: then its reason is thrown, and a bug in which
 * the abandoned work still ends goes to `onAbandonedBug`.
 */
const beforeDeadline = async <O>(
  work: () => O | Promise<O>,
  signal: AbortSignal,
  onAbandonedBug: (error: unknown) => void,
): Promise<O> => {
  if (signal.aborted) throw signal.reason;
  const pending = work();
  if (!(pending instanceof Promise)) return pending;
  return await new Promise<O>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    pending
      .finally(() => signal.removeEventListener('abort', onAbort))
      .then(resolve, (error: unknown) => {
        if (signal.aborted && error !== signal.reason && kindOf(error) === 'bug') onAbandonedBug(error);
        reject(error);
      });
  });
};

/** Who can mend it; what is no error of the house is a bug. */
export const kindOf = (error: unknown): FailureKind => (error instanceof MarqueeError ? error.kind : 'bug');
