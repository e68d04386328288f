import type { Ranker } from '../contract.ts';
import { expectFeatures } from '../expect-features.ts';
import { addScores, type TreeEnsemble } from './tree-ensemble.ts';

export interface LambdaMartModel {
  readonly featureNames: readonly string[];
  /** Of raw features, in the order of their names. */
  readonly trees: TreeEnsemble;
}

/**
 * A ranker of boosted trees that learned orders, not rates: its scores compare the candidates of one request and mean
 * nothing beyond it, so there are no heads.
 * @see Burges, "From RankNet to LambdaRank to LambdaMART: an overview", 2010
 */
export const createLambdaMartRanker = (model: LambdaMartModel): Ranker => {
  const named = { name: 'lambda-mart', featureNames: model.featureNames };
  return {
    ...named,
    async score(_request, pool, features, { signal }) {
      signal.throwIfAborted();
      expectFeatures(named, pool, features);
      const { values, rows, names } = features;
      const sums = new Float64Array(rows);
      addScores(model.trees, { values, rows, columns: names.length }, sums);
      return { combined: Float32Array.from(sums), heads: {} };
    },
  };
};
