/** What has just been released and suits the member: titles that no count of plays can speak for yet. */
import { DAY_MS, dayOf, type EpochMs } from '../domain/clock.ts';
import type { Titles, Vocabulary } from '../domain/tables.ts';
import { FRESH_DAYS, freshness } from '../features/content-features.ts';
import { sharedKernels } from '../math/kernels/kernels.ts';
import { freeWith } from '../math/kernels/left-behind.ts';
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
  const kernels = sharedKernels();
  const [rows, held, out] = [kernels.from(itemVectors), kernels.alloc(dimension), kernels.alloc(size)];
  const freshnessAt = createFreshness(titles);
  const generator: CandidateGenerator = {
    name: 'new-releases',
    async generate(request, limit, { signal }) {
      signal.throwIfAborted();
      const most = searchSize(request, titles, limit);
      if (most === 0) return { items: new Uint32Array(0), scores: new Float32Array(0) };
      held.f32.set(queryVector(model, request, vocabulary));
      kernels.scan({ query: held, rows, n: size, d: dimension, out });
      const fresh = freshnessAt(request.at);
      const boost = BOOST * fresh.sinceMorning;
      const scores = out.f32;
      for (let title = 0; title < size; title++) scores[title] += boost * fresh.inTheMorning[title];
      const [ids, values] = [kernels.alloc(most), kernels.alloc(most)];
      try {
        const found = kernels.topK({ scores: out, n: size, k: most, ids, values });
        const list = { items: ids.u32.subarray(0, found), scores: values.f32.subarray(0, found) };
        return takeEligible(list, request, titles, limit);
      } finally {
        values.free();
        ids.free();
      }
    },
  };
  freeWith(generator, [rows, held, out]);
  return generator;
};

/**
 * Freshness of all titles as a product, for an exponential of each would cost a request more than its search:
 *   exp(-age / 21 days) = exp(-(age in the morning) / 21 days) * exp(-(since the morning) / 21 days)
 * The first factor is kept for a day. A title of later today counts a little less than 1, as one of this morning does.
 */
const createFreshness = (titles: Titles) => {
  const inTheMorning = new Float64Array(titles.releaseDay.length);
  let day = Number.NaN;
  return (at: EpochMs): { readonly inTheMorning: Float64Array; readonly sinceMorning: number } => {
    const today = dayOf(at);
    if (today !== day) {
      for (let title = 0; title < inTheMorning.length; title++)
        inTheMorning[title] = freshness(titles, title, today * DAY_MS);
      day = today;
    }
    return { inTheMorning, sinceMorning: Math.exp(-(at / DAY_MS - today) / FRESH_DAYS) };
  };
};
