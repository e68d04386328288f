/**
 * What is worth telling somebody, and what they can do about it. Budgets are spent by several windows at once: a long one
 * so that little is not told, a short one so that what is over is not told any more.
 * @see Beyer, Murphy, Rensin, Kawahara & Thorne, "The Site Reliability Workbook", 2018, chapter 5
 */
import type { Selector } from '../scrapes.ts';
import type { AlertRule, Condition } from './condition.ts';

const MEMBERS = /\/v1\/members\/.*/;
const answers = (status?: RegExp): Selector => ({
  metric: 'marquee_http_requests_total',
  labels: { route: MEMBERS, ...(status === undefined ? {} : { status }) },
});
const seconds = (part: 'count' | 'bucket', labels: Selector['labels'] = {}): Selector => ({
  metric: `marquee_http_request_duration_seconds_${part}`,
  labels: { route: MEMBERS, ...labels },
});

/** Shares of requests that may fail, and that may take over 100 ms. */
const BUDGET = { errors: 0.001, slow: 0.01 } as const;

/** Spent so many times too fast, over the long window and still over the short one. */
const burning = (
  times: number,
  [long, short]: readonly [number, number],
  share: (minutes: number, above: number) => Condition,
  budget: number,
): Condition => ({ kind: 'all', of: [share(long, times * budget), share(short, times * budget)] });

const failing = (minutes: number, above: number): Condition => ({
  kind: 'share',
  share: { part: answers(/5../) },
  whole: answers(),
  ...{ minutes, above, fewest: 50 },
});
const slow = (minutes: number, above: number): Condition => ({
  kind: 'share',
  share: { rest: seconds('bucket', { le: '0.1' }) },
  whole: seconds('count'),
  ...{ minutes, above, fewest: 50 },
});

const FAST = [60, 5] as const; // at 14.4 times, 2 % of a month's budget in an hour
const STEADY = [360, 30] as const; // at 6 times, 5 % of it in six hours

const stageRuns: Selector = { metric: 'marquee_stage_outcomes_total' };
const pages: Selector = {
  metric: 'marquee_stage_outcomes_total',
  labels: { stage: 'request' },
};
const degraded = (minutes: number, above: number): Condition => ({
  kind: 'share',
  share: { part: { metric: 'marquee_degraded_total' } },
  whole: pages,
  ...{ minutes, above, fewest: 50 },
});
const growth = (metric: string, labels: Selector['labels'], minutes: number): Condition => ({
  kind: 'growth',
  of: { metric, ...(labels === undefined ? {} : { labels }) },
  ...{ minutes, above: 0 },
});

export const ALERT_RULES: readonly AlertRule[] = [
  {
    name: 'error-budget-burns-fast',
    severity: 'page',
    summary: 'Answers fail 14 times faster than the budget of 0.1 % allows.',
    todo: 'Look for the newest version event and roll back (marquee rollback); else find the failing route in marquee_http_requests_total, and its log lines by requestId.',
    condition: burning(14.4, FAST, failing, BUDGET.errors),
    forMinutes: 0,
  },
  {
    name: 'error-budget-burns',
    severity: 'page',
    summary: 'Answers fail 6 times faster than the budget of 0.1 % allows.',
    todo: 'As error-budget-burns-fast, with an hour or two in hand: look first at what changed six hours ago.',
    condition: burning(6, STEADY, failing, BUDGET.errors),
    forMinutes: 0,
  },
  {
    name: 'latency-budget-burns-fast',
    severity: 'page',
    summary: 'Over 14 % of answers take longer than 100 ms.',
    todo: 'See which stage is beyond its budget in marquee monitor; add workers (--workers), or lower what asks: a prefetch that runs away is cut off at its client.',
    condition: burning(14.4, FAST, slow, BUDGET.slow),
    forMinutes: 2,
  },
  {
    name: 'latency-budget-burns',
    severity: 'ticket',
    summary: 'Over 6 % of answers take longer than 100 ms.',
    todo: 'See which stage is beyond its budget in marquee monitor, and compare its duration before and after the last version.',
    condition: burning(6, STEADY, slow, BUDGET.slow),
    forMinutes: 10,
  },
  {
    name: 'most-pages-degraded',
    severity: 'page',
    summary: 'Every second page has a fallback in it.',
    todo: 'Read stage and reason in marquee monitor: dependency means the store is away (start it, nothing else is needed); late means too much load; bug means roll back.',
    condition: degraded(5, 0.5),
    forMinutes: 2,
  },
  {
    name: 'pages-degraded',
    severity: 'ticket',
    summary: 'Over 5 % of pages have a fallback in them.',
    todo: 'Read stage and reason in marquee monitor: find why that stage is late, or what it depends on is away.',
    condition: degraded(15, 0.05),
    forMinutes: 10,
  },
  {
    name: 'stage-late',
    severity: 'ticket',
    summary: 'A stage is beyond its budget in over 5 % of its runs.',
    todo: 'Open a trace of a slow request of that stage; fewer candidates or another worker make it quicker.',
    condition: {
      kind: 'share',
      share: { part: { ...stageRuns, labels: { outcome: 'late' } } },
      whole: stageRuns,
      ...{ minutes: 15, above: 0.05, fewest: 50, by: 'stage' },
    },
    forMinutes: 10,
  },
  {
    name: 'requests-shed',
    severity: 'ticket',
    summary: 'Over 5 % of requests are turned away for load.',
    todo: 'Add workers or servers; if one client asks for most of it, lower --client-limit.',
    condition: {
      kind: 'share',
      share: { part: answers(/503/) },
      whole: answers(),
      ...{ minutes: 10, above: 0.05, fewest: 50 },
    },
    forMinutes: 5,
  },
  {
    name: 'bug-found',
    severity: 'ticket',
    summary: 'A stage ended in a bug; a fallback may have hidden it from members.',
    todo: "Find 'bug' in the log: its line has the stage, the stack and the requestId. Roll back if it began with a version.",
    condition: growth('marquee_bugs_total', undefined, 30),
    forMinutes: 0,
  },
  {
    name: 'version-rolled-back',
    severity: 'ticket',
    summary: 'A version on trial was worse than the old one and was taken back.',
    todo: 'Read the cause in marquee monitor; correct the version and publish it under a new name.',
    condition: growth('marquee_version_events_total', { what: 'rolled-back' }, 60),
    forMinutes: 0,
  },
  {
    name: 'version-refused',
    severity: 'ticket',
    summary: 'A published version could not be opened; the old one serves.',
    todo: 'Read in marquee monitor which file is missing or damaged, and publish again.',
    condition: growth('marquee_version_events_total', { what: 'refused' }, 60),
    forMinutes: 0,
  },
  {
    name: 'features-drift',
    severity: 'ticket',
    summary: 'A feature or prediction looks other than when the version was published.',
    todo: 'See which in the drift table: one feature alone points at its source or definition (marquee check-features), many at other members or titles (train anew).',
    condition: { kind: 'level', of: { metric: 'marquee_drifted' }, above: 0 },
    forMinutes: 15,
  },
  {
    name: 'predictions-miscalibrated',
    severity: 'ticket',
    summary: 'What is predicted and what members do differ by over a quarter.',
    todo: 'If events are missing (data quality), mend that; else train anew on the served log.',
    condition: { kind: 'level', of: { metric: 'marquee_miscalibrated' }, above: 0 },
    forMinutes: 15,
  },
  {
    name: 'data-quality',
    severity: 'ticket',
    summary: 'What comes in is too little, too old, unknown or out of range.',
    todo: 'See which check failed in marquee monitor: volume and age point at devices or the network, unknown titles at a catalogue that is behind, features at their source.',
    condition: { kind: 'level', of: { metric: 'marquee_quality_failed' }, above: 0 },
    forMinutes: 5,
  },
  {
    name: 'served-log-loses',
    severity: 'ticket',
    summary: 'Records of what was served are dropped: the disk is slow or full.',
    todo: 'Free the disk of the work directory, or lower --served-share.',
    condition: growth('marquee_served_log_dropped_total', undefined, 15),
    forMinutes: 0,
  },
];
