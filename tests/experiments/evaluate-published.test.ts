import { describe, expect, it } from 'vitest';
import type { Measurement, StageRow } from '../../src/domain/measurement.ts';
import { silentProgress } from '../../src/domain/progress.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { SplitKind } from '../../src/evaluation/contract.ts';
import { measureModels } from '../../src/experiments/evaluate-published.ts';
import type { PublishedModelName } from '../../src/experiments/published-models.ts';
import { plantedSplit } from './planted-split.ts';

const measured = async (
  kind: SplitKind,
  models: readonly PublishedModelName[],
  k = 4,
): Promise<ReadonlyMap<string, Measurement>> => {
  const options = { k, threads: 1, rng: createRng(42), progress: silentProgress };
  const rows: StageRow[] = await measureModels(plantedSplit(kind), models, options);
  return new Map(
    rows.flatMap((row) => ('measurement' in row ? [[row.measurement.name, row.measurement]] : [])),
  );
};

describe('measureModels', () => {
  it('finds planted tastes with item-knn, beside chance and popularity that were not asked for', async () => {
    const figures = await measured('full-ranking', ['item-knn']);
    const knn = figures.get('planted-4.item-knn.recall@4') as Measurement;
    expect(knn.value).toBeGreaterThan(0.6); // the three test items are among six of the taste that were not trained on
    expect(knn.n).toBe(79);
    expect(knn.baselines?.map(({ name }) => name)).toEqual(['random', 'popularity']);
    for (const { value } of knn.baselines ?? []) expect(value).toBeLessThan(0.3);
    expect(knn.definition).toContain('divides by all test items');
    expect(knn.protocol).toContain('mean over the 79 of 80 users that have test items');
    const [low, high] = knn.ci as readonly [number, number];
    expect(low).toBeLessThan(knn.value);
    expect(high).toBeGreaterThan(knn.value);
    const diversity = (model: string) =>
      figures.get(`planted-4.${model}.intra-list-diversity@4`)?.value as number;
    expect(diversity('item-knn')).toBeLessThan(diversity('random') - 0.2); // items of one taste share their users
    const measures = [...figures.keys()].filter((name) => name.startsWith('planted-4.item-knn.'));
    expect(measures.map((name) => name.split('.').slice(2).join('.'))).toEqual([
      'recall@4',
      'capped-recall@4',
      'ndcg@4',
      'hit-rate@4',
      'map@4',
      'mrr@4',
      'intra-list-diversity@4',
      'coverage@4',
      'gini@4',
      'novelty@4',
      'fit',
      'ndcg@4-over-random',
      'ndcg@4-p-against-random',
      'likeness@4-to-random',
      'kendall-tau-to-random',
      'spearman-rho-to-random',
    ]);
  });

  it('compares each model with the best of the others, over the same users', async () => {
    const figures = await measured('full-ranking', ['item-knn', 'ease']);
    const best = ['item-knn', 'ease'].map((name) => figures.get(`planted-4.${name}.ndcg@4`)?.value as number);
    const gain = figures.get('planted-4.item-knn.ndcg@4-over-ease') as Measurement;
    expect(gain.value).toBeCloseTo(best[0] - best[1], 12);
    expect(figures.get('planted-4.ease.ndcg@4-over-item-knn')?.value).toBeCloseTo(-gain.value, 12);
    expect(figures.get('planted-4.item-knn.kendall-tau-to-ease')?.value).toBeGreaterThan(0.3);
    // Four tastes of one size: what is popular says nothing of anyone, and chance does better.
    const alone = await measured('full-ranking', ['ease']);
    expect(alone.get('planted-4.ease.ndcg@4-p-against-random')?.value).toBe(0.0001);
  });

  it.each(['given-negatives', 'last-item'] as const)(
    '%s: reports what one test item can tell',
    async (kind) => {
      const figures = await measured(kind, ['item-knn']);
      const hitRate = figures.get('planted-4.item-knn.hit-rate@4') as Measurement;
      // Among negatives of other tastes the test item is always first; among all items it is one of four that are left.
      expect(hitRate.value).toBeGreaterThan(0.9);
      expect(figures.has('planted-4.item-knn.recall@4')).toBe(false);
      expect(figures.has('planted-4.item-knn.coverage@4')).toBe(kind === 'last-item');
      expect(figures.get('planted-4.popularity.hit-rate@4')?.value).toBeLessThan(hitRate.value);
    },
  );

  it('gives the same figures for the same seed', async () => {
    const [first, second] = [
      await measured('full-ranking', ['als']),
      await measured('full-ranking', ['als']),
    ];
    for (const [name, { value, ci }] of first) {
      if (name.endsWith('.fit')) continue;
      expect(second.get(name)).toMatchObject(ci === undefined ? { value } : { value, ci });
    }
  });
});
