import { describe, expect, it } from 'vitest';
import { judgePools, measureSources, servedSources } from '../../src/experiments/sources-stage.ts';
import { mean } from '../../src/math/statistics.ts';
import { trainSources } from '../../src/training/sources.ts';
import { untrainedSubject } from './untrained-subject.ts';

const { subject, retrieval, ranking, queries } = untrainedSubject();
const { neighbours } = await trainSources(subject, retrieval);
/** The towers' vectors are drawn, and say nothing; what is trending is worth more. */
const takeRates = new Map([
  ['two-tower', { rate: 0.01, power: 0.5 }],
  ['trending', { rate: 0.1, power: 0.5 }],
]);
const models = { retrieval, sources: { neighbours, takeRates }, ranking };

describe('the sources merged', () => {
  it('are measured under their names, beside the two towers alone and without reserved places', async () => {
    const rows = await measureSources(subject, models, queries);
    const measured = new Map(
      rows.flatMap((row) => ('measurement' in row ? [[row.measurement.name, row.measurement] as const] : [])),
    );
    for (const name of ['merged.recall@100', 'merged.recall@500', 'merged.new-titles.recall@500']) {
      const { value, ci = [Number.NaN, Number.NaN], baselines = [] } = measured.get(name) ?? {};
      expect(value).toBeGreaterThanOrEqual(ci[0]);
      expect(value).toBeLessThanOrEqual(ci[1]);
      expect(baselines.map((baseline) => baseline.name)).toEqual(['two-tower', 'unreserved']);
    }
    expect(measured.get('merged.recall-gain@100')?.value).toBeGreaterThan(0);
    expect(measured.get('merged.finish-gain')?.n).toBe(queries.length);
    const shares = [...measured.keys()].filter((name) => name.endsWith('.share'));
    const total = shares.reduce((sum, name) => sum + (measured.get(name)?.value ?? 0), 0);
    expect(shares).toHaveLength(4);
    expect(total).toBeCloseTo(1, 6);
  });

  it('give new releases the places that are reserved for them, and find no fewer of them', async () => {
    const withPlaces = (places: number) => {
      const reserved = { 'new-releases': places };
      return judgePools(subject, models, servedSources(subject, models, reserved), queries);
    };
    const [none, many] = [await withPlaces(0), await withPlaces(200)];
    expect(none.given[3]).toBe(0);
    expect(many.given[3]).toBeGreaterThan(queries.length);
    expect(mean(many.newRecall)).toBeGreaterThanOrEqual(mean(none.newRecall));
  });
});
