/** What scores pages in the planted world, as plain data that a thread can be given. */
import { fitItemKnn } from '../../src/candidate-gen/baselines/item-knn.ts';
import { playedBefore } from '../../src/candidate-gen/item-to-item.ts';
import { countPlays } from '../../src/candidate-gen/popularity.ts';
import { queryFeatureSize } from '../../src/features/query-features.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { emptyTitleCounts } from '../../src/features/title-counts.ts';
import type { DenseLayer } from '../../src/math/dense.ts';
import { FULLY_EXAMINED } from '../../src/ranking/examination.ts';
import { noTaste } from '../../src/ranking/taste.ts';
import type { ScoringModels } from '../../src/serving/scoring/open-scoring.ts';
import { dataset, NOW } from './serving-fixture.ts';

const { titles, vocabulary, plays } = dataset;
const size = titles.ids.length;

const layer = (inputSize: number, outputSize: number): DenseLayer => ({
  ...{ inputSize, outputSize, activation: 'linear' },
  weights: Float32Array.from({ length: inputSize * outputSize }, (_, i) => 0.1 * Math.sin(i)),
  bias: new Float32Array(outputSize),
});

export const plantedModels: ScoringModels = {
  meta: { dataset: 'planted', seed: 1, backend: 'simd', publishedAt: NOW },
  twoTower: {
    dimension: 1,
    historySize: 1,
    historyEmbedding: new Float32Array(size),
    itemVectors: Float32Array.from(titles.ids, (_, title) => (title % 10) / 10),
    queryLayers: [layer(1 + queryFeatureSize(vocabulary), 1)],
  },
  sources: {
    neighbours: fitItemKnn(playedBefore(dataset, NOW), { neighbours: 10 }).neighbours,
    takeRates: new Map([['two-tower', { rate: 0.1, power: 1 }]]),
  },
  taste: noTaste(size),
  ranker: { featureNames: RANKING_FEATURE_NAMES, layers: [layer(RANKING_FEATURE_NAMES.length, 2)] },
  examination: FULLY_EXAMINED,
  counts: { ...emptyTitleCounts(size), plays: countPlays(plays, size, { before: NOW }) },
  trending: countPlays(plays, size, { before: NOW, halfLifeMs: 864e5 }),
};
