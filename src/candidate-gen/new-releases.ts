/** What has just been released and suits the member: titles that no count of plays can speak for yet. */
import type { Titles, Vocabulary } from '../domain/tables.ts';
import { freshness } from '../features/content-features.ts';
import { denseForward } from '../math/dense.ts';
import { topK } from '../math/top-k.ts';
import type { CandidateGenerator } from './contract.ts';
import { searchSize, takeEligible } from './eligible.ts';
import { queryVector, type TwoTowerModel } from './two-tower-model.ts';

/** Log of how many times as likely to be taken a title counts on its release day as its vector says. */
const BOOST = 4;

export interface NewReleasesParts {
  readonly model: TwoTowerModel;
  readonly titles: Titles;
  readonly vocabulary: Vocabulary;
}

/**
 * A source that scores titles by the two towers with a boost for the new:
 *   score_i = q . v_i + 4 exp(-age_i / 21 days)
 * Inner products of towers trained by softmax are log odds, so the boost is one too. A new title's vector comes
 * from its content. Titles of any age follow, so ask for few or merge by place.
 * @throws RangeError when model and titles differ in number
 */
export const createNewReleases = ({ model, titles, vocabulary }: NewReleasesParts): CandidateGenerator => {
  const { dimension, itemVectors } = model;
  const size = titles.releaseDay.length;
  if (itemVectors.length !== size * dimension) {
    throw new RangeError(
      `new-releases: vectors of ${itemVectors.length / dimension} titles, expected ${size}`,
    );
  }
  return {
    name: 'new-releases',
    async generate(request, limit, { signal }) {
      signal.throwIfAborted();
      const most = searchSize(request, titles, limit);
      if (most === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) };
      const query = queryVector(model, request, vocabulary);
      const bias = new Float32Array(1);
      const scores = denseForward(
        [{ inputSize: dimension, outputSize: 1, weights: query, bias, activation: 'linear' }],
        itemVectors,
        size,
      );
      for (let title = 0; title < size; title++)
        scores[title] += BOOST * freshness(titles, title, request.at);
      const items = topK(scores, most);
      const list = { items, scores: Float32Array.from(items, (title) => scores[title]) };
      return takeEligible(list, request, titles, limit);
    },
  };
};
