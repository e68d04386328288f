import { Counter, Histogram, type Registry } from 'prom-client';

export interface ShadowSeen {
  readonly overlapAt10: number;
  readonly rankCorrelation: number;
  readonly scoreDrift: number;
  readonly servedMs: number;
  readonly shadowMs: number;
}

/** How a version that scores without serving compares with the one that serves. */
export interface ShadowMetrics {
  compared(seen: ShadowSeen): void;
  notCompared(why: string): void;
}

const DRIFTS = [-1, -0.3, -0.1, -0.03, -0.01, 0, 0.01, 0.03, 0.1, 0.3, 1];

export const createShadowMetrics = (
  registers: Registry[],
  secondsBuckets: readonly number[],
): ShadowMetrics => {
  const outcomes = new Counter({
    name: 'marquee_shadow_requests_total',
    help: 'Requests drawn for the shadow version: compared, failed, passed-over while another was under way',
    labelNames: ['outcome'] as const,
    registers,
  });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `marquee_shadow_${name}`, help, buckets, registers });
  const overlap = histogram(
    'overlap_at_10',
    'Share of the ten best titles that both versions have',
    [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  );
  const correlation = histogram(
    'rank_correlation',
    "Kendall's tau over the titles that both versions rank",
    [-0.5, 0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99],
  );
  const drift = histogram('score_drift', 'Mean score of the ten best, shadow less served', DRIFTS);
  const seconds = new Histogram({
    name: 'marquee_shadow_duration_seconds',
    help: 'Ranking of the same request by each version, one after the other, after the answer',
    labelNames: ['by'] as const,
    buckets: [...secondsBuckets],
    registers,
  });
  return {
    compared({ overlapAt10, rankCorrelation, scoreDrift, servedMs, shadowMs }) {
      outcomes.inc({ outcome: 'compared' });
      overlap.observe(overlapAt10);
      correlation.observe(rankCorrelation);
      drift.observe(scoreDrift);
      seconds.observe({ by: 'served' }, servedMs / 1_000);
      seconds.observe({ by: 'shadow' }, shadowMs / 1_000);
    },
    notCompared: (outcome) => outcomes.inc({ outcome }),
  };
};
