import { beforeAll, describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/domain/measurement.ts';
import { measurePages } from '../../src/experiments/page-stage.ts';
import { measureReranking } from '../../src/experiments/reranking-stage.ts';
import { untrainedSubject } from './untrained-subject.ts';

describe('the page in the world', () => {
  let given: ReturnType<typeof untrainedSubject>;
  const named = new Map<string, Measurement>();
  const figureOf = (name: string): number => named.get(name)?.value ?? Number.NaN;
  const baselineOf = (name: string, of: string): number =>
    named.get(name)?.baselines?.find((baseline) => baseline.name === of)?.value ?? Number.NaN;

  beforeAll(async () => {
    given = untrainedSubject();
    const { subject, retrieval, ranking, queries } = given;
    for (const row of await measurePages(subject, retrieval, ranking, queries)) {
      if ('measurement' in row) named.set(row.measurement.name, row.measurement);
    }
  });

  it('is worth at most what a page of places that are all looked at could be', () => {
    expect(figureOf('page.expected-takes')).toBeGreaterThan(0);
    expect(figureOf('page.expected-takes')).toBeLessThan(80);
    expect(named.get('page.expected-takes')?.n).toBe(given.queries.length);
  });

  it('says by what share it is worth more than others, with the interval of that share', () => {
    const takes = figureOf('page.expected-takes');
    for (const [name, of] of [
      ['page.takes-over-fixed-order', 'fixed-order'],
      ['page.takes-over-ranked-list', 'ranked-list'],
    ] as const) {
      expect(figureOf(name)).toBeCloseTo(takes / baselineOf('page.expected-takes', of) - 1, 10);
      const [lower, upper] = named.get(name)?.ci ?? [Number.NaN, Number.NaN];
      expect(lower).toBeLessThan(figureOf(name));
      expect(upper).toBeGreaterThan(figureOf(name));
    }
    expect(figureOf('page.takes-over-fixed-order')).toBeGreaterThan(0);
  });

  it('lifts finished watches over a retrieval that knows nothing, and less than the truth would', () => {
    const lift = figureOf('pipeline.finish-lift');
    expect(lift).toBeGreaterThan(0.2);
    expect(named.get('pipeline.finish-lift')?.pass).toBe(true);
    expect(baselineOf('pipeline.finish-lift', 'oracle')).toBeGreaterThan(lift);
  });

  it('changes nothing by re-ranking that weighs scores alone, and trades relevance where it does not', async () => {
    const { subject, retrieval, ranking, queries } = given;
    const measured = async (mmr: number, dpp: number, calibrated: number) =>
      new Map(
        (await measureReranking(subject, retrieval, ranking, queries, { mmr, dpp, calibrated })).map((row) =>
          'measurement' in row ? [row.measurement.name, row.measurement.value] : ['', 0],
        ),
      );
    const plain = await measured(1, 1, 0);
    const traded = await measured(0, 0, 1);
    for (const name of ['mmr', 'dpp', 'calibrated']) {
      expect(plain.get(`reranking.${name}.ndcg-kept`)).toBe(1);
      expect(plain.get(`reranking.${name}.diversity-gain`)).toBe(0);
      expect(plain.get(`reranking.${name}.miscalibration-drop`)).toBe(0);
    }
    // Drawn vectors lie at right angles: a diversity of 1, of at most 10 / 9.
    expect(traded.get('reranking.mmr.diversity-gain')).toBeGreaterThan(0.03);
    expect(traded.get('reranking.dpp.diversity-gain')).toBeGreaterThan(0);
    expect(traded.get('reranking.calibrated.miscalibration-drop')).toBeGreaterThan(0.5);
  });
});
