import { queryVector, type TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import type { CandidateList, FeatureMatrix, RecRequest } from '../domain/request.ts';
import type { Titles, Vocabulary } from '../domain/tables.ts';
import { rankingFeatures } from '../features/ranking-features.ts';
import type { TitleCounts } from '../features/title-counts.ts';
import { type TasteModel, tasteMatch } from '../ranking/taste.ts';

/** What the features of a request are computed from, beside the request itself. */
export interface FeatureSources {
  readonly twoTower: TwoTowerModel;
  readonly taste: TasteModel;
  readonly counts: TitleCounts;
  readonly titles: Titles;
  readonly vocabulary: Vocabulary;
}

/** The ranker's features of the candidates of one request. */
export const assembleFeatures = (
  { twoTower, taste, counts, titles, vocabulary }: FeatureSources,
  request: RecRequest,
  pool: CandidateList,
): FeatureMatrix => {
  const affinity = {
    query: queryVector(twoTower, request, vocabulary),
    itemVectors: twoTower.itemVectors,
    dimension: twoTower.dimension,
  };
  const match = tasteMatch(taste, request.profile);
  return rankingFeatures({ request, affinity, taste: match, counts, titles, vocabulary }, pool.items);
};
