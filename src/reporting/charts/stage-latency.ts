import type { Series as Sample } from '../../monitoring/exposition.ts';
import type { Chart } from '../chart.ts';
import { latencyHistogram, type TimedLine } from './latency-histogram.ts';

const SECONDS = 'marquee_stage_duration_seconds_bucket';
const BUDGET = 'marquee_stage_budget_seconds';
const MS = 1_000;

/** How long the stages of a running server took, from its metrics, beside the budget of each. */
export const stageLatency = (samples: readonly Sample[]): Chart | undefined => {
  const stages = [
    ...new Set(samples.filter(({ metric }) => metric === SECONDS).map(({ labels }) => labels['stage'])),
  ];
  const lines = stages.flatMap((stage) => lineOf(stage, samples) ?? []);
  const chart = latencyHistogram(lines);
  return chart === undefined
    ? undefined
    : { ...chart, id: 'stages', title: 'Stages of this server’s requests, against their budgets' };
};

/** From counts up to a bound to shares between bounds; what is over the last bound is put at twice that. */
const lineOf = (stage: string, samples: readonly Sample[]): TimedLine | undefined => {
  const of = samples.filter(({ labels }) => labels['stage'] === stage);
  const upTo = of
    .filter(({ metric }) => metric === SECONDS)
    .map(({ labels, value }) => ({
      seconds: labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']),
      count: value,
    }))
    .sort((a, b) => a.seconds - b.seconds);
  const total = upTo[upTo.length - 1].count;
  if (total === 0) return undefined;
  const budget = of.find(({ metric }) => metric === BUDGET)?.value;
  const finite = upTo.filter(({ seconds }) => Number.isFinite(seconds));
  const last = finite[finite.length - 1].seconds;
  return {
    series: {
      kind: 'latency',
      line: `${stage} (${total} runs)`,
      x: upTo.map(({ seconds }) => Number((MS * Math.min(seconds, 2 * last)).toPrecision(6))),
      y: upTo.map(({ count }, i) => (count - (i === 0 ? 0 : upTo[i - 1].count)) / total),
    },
    ...(budget === undefined ? {} : { budgetMs: Number((MS * budget).toPrecision(6)) }),
  };
};
