/** Every metric of the server, in a registry of its own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createFindingMetrics, type Findings } from './finding-metrics.ts';
import { createShadowMetrics, type ShadowMetrics } from './shadow-metrics.ts';
import { exposition } from './worker-metrics.ts';

/** The budgets of the stages are bounds, so that the share within budget can be read off exactly. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface RequestSeen {
  /** The pattern, not the path: paths are without number. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

export interface StageSeen {
  readonly stage: string;
  readonly status: string;
  readonly durationMs: number;
  readonly budgetMs?: number;
}

export interface Metrics {
  requestEnded(seen: RequestSeen): void;
  stageEnded(seen: StageSeen): void;
  /** A homepage was served: personalised, cached, popular or static. */
  pageServed(origin: string): void;
  /** Asked for when somebody looks. */
  watchScoring(read: () => { readonly waiting: number; readonly work: number }): void;
  /** An answer was served with this stage's fallback in it. */
  degraded(stage: string, reason: string): void;
  bugFound(stage: string): void;
  eventTaken(type: string, outcome: string): void;
  /** What became of a published version: swapped, refused, on-trial, promoted, rolled-back, abandoned. */
  versionEvent(what: string): void;
  readonly shadow: ShadowMetrics;
  /** An event came so long after what it tells of that what is summed up by time is closed. */
  eventLate(type: string): void;
  /** Records of what was served that were written, and that were dropped. */
  servedLogged(what: 'written' | 'dropped', records: number): void;
  /** What was found of what the server watches, in place of what was found before. */
  found(findings: Findings): void;
  /** From now on this version serves. */
  modelServing(version: string): void;
  /** The text that Prometheus scrapes, and its content type. */
  expose(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'marquee_http_requests_total',
    help: 'Requests answered',
    labelNames: ['route', 'method', 'status'] as const,
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'marquee_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer',
    labelNames: ['route'] as const,
    buckets: SECONDS,
    registers,
  });
  const stageSeconds = new Histogram({
    name: 'marquee_stage_duration_seconds',
    help: 'Time in a stage until it was done or given up; request is the whole',
    labelNames: ['stage'] as const,
    buckets: SECONDS,
    registers,
  });
  const stageBudgets = new Gauge({
    name: 'marquee_stage_budget_seconds',
    help: 'What a stage may take',
    labelNames: ['stage'] as const,
    aggregator: 'max', // the same in all workers
    registers,
  });
  const budgets = new Map<string, number>();
  const stages = new Counter({
    name: 'marquee_stage_outcomes_total',
    help: 'Runs of a stage by what became of them: ok, late, failed',
    labelNames: ['stage', 'outcome'] as const,
    registers,
  });
  const degradations = new Counter({
    name: 'marquee_degraded_total',
    help: 'Answers with the fallback of a stage in them, by reason: late, dependency, bug',
    labelNames: ['stage', 'reason'] as const,
    registers,
  });
  const bugs = new Counter({
    name: 'marquee_bugs_total',
    help: 'Failures that only a change of code can mend; anything above 0 is worth an alert',
    labelNames: ['stage'] as const,
    registers,
  });
  const events = new Counter({
    name: 'marquee_events_total',
    help: 'Events acknowledged, by what became of them: applied, duplicate, quarantined',
    labelNames: ['type', 'outcome'] as const,
    registers,
  });
  const lateEvents = new Counter({
    name: 'marquee_events_late_total',
    help: 'Events that came behind the watermark of 7 days: in the profile, in no sum by time',
    labelNames: ['type'] as const,
    registers,
  });
  const model = new Gauge({
    name: 'marquee_model_info',
    help: '1 for the model version that serves',
    labelNames: ['version'] as const,
    aggregator: 'max', // of workers that all serve it
    registers,
  });
  const versions = new Counter({
    name: 'marquee_version_events_total',
    help: 'What became of published versions: swapped, refused, on-trial, promoted, rolled-back, abandoned',
    labelNames: ['what'] as const,
    registers,
  });
  const servedLog = {
    written: new Counter({
      name: 'marquee_served_log_records_total',
      help: 'Titles served whose features were written to the served log',
      registers,
    }),
    dropped: new Counter({
      name: 'marquee_served_log_dropped_total',
      help: 'Titles served whose features were dropped, since the disk did not keep up',
      registers,
    }),
  };
  const found = createFindingMetrics(registers);
  const pages = new Counter({
    name: 'marquee_pages_total',
    help: 'Homepages by where they come from: personalised, cached, popular, static',
    labelNames: ['origin'] as const,
    registers,
  });
  const text = exposition(registry);

  return {
    requestEnded({ route, method, status, durationMs }) {
      requests.inc({ route, method, status });
      requestSeconds.observe({ route }, durationMs / 1_000);
    },
    stageEnded({ stage, status, durationMs, budgetMs }) {
      if (budgetMs !== undefined && budgets.get(stage) !== budgetMs) {
        budgets.set(stage, budgetMs);
        stageBudgets.set({ stage }, budgetMs / 1_000);
      }
      stages.inc({ stage, outcome: status });
      stageSeconds.observe({ stage }, durationMs / 1_000);
    },
    pageServed: (origin) => pages.inc({ origin }),
    watchScoring(read) {
      new Gauge({
        name: 'marquee_scoring_waiting',
        help: 'Requests that wait for a thread to score them',
        registers,
        collect() {
          this.set(read().waiting);
        },
      });
      new Gauge({
        name: 'marquee_scoring_candidates',
        help: 'Candidates ranked for each page: fewer where the slowest would be late',
        aggregator: 'average',
        registers,
        collect() {
          this.set(read().work);
        },
      });
    },
    degraded: (stage, reason) => degradations.inc({ stage, reason }),
    bugFound: (stage) => bugs.inc({ stage }),
    eventTaken: (type, outcome) => events.inc({ type, outcome }),
    versionEvent: (what) => versions.inc({ what }),
    shadow: createShadowMetrics(registers, SECONDS),
    servedLogged: (what, records) => servedLog[what].inc(records),
    found,
    eventLate: (type) => lateEvents.inc({ type }),
    modelServing(version) {
      model.reset();
      model.set({ version }, 1);
    },
    expose: async () => ({ text: await text(), contentType: registry.contentType }),
  };
};
