import { beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/domain/measurement.ts';
import { silentProgress } from '../../src/domain/progress.ts';
import { measureLambdaMart } from '../../src/experiments/lambda-mart-stage.ts';
import { untrainedSubject } from './untrained-subject.ts';

describe('boosted trees in the world', () => {
  const named = new Map<string, Measurement>();
  const figure = (name: string): Measurement => named.get(`lambda-mart.${name}`) as Measurement;
  const baseline = (of: string): number =>
    figure('ndcg@10').baselines?.find(({ name }) => name === of)?.value ?? Number.NaN;

  beforeAll(async () => {
    const { subject, retrieval, ranking, queries } = untrainedSubject();
    for (const row of await measureLambdaMart(subject, retrieval, ranking, queries, silentProgress)) {
      if ('measurement' in row) named.set(row.measurement.name, row.measurement);
    }
  });

  it('stand between nothing and the oracle, beside the network, for the same members', () => {
    expect(figure('ndcg@10').value).toBeGreaterThan(0);
    expect(figure('ndcg@10').value).toBeLessThan(baseline('oracle'));
    expect(figure('gain-over-network').value).toBeCloseTo(figure('ndcg@10').value - baseline('network'), 12);
    expect(figure('share-of-oracle').value).toBeCloseTo(figure('ndcg@10').value / baseline('oracle'), 12);
    for (const name of ['ndcg@10', 'gain-over-network', 'share-of-oracle']) {
      const { value, ci, n } = figure(name);
      expect(n).toBe(figure('ndcg@10').n);
      expect(ci?.[0]).toBeLessThanOrEqual(value);
      expect(ci?.[1]).toBeGreaterThanOrEqual(value);
    }
  });

  it('say what they learned from, and how long it took', () => {
    expect(figure('training').n).toBeGreaterThan(0);
    expect(figure('training').value).toBeGreaterThan(0);
    expect(figure('latency.p99')).toMatchObject({ budget: 5, unit: 'ms' });
  });
});
