import type { Titles, Vocabulary } from '../domain/tables.ts';
import type { CandidateGenerator, VectorIndex } from './contract.ts';
import { searchSize, takeEligible } from './eligible.ts';
import { queryVector, type TwoTowerModel } from './two-tower-model.ts';

export interface TwoTowerParts {
  readonly model: TwoTowerModel;
  /** Over `model.itemVectors`. */
  readonly index: VectorIndex;
  readonly titles: Titles;
  readonly vocabulary: Vocabulary;
}

/**
 * Retrieval by inner product of a query tower and an item tower.
 * @see Covington, Adams & Sargin, "Deep neural networks for YouTube recommendations", RecSys 2016
 * @see Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019
 */
export const createTwoTower = ({ model, index, titles, vocabulary }: TwoTowerParts): CandidateGenerator => {
  if (index.size !== titles.releaseDay.length) {
    throw new RangeError(`two-tower: an index of ${index.size} vectors, ${titles.releaseDay.length} titles`);
  }
  return {
    name: 'two-tower',
    async generate(request, limit, { signal }) {
      signal.throwIfAborted();
      const query = queryVector(model, request, vocabulary);
      return takeEligible(index.search(query, searchSize(request, titles, limit)), request, titles, limit);
    },
  };
};
