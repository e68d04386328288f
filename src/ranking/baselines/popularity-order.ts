import type { Ranker } from '../contract.ts';
import { expectFeatures } from '../expect-features.ts';

/** A ranker whose score is the title's count of plays, the same for every member. `counts` is [titles]. */
export function createPopularityOrder(counts: Float32Array | Float64Array): Ranker {
  const ranker: Ranker = {
    name: 'popularity-order',
    featureNames: [],
    async score(_request, pool, features, { signal }) {
      signal.throwIfAborted();
      expectFeatures(ranker, pool, features);
      return { combined: Float32Array.from(pool.items, (title) => counts[title] ?? 0), heads: {} };
    },
  };
  return ranker;
}
