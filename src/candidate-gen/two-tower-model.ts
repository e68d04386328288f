import type { RecRequest } from '../domain/request.ts';
import type { Vocabulary } from '../domain/tables.ts';
import { queryFeatureSize, writeQueryFeatures } from '../features/query-features.ts';
import { type DenseLayer, denseForward } from '../math/dense.ts';

/** Plays of the history that the query tower pools. */
export const POOLED_HISTORY = 30;

/** What serving needs of a trained model: the query tower, and the item tower's output for each title. */
export interface TwoTowerModel {
  readonly dimension: number;
  readonly historySize: number;
  readonly historyEmbedding: Float32Array; // [titles, historySize]
  /** Input: pooled history, then the dense query features. Output: [dimension]. */
  readonly queryLayers: readonly DenseLayer[];
  readonly itemVectors: Float32Array; // [titles, dimension]
}

/** Weight of one play in the pooled history; `age` is 0 for the newest. Gave up early counts little. */
export const historyWeight = (age: number, watchedFraction: number): number =>
  (0.15 + watchedFraction) * 0.97 ** age;

/** Writes the weighted mean of the history's embeddings, [historySize], at `offset`; zeros without a history. */
export const poolHistory = (
  out: Float32Array,
  offset: number,
  profile: RecRequest['profile'],
  embedding: Float32Array,
  size: number,
): void => {
  out.fill(0, offset, offset + size);
  const { historyTitles, historyFractions } = profile;
  const last = historyTitles.length - 1;
  let total = 0;
  for (let i = last; i >= 0 && last - i < POOLED_HISTORY; i--) {
    const weight = historyWeight(last - i, historyFractions[i]);
    const row = historyTitles[i] * size;
    total += weight;
    for (let d = 0; d < size; d++) out[offset + d] += weight * embedding[row + d];
  }
  if (total > 0) for (let d = 0; d < size; d++) out[offset + d] /= total;
};

/** The query vector of one request, [dimension]. */
export const queryVector = (
  model: TwoTowerModel,
  request: Pick<RecRequest, 'at' | 'device' | 'profile'>,
  vocabulary: Vocabulary,
): Float32Array => {
  const input = new Float32Array(model.historySize + queryFeatureSize(vocabulary));
  poolHistory(input, 0, request.profile, model.historyEmbedding, model.historySize);
  writeQueryFeatures(input, model.historySize, request, vocabulary);
  return denseForward(model.queryLayers, input, 1);
};
