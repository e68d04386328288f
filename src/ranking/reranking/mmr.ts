import { product, unitVectors, type Vectors } from './cosines.ts';
import { expectShare, greedyOrder, relevanceOf } from './greedy.ts';

export interface MmrInput extends Vectors {
  readonly scores: ArrayLike<number>; // [n]
  readonly k: number;
  /** 1: the order of the scores; 0: only unlike what stands above. */
  readonly lambda?: number;
}

/** The most re-ranking that kept 97 % of NDCG@10, of seven weights on a small world of seed 7, which no table reports. */
export const MMR_LAMBDA = 0.5;

/**
 * Positions of k candidates by maximal marginal relevance, [min(k, n)]; each next is the one of largest
 *   lambda relevance_i - (1 - lambda) max_{j chosen} cos(i, j)
 * the maximum being 0 where none is chosen yet, so the first is always the one of best score. O(n k size).
 * @throws RangeError on a score that is not finite, a lambda outside [0, 1], or a k that is no whole number
 * @see Carbonell & Goldstein, "The use of MMR, diversity-based reranking", SIGIR 1998
 */
export const mmrOrder = (input: MmrInput): Uint32Array => {
  const { scores, k, size, lambda = MMR_LAMBDA } = input;
  expectShare('lambda', lambda);
  const relevance = relevanceOf(scores);
  const units = unitVectors(input);
  let nearest = new Float64Array(relevance.length);
  let isFirst = true;
  return greedyOrder({
    relevance,
    k,
    worth: (i) => lambda * relevance[i] - (1 - lambda) * nearest[i],
    chosen: (j) => {
      nearest = nearest.map((known, i) => {
        const cosine = product(units, size, i, j);
        return isFirst || cosine > known ? cosine : known;
      });
      isFirst = false;
    },
  });
};
