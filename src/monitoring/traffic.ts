/** Rate, errors and durations of routes and stages, and what went wrong, over the last minutes of a server's scrapes. */
import { growthBy, type KeptScrape, type Selector, selected } from './scrapes.ts';

export interface Durations {
  /** NaN of nothing; Infinity where it is beyond the last bound. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface RouteTraffic extends Durations {
  readonly route: string;
  readonly perSecond: number;
  /** Of the answers: statuses from 500. */
  readonly errorShare: number;
}

export interface StageTraffic extends Durations {
  readonly stage: string;
  readonly perSecond: number;
  readonly budgetMs: number;
  readonly lateShare: number;
  readonly failedShare: number;
}

export interface Counted {
  readonly what: string;
  readonly count: number;
}

export interface Traffic {
  /** What the figures cover; less in a server that is younger. */
  readonly seconds: number;
  readonly routes: readonly RouteTraffic[];
  readonly stages: readonly StageTraffic[];
  /** Only what happened. */
  readonly troubles: readonly Counted[];
}

const MINUTES = 5;

export const trafficOf = (scrapes: readonly KeptScrape[]): Traffic => {
  const last = scrapes[scrapes.length - 1];
  const first = scrapes.find(({ at }) => at >= last.at - MINUTES * 60_000) ?? last;
  const seconds = (last.at - first.at) / 1_000;
  const grown = (metric: string, by: string, labels: Selector['labels'] = {}): Map<string, number> =>
    growthBy(scrapes, { metric, labels }, MINUTES, by);
  const durations = (metric: string, label: string, name: string): Durations => {
    const bounds = grown(`${metric}_bucket`, 'le', { [label]: name });
    return { p50Ms: 1_000 * quantileIn(bounds, 0.5), p99Ms: 1_000 * quantileIn(bounds, 0.99) };
  };
  const errors = grown('marquee_http_requests_total', 'route', { status: /5../ });
  const routes = [...grown('marquee_http_requests_total', 'route')]
    .filter(([, count]) => count > 0)
    .map(([route, count]) => ({
      route,
      perSecond: count / seconds,
      errorShare: (errors.get(route) ?? 0) / count,
      ...durations('marquee_http_request_duration_seconds', 'route', route),
    }));
  const [late, failed] = ['late', 'failed'].map((outcome) =>
    grown('marquee_stage_outcomes_total', 'stage', { outcome }),
  );
  const budgets = new Map(
    selected(last, { metric: 'marquee_stage_budget_seconds' }).map(({ labels, value }) => [
      labels['stage'],
      1_000 * value,
    ]),
  );
  const stages = [...grown('marquee_stage_outcomes_total', 'stage')]
    .filter(([, count]) => count > 0)
    .map(([stage, count]) => ({
      stage,
      perSecond: count / seconds,
      budgetMs: budgets.get(stage) ?? Number.NaN,
      lateShare: (late.get(stage) ?? 0) / count,
      failedShare: (failed.get(stage) ?? 0) / count,
      ...durations('marquee_stage_duration_seconds', 'stage', stage),
    }));
  return { seconds, routes, stages, troubles: troublesOf(scrapes) };
};

/** What went wrong, by the label that says what. */
const TROUBLES: readonly (readonly [name: string, selector: Selector, by: string])[] = [
  ['degraded', { metric: 'marquee_degraded_total' }, 'stage'],
  ['degraded for', { metric: 'marquee_degraded_total' }, 'reason'],
  ['shed', { metric: 'marquee_http_requests_total', labels: { status: '503' } }, 'route'],
  ['limited', { metric: 'marquee_http_requests_total', labels: { status: '429' } }, 'route'],
  ['bug in', { metric: 'marquee_bugs_total' }, 'stage'],
  ['quarantined', { metric: 'marquee_events_total', labels: { outcome: 'quarantined' } }, 'type'],
  ['late events', { metric: 'marquee_events_late_total' }, 'type'],
];

const troublesOf = (scrapes: readonly KeptScrape[]): Counted[] =>
  TROUBLES.flatMap(([name, selector, by]) =>
    [...growthBy(scrapes, selector, MINUTES, by)]
      .filter(([, count]) => count > 0)
      .map(([value, count]) => ({ what: `${name} ${value}`, count })),
  );

/**
 * The p-quantile of counts up to bounds, evenly spread between them; `le` as Prometheus has it. NaN of nothing, Infinity
 * beyond the last finite bound.
 */
export const quantileIn = (upTo: ReadonlyMap<string, number>, p: number): number => {
  const bounds = [...upTo]
    .map(([le, count]) => ({ le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count }))
    .sort((a, b) => a.le - b.le);
  const all = bounds[bounds.length - 1]?.count ?? 0;
  if (all === 0) return Number.NaN;
  const rank = p * all;
  let [le, count] = [0, 0];
  for (const bound of bounds) {
    if (bound.count >= rank) {
      return bound.le === Number.POSITIVE_INFINITY
        ? bound.le
        : le + ((bound.le - le) * (rank - count)) / (bound.count - count);
    }
    ({ le, count } = bound);
  }
  return Number.NaN;
};
