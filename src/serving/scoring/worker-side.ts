/** The thread that scores: it holds a version's models and answers one task after another. */
import { fixedClock } from '../../domain/clock.ts';
import type { Catalogue } from '../../domain/tables.ts';
import { systemTimers, type Timers } from '../deadline.ts';
import type { OwnModules } from '../own-parts/contract.ts';
import type { RankedTitles, ScoredPage } from '../pipelines/scorer.ts';
import { createScorer } from '../pipelines/scoring.ts';
import { type DoneElsewhere, type RequestScope, runRequest, type Stage } from '../stage.ts';
import { createFaultSwitches } from '../stage-faults.ts';
import { openScoring, type ScoringModels, servingRng } from './open-scoring.ts';
import { requestIn, type ScoringAnswer, type ScoringTask, shownOf, wallMs, wiredError } from './wire.ts';

export interface WorkerSetup {
  readonly catalogue: Catalogue;
  /** Verified by the thread that opened them; this one has a copy. */
  readonly models: ScoringModels;
  /** Files of the user's own parts, which were tried on the thread that serves. */
  readonly own: { readonly [K in keyof OwnModules]?: string };
  /** Where the switches of broken stages stand. */
  readonly faults?: SharedArrayBuffer;
  /** Whether no stage is ever late: for tests, which run on machines that are busy. Default false. */
  readonly unhurried?: boolean;
}

const STANDING: Timers = { now: () => 0, after: () => () => undefined };

/** Of a timer, which is an int32. */
const MOST_MS = 2 ** 31 - 1;

export const openWorker = async (
  { catalogue, models, own, faults, unhurried = false }: WorkerSetup,
  loadOwn: (files: WorkerSetup['own']) => Promise<OwnModules>,
): Promise<(task: ScoringTask) => Promise<ScoringAnswer>> => {
  const { parts } = await openScoring({
    ...{ catalogue, models, own: await loadOwn(own) },
    tried: async () => [],
  });
  const scorer = createScorer(parts);
  const rng = servingRng(models);
  const timers = unhurried ? STANDING : systemTimers;
  const switches = faults === undefined ? {} : { faults: createFaultSwitches(faults) };

  const work = (task: ScoringTask, scope: RequestScope): Promise<ScoredPage | RankedTitles | undefined> => {
    const { poolSize } = task;
    const scoring = { request: requestIn(task), poolSize, priority: 'person' as const };
    return task.what === 'page'
      ? scorer.page({ ...scoring, onlyPersonal: task.onlyPersonal, evidence: task.evidence }, scope)
      : scorer.list({ ...scoring, k: task.k }, scope);
  };

  return async (task) => {
    const budgetMs = Math.min(task.deadlineAt - wallMs(), MOST_MS);
    if (budgetMs <= 0) return { reports: [], bugs: [], tookMs: 0 };
    const { requestId, at } = task.request;
    const bugs: DoneElsewhere['bugs'][number][] = [];
    const whole: Stage<ScoringTask, ScoredPage | RankedTitles | undefined> = {
      name: 'scoring-thread',
      budgetMs,
      failOpen: true,
      run: work,
      fallback: () => undefined,
    };
    const { outcome, reports } = await runRequest(whole, task, {
      ...{ requestId, clock: fixedClock(at), rng: rng.fork(requestId), timers, ...switches },
      observer: {
        stageEnded: () => undefined,
        bugFound: (stage, error) => bugs.push({ stage, error: wiredError(error) }),
      },
    });
    const { value, durationMs: tookMs } = outcome;
    const parts = reports
      .slice(0, -1) // the whole is timed by whoever waits for it
      .map((report) =>
        report.error === undefined ? report : { ...report, error: wiredError(report.error) },
      );
    const shown = value === undefined || 'titles' in value ? value : shownOf(value);
    return { ...(shown === undefined ? {} : { value: shown }), reports: parts, bugs, tookMs };
  };
};
