/**
 * Threads that score, behind a bounded queue: the thread that serves never does arithmetic, so it can always say
 * no at once. Work whose time is over is not begun; the work for each request shrinks where the queue makes the slowest
 * too slow. A thread that dies is replaced, and what it had begun goes to another.
 * @see Dean & Barroso, "The Tail at Scale", CACM 2013
 */
import { Piscina } from 'piscina';
import { dependencyError, messageOf } from '../../domain/errors.ts';
import type { Priority } from '../admission/bounded-queue.ts';
import { createGate } from '../admission/gate.ts';
import { createPace } from '../admission/pace.ts';
import { createWorkLimit } from '../admission/work-limit.ts';
import { passedError, systemTimers } from '../deadline.ts';
import {
  POOL_SIZE,
  type RankedTitles,
  type ScoredPage,
  type Scorer,
  type Scoring,
} from '../pipelines/scorer.ts';
import type { RequestScope, Stage } from '../stage.ts';
import { listTask, pageTask, type ScoringAnswer, type ScoringTask, unwired, wallMs } from './wire.ts';
import type { WorkerSetup } from './worker-side.ts';

export interface PoolConfig {
  /** The module that the threads run, as plain JavaScript. */
  readonly workerFile: string;
  /** From 1. */
  readonly threads: number;
  readonly setup: WorkerSetup;
  /** Requests that wait for each thread, at most. Default 24. */
  readonly waitingPerThread?: number;
  /** Of the 99th percentile of scoring, waiting included. Default 60 ms. */
  readonly targetMs?: number;
  /** With each thread at once, at most. Default 16. */
  readonly tasksPerThread?: number;
  /** By when, on the clock of all threads, what has so much time left must begin. Default: in that time. */
  readonly deadlineIn?: (remainingMs: number) => number;
  /** Hears of threads that died. */
  readonly onDeath?: (error: unknown) => void;
}

export interface ScoringPool extends Scorer {
  turnsAway(priority: Priority): boolean;
  /** How many candidates are ranked at present. */
  readonly work: number;
  /** Requests that wait. */
  readonly waiting: number;
  /** Threads that live, by their ids. */
  readonly threadIds: readonly number[];
  /** Ends the threads, with whatever they are at. */
  close(): Promise<void>;
}

/** Of a request's 100 ms, what scoring may take, waiting included: the rest is for the stores and for JSON. */
const BUDGET_MS = 75;

/**
 * With the thread already, so that it never waits for the thread that serves, which may be behind itself: work for so
 * long, and no more, for nobody can go before what the thread has.
 */
const AHEAD_MS = 15;
const TASKS_PER_THREAD = 16;
const FEWEST_TASKS = 2;

/** Who would wait longer is turned away at once: what is left of the budget is for the work itself. */
const MOST_WAIT_MS = { person: 55, prefetch: 20 } as const;

/** The fewest candidates that make a page. */
const LEAST_WORK = 160;

/** Ready once one of the threads is. @throws MarqueeError (dependency) where none starts */
export const openScoringPool = async (config: PoolConfig): Promise<ScoringPool> => {
  const { workerFile, threads, setup, waitingPerThread = 24, targetMs = 60, onDeath } = config;
  const { tasksPerThread = TASKS_PER_THREAD, deadlineIn = (ms: number): number => wallMs() + ms } = config;
  const pool = new Piscina({
    ...{ filename: workerFile, name: 'score', workerData: setup },
    ...{ minThreads: threads, maxThreads: threads, concurrentTasksPerWorker: tasksPerThread },
  });
  pool.on('error', (error) => onDeath?.(error));
  /** How long one takes, of late. */
  const pace = createPace();
  const gate = createGate({
    places: () => threads * Math.min(tasksPerThread, Math.max(FEWEST_TASKS, Math.round(AHEAD_MS / pace.ms))),
    mostWaiting: waitingPerThread * threads,
    isInTime: (priority, ahead) => (ahead * pace.ms) / threads <= MOST_WAIT_MS[priority],
    timers: systemTimers,
  });
  const limit = createWorkLimit({ most: POOL_SIZE, least: LEAST_WORK, targetMs, now: systemTimers.now });

  /** A second time where a thread died of it, or beside it. */
  const send = async (task: ScoringTask): Promise<ScoringAnswer> => {
    try {
      return await pool.run(task);
    } catch (thrown) {
      onDeath?.(thrown);
    }
    try {
      return await pool.run(task);
    } catch (cause) {
      throw dependencyError('scoring-away', `scoring: no thread answered: ${messageOf(cause)}`, { cause });
    }
  };

  const stage = <S extends Scoring, O>(taskOf: (scoring: S, deadlineAt: number) => ScoringTask) =>
    ({
      name: 'scoring',
      budgetMs: BUDGET_MS,
      failOpen: true,
      async run(scoring, scope) {
        const askedAt = scope.elapsedMs();
        const deadlineAt = deadlineIn(scope.remainingMs());
        const poolSize = Math.min(scoring.poolSize, limit.current);
        const { priority } = scoring;
        const answer = await gate
          .pass({ priority, remainingMs: scope.remainingMs(), signal: scope.signal }, () =>
            send(taskOf({ ...scoring, poolSize }, deadlineAt)),
          )
          .finally(() => limit.observe(scope.elapsedMs() - askedAt));
        scope.adopt(unwired(answer), scope.elapsedMs() - answer.tookMs);
        if (answer.value === undefined && answer.reports.length === 0) throw passedError('scoring');
        pace.observe(answer.tookMs);
        return answer.value as O;
      },
      fallback: () => undefined,
    }) satisfies Stage<S, O | undefined>;
  const page = stage<Parameters<Scorer['page']>[0], ScoredPage>(pageTask);
  const list = stage<Parameters<Scorer['list']>[0], RankedTitles>(listTask);

  try {
    await pool.run(undefined);
  } catch (cause) {
    await pool.destroy();
    throw dependencyError('scoring-start', `scoring: no thread started: ${messageOf(cause)}`, { cause });
  }
  return {
    page: async (scoring, scope: RequestScope) =>
      (await scope.run<typeof scoring, ScoredPage | undefined>(page, scoring)).value,
    list: async (scoring, scope: RequestScope) =>
      (await scope.run<typeof scoring, RankedTitles | undefined>(list, scoring)).value,
    turnsAway(priority) {
      const isFull = gate.isFull(priority);
      if (isFull && priority === 'person') limit.observe(Number.POSITIVE_INFINITY);
      return isFull;
    },
    get work() {
      return limit.current;
    },
    get waiting() {
      return gate.waiting;
    },
    get threadIds() {
      return pool.threads.map(({ threadId }) => threadId);
    },
    close: () => pool.destroy(),
  };
};
