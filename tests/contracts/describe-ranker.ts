import { describe, expect, it } from 'vitest';
import { type CandidatePool, type FeatureMatrix, UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { Ranker, Scores } from '../../src/ranking/contract.ts';
import { type PlantedFixture, plantedFixture, poolOf, stageContext } from './fixture.ts';

/**
 * What every ranker must do. `make` builds one for the fixture that it is given; features are uniform
 * draws on [0, 1), so a ranker has to serve any finite value.
 */
export function describeRanker(
  name: string,
  make: (fixture: PlantedFixture) => Ranker | Promise<Ranker>,
): void {
  describe(`${name} is a ranker`, () => {
    const fixture = plantedFixture();
    const pool = poolOf([40, 3, 17, 8, 52, 29, 0, 11]);
    let made: Promise<Ranker> | undefined;
    const ranker = (): Promise<Ranker> => (made ??= Promise.resolve(make(fixture)));
    const ask = async (member: number, candidates: CandidatePool = pool, seed = 1): Promise<Scores> => {
      const { featureNames } = await ranker();
      const features = drawnFeatures(featureNames, candidates.items.length);
      return (await ranker()).score(fixture.request(member), candidates, features, stageContext(seed));
    };

    it('has a kebab-case name and names each feature once', async () => {
      const { name: own, featureNames } = await ranker();
      expect(own).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(new Set(featureNames).size).toBe(featureNames.length);
    });

    it('gives each candidate a score that is a number, in every objective', async () => {
      for (const member of [0, 1, 5, 23]) expectAligned(await ask(member), pool.items.length);
    });

    it('leaves pool and features as they were', async () => {
      const features = drawnFeatures((await ranker()).featureNames, pool.items.length);
      const before = { items: pool.items.slice(), values: features.values.slice() };
      await (await ranker()).score(fixture.request(2), pool, features, stageContext(1));
      expect({ items: pool.items, values: features.values }).toEqual(before);
    });

    it('scores the same for the same seed and request, whatever was asked in between', async () => {
      const first = await ask(3);
      await ask(4, poolOf([1, 2, 3]));
      expect(await ask(3)).toEqual(first);
      const features = drawnFeatures((await ranker()).featureNames, pool.items.length);
      const other = await make(fixture);
      expect(await other.score(fixture.request(3), pool, features, stageContext(1))).toEqual(first);
    });

    it('hands out scores of its own: a later request does not change them', async () => {
      const first = await ask(3);
      const copy = first.combined.slice();
      await ask(4, poolOf([9, 7, 5, 3, 1, 0, 2, 4]), 2);
      expect(first.combined).toEqual(copy);
    });

    it('serves a member whom it has never seen', async () => {
      expectAligned(await ask(UNKNOWN_MEMBER), pool.items.length);
    });

    it('gives no score for an empty pool, and one for a pool of one', async () => {
      expectAligned(await ask(0, poolOf([])), 0);
      expectAligned(await ask(0, poolOf([7])), 1);
    });

    it('throws the reason of a signal that is aborted', async () => {
      const reason = new Error('the deadline has passed');
      const features = drawnFeatures((await ranker()).featureNames, pool.items.length);
      const context = stageContext(1, AbortSignal.abort(reason));
      await expect((await ranker()).score(fixture.request(0), pool, features, context)).rejects.toBe(reason);
    });

    it('refuses features that are not those it names', async () => {
      const { featureNames } = await ranker();
      const size = pool.items.length;
      const wrong: FeatureMatrix[] = [
        drawnFeatures([...featureNames, 'one-more'], size),
        drawnFeatures(featureNames, size + 1),
        drawnFeatures(featureNames, size - 1),
      ];
      if (featureNames.length > 0) {
        wrong.push(drawnFeatures(featureNames.slice(1), size));
        wrong.push(drawnFeatures(['another', ...featureNames.slice(1)], size));
        wrong.push({ ...drawnFeatures(featureNames, size), values: new Float32Array(1) });
      }
      if (featureNames.length > 1) wrong.push(drawnFeatures([...featureNames].reverse(), size));
      for (const features of wrong) {
        const scored = (await ranker()).score(fixture.request(0), pool, features, stageContext(1));
        await expect(scored).rejects.toThrow(RangeError);
      }
    });
  });
}

function expectAligned({ combined, heads }: Scores, size: number): void {
  for (const scores of [combined, ...Object.values(heads)]) {
    expect(scores).toHaveLength(size);
    expect([...scores].filter(Number.isNaN)).toEqual([]);
  }
}

function drawnFeatures(names: readonly string[], rows: number): FeatureMatrix {
  const rng = createRng(99);
  return { names, rows, values: Float32Array.from({ length: rows * names.length }, () => rng.next()) };
}
