/** Which charts the figures of a run can feed, in the order in which they are shown. */
import type { Measurement } from '../domain/measurement.ts';
import type { Chart } from './chart.ts';
import { intervalCoverage } from './charts/coverage.ts';
import { examinationCurve } from './charts/examination-curve.ts';
import { latencyBudgets } from './charts/latency-budgets.ts';
import { latencyHistogram } from './charts/latency-histogram.ts';
import { seriesOf } from './charts/lines.ts';
import { ndcgBesideOracle } from './charts/ndcg.ts';
import { offPolicyEstimates } from './charts/off-policy.ts';
import { qualityBesideBaselines } from './charts/quality.ts';
import { recallCurves } from './charts/recall-curves.ts';
import { regretCurves } from './charts/regret-curves.ts';

/** Every histogram with the budget that its measurement is held to. */
const timedLines = (measurements: readonly Measurement[]) =>
  measurements.flatMap((measurement) =>
    seriesOf([measurement], 'latency').map((series) => ({
      series,
      ...(measurement.budget === undefined ? {} : { budgetMs: measurement.budget }),
    })),
  );

export const latencyOf = (measurements: readonly Measurement[]): Chart | undefined =>
  latencyHistogram(timedLines(measurements));

export const CHARTS: readonly ((measurements: readonly Measurement[]) => Chart | undefined)[] = [
  latencyBudgets,
  latencyOf,
  recallCurves,
  ndcgBesideOracle,
  qualityBesideBaselines,
  examinationCurve,
  (measurements) => regretCurves(seriesOf(measurements, 'regret')),
  (measurements) => offPolicyEstimates(seriesOf(measurements, 'estimates')),
  intervalCoverage,
];

export const chartsOf = (measurements: readonly Measurement[]): Chart[] =>
  CHARTS.flatMap((make) => make(measurements) ?? []);
