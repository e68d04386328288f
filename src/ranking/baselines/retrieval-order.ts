import type { Ranker } from '../contract.ts';
import { expectFeatures } from '../expect-features.ts';

/**
 * A ranker that leaves the pool in its order: what ranking must beat, and what serves when the ranker is
 * late. Scores fall evenly from 1, since the scores of several sources need not share a scale.
 */
export function createRetrievalOrder(): Ranker {
  const ranker: Ranker = {
    name: 'retrieval-order',
    featureNames: [],
    async score(_request, pool, features, { signal }) {
      signal.throwIfAborted();
      expectFeatures(ranker, pool, features);
      const size = pool.items.length;
      return { combined: Float32Array.from(pool.items, (_, i) => 1 - i / size), heads: {} };
    },
  };
  return ranker;
}
