/** A re-ranker as a knob of the page: the head of a ranked list in another order. */
import type { MemberProfile } from '../../domain/request.ts';
import type { Catalogue } from '../../domain/tables.ts';
import { CALIBRATION_LAMBDA, calibratedOrder, genreMix } from './calibrated.ts';
import { DPP_THETA, dppOrder } from './dpp.ts';
import { MMR_LAMBDA, mmrOrder } from './mmr.ts';

export const RERANKERS = ['mmr', 'dpp', 'calibrated'] as const;

export interface Reranking {
  readonly by: (typeof RERANKERS)[number];
  /** `lambda` or `theta` of the re-ranker; default its own. */
  readonly weight?: number;
  /** How many of the best titles are put in another order. Default 100: about a page of them. */
  readonly depth?: number;
}

export interface RerankingInput {
  readonly titles: Uint32Array; // [n] best first
  readonly scores: Float32Array; // [n]
  readonly profile: MemberProfile;
  readonly catalogue: Catalogue;
  /** Needed by mmr and dpp. */
  readonly vectors?: { readonly vectors: Float32Array; readonly size: number };
}

/** Positions of all n titles: the first `depth` in the re-ranker's order, the rest as they stand. */
export const rerankedPositions = (
  { by, weight, depth = 100 }: Reranking,
  { titles, scores, profile, catalogue, vectors }: RerankingInput,
): Uint32Array => {
  const positions = Uint32Array.from(titles, (_, i) => i);
  const items = titles.subarray(0, depth);
  const head = { items, scores: scores.subarray(0, depth), k: items.length };
  const { genres } = catalogue.titles;
  const orderOf = (): Uint32Array => {
    if (by === 'calibrated') {
      const { historyTitles, historyFractions } = profile;
      const watched = genreMix(historyTitles, genres, catalogue.vocabulary.genres.length, historyFractions);
      return calibratedOrder({ ...head, genres, watched, lambda: weight ?? CALIBRATION_LAMBDA });
    }
    if (vectors === undefined) throw new RangeError(`reranking by ${by}: expected vectors of the titles`);
    return by === 'mmr'
      ? mmrOrder({ ...head, ...vectors, lambda: weight ?? MMR_LAMBDA })
      : dppOrder({ ...head, ...vectors, theta: weight ?? DPP_THETA });
  };
  positions.set(orderOf());
  return positions;
};
