/**
 * A ranker of one's own: what the crowd takes and finishes, and nothing about the member.
 * Try it in place of ours: npm start -- --ranker examples/crowd-ranker.ts
 */
import { sigmoid } from '../src/math/statistics.ts';
import type { Ranker } from '../src/ranking/contract.ts';
import { expectFeatures } from '../src/ranking/expect-features.ts';

const named = { name: 'crowd-ranker', featureNames: ['click-lift', 'finish-lift'] };

export default (): Ranker => ({
  ...named,
  async score(_request, pool, features, { signal }) {
    signal.throwIfAborted();
    expectFeatures(named, pool, features);
    const head = (column: number): Float32Array =>
      Float32Array.from(pool.items, (_, i) => sigmoid(features.values[2 * i + column]));
    const [click, finish] = [head(0), head(1)];
    return { combined: click.map((c, i) => c * finish[i]), heads: { click, finish } };
  },
});
