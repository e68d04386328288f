import { describe, expect, it } from 'vitest';
import { countPlays } from '../../src/candidate-gen/popularity.ts';
import { createPopularityOrder } from '../../src/ranking/baselines/popularity-order.ts';
import { createRandomOrder } from '../../src/ranking/baselines/random-order.ts';
import { createRetrievalOrder } from '../../src/ranking/baselines/retrieval-order.ts';
import type { Ranker } from '../../src/ranking/contract.ts';
import { expectFeatures } from '../../src/ranking/expect-features.ts';
import { describeRanker } from '../contracts/describe-ranker.ts';
import { plantedFixture, poolOf, stageContext } from '../contracts/fixture.ts';

describeRanker('retrieval-order', createRetrievalOrder);
describeRanker('random-order', createRandomOrder);
describeRanker('popularity-order', ({ dataset: { titles, plays }, at }) =>
  createPopularityOrder(countPlays(plays, titles.ids.length, { before: at })),
);

/** The least ranker that reads features: their sum. */
const sumOfFeatures: Ranker = {
  name: 'sum-of-features',
  featureNames: ['retrieval-score', 'plays', 'age-days'],
  async score(_request, pool, features, { signal }) {
    signal.throwIfAborted();
    expectFeatures(sumOfFeatures, pool, features);
    const width = features.names.length;
    const combined = Float32Array.from(pool.items, (_, row) =>
      features.values.subarray(row * width, (row + 1) * width).reduce((a, b) => a + b, 0),
    );
    return { combined, heads: { sum: combined } };
  },
};
describeRanker('sum-of-features', () => sumOfFeatures);

const fixture = plantedFixture();
const combined = async (ranker: Ranker, titles: readonly number[], requestId = 'r', seed = 1) => {
  const features = { names: [], rows: titles.length, values: new Float32Array(0) };
  const request = fixture.request(0, requestId);
  return [...(await ranker.score(request, poolOf(titles), features, stageContext(seed))).combined];
};

describe('baseline rankers', () => {
  it('retrieval-order falls strictly along the pool', async () => {
    expect(await combined(createRetrievalOrder(), [9, 2, 5, 7])).toEqual([1, 0.75, 0.5, 0.25]);
  });

  it('popularity-order scores by count, and a title without one by 0', async () => {
    const counts = Float64Array.of(3, 8, 0.5);
    expect(await combined(createPopularityOrder(counts), [2, 40, 0, 1])).toEqual([0.5, 0, 3, 8]);
  });

  it('random-order puts each candidate first equally often, whatever its place', async () => {
    const ranker = createRandomOrder();
    const firsts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const scores = await combined(ranker, [4, 5, 6, 7], `request-${i}`);
      firsts[scores.indexOf(Math.max(...scores))] += 1;
    }
    // Binomial(4000, 1 / 4): mean 1000, standard error 27.4; 4 of them.
    for (const count of firsts) expect(Math.abs(count - 1000)).toBeLessThan(4 * 27.4);
  });

  it('random-order depends on the seed', async () => {
    const ranker = createRandomOrder();
    expect(await combined(ranker, [4, 5, 6], 'r', 2)).not.toEqual(await combined(ranker, [4, 5, 6], 'r', 1));
  });
});
