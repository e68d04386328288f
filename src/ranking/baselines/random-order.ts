import type { Ranker } from '../contract.ts';
import { expectFeatures } from '../expect-features.ts';

/** A ranker that shuffles: scores are uniform draws that depend on the seed and the request id alone. */
export function createRandomOrder(): Ranker {
  const ranker: Ranker = {
    name: 'random-order',
    featureNames: [],
    async score(request, pool, features, { rng, signal }) {
      signal.throwIfAborted();
      expectFeatures(ranker, pool, features);
      const draws = rng.fork(`random-order/${request.requestId}`);
      return { combined: Float32Array.from(pool.items, () => draws.next()), heads: {} };
    },
  };
  return ranker;
}
