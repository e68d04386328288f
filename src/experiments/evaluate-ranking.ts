import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { mergeCandidates } from '../candidate-gen/merge.ts';
import type { Clock } from '../domain/clock.ts';
import type { CandidatePool, FeatureMatrix, StageContext } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import { ndcgAtK } from '../evaluation/ranking-metrics.ts';
import { mean } from '../math/statistics.ts';
import type { Ranker, Scores } from '../ranking/contract.ts';
import { rankedOrder } from '../ranking/page/ranked-order.ts';
import { assembleFeatures, type FeatureSources } from '../serving/assemble-features.ts';
import type { World } from '../simulator/world.ts';
import type { MemberQueries } from './held-out.ts';
import { REPLY_DRAWS, worldReplies } from './world-replies.ts';

export const NDCG_DEFINITION_WORLD = `binary NDCG over the retrieved candidates, a title being relevant where the member, looking at it, would click and finish it (drawn from the world, mean over ${REPLY_DRAWS} draws); ideal over min(10, relevant); 0 for a draw with nothing relevant; mean over members`;
export const NDCG_DEFINITION_PLAYS =
  'binary NDCG over the retrieved candidates, a title being relevant where the member finished it from the moment of the request to the end of the held-out part; ideal over min(10, relevant), retrieved or not; members with nothing relevant left out; mean over members';

export const RANKED_CANDIDATES = 500;

export interface RankingEvaluation {
  /** NDCG@k by ranker, each by member. */
  readonly ndcg: ReadonlyMap<string, Float64Array>;
  /** The oracle's, where there is a world. */
  readonly oracle?: Float64Array;
}

/** Orders the candidates of each member's first query by each ranker, and scores the orders. */
export const evaluateRankers = async (options: {
  readonly rankers: readonly Ranker[];
  readonly generator: CandidateGenerator;
  readonly sources: FeatureSources;
  readonly queries: readonly MemberQueries[];
  readonly world?: World;
  readonly k: number;
  readonly rng: Rng;
  readonly clock: Clock;
}): Promise<RankingEvaluation> => {
  const { rankers, generator, sources, world, k, rng, clock } = options;
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const queries = options.queries
    .map(([first]) => first)
    .filter(({ finishedLater }) => world !== undefined || finishedLater.size > 0);
  const ndcg = new Map(rankers.map(({ name }) => [name, new Float64Array(queries.length)]));
  const oracle = new Float64Array(queries.length);
  const replies = rng.fork('replies');
  for (let q = 0; q < queries.length; q++) {
    const { request, finishedLater } = queries[q];
    const list = await generator.generate(request, RANKED_CANDIDATES, context);
    const pool = mergeCandidates([{ source: generator.name, list }], RANKED_CANDIDATES);
    const features = assembleFeatures(sources, request, pool);
    let relevant: readonly ReadonlySet<number>[] = [finishedLater];
    if (world !== undefined) {
      const { expected, finished } = worldReplies(world, request, pool.items, replies);
      relevant = finished;
      oracle[q] = meanNdcg(inOrder(pool, { combined: Float32Array.from(expected), heads: {} }), relevant, k);
    }
    for (const ranker of rankers) {
      const needed = ranker.featureNames.length === 0 ? withoutColumns(features) : features;
      const scores = await ranker.score(request, pool, needed, context);
      (ndcg.get(ranker.name) as Float64Array)[q] = meanNdcg(inOrder(pool, scores), relevant, k);
    }
  }
  return { ndcg, ...(world === undefined ? {} : { oracle }) };
};

/** NDCG@k of a list, mean over what is relevant in each draw. */
export const meanNdcg = (
  ranked: ArrayLike<number>,
  relevant: readonly ReadonlySet<number>[],
  k: number,
): number => mean(relevant.map((titles) => ndcgAtK(ranked, titles, k)));

const inOrder = (pool: CandidatePool, scores: Scores): Uint32Array =>
  rankedOrder(pool, scores).map((i) => pool.items[i]);

/** For rankers that read no features. */
const withoutColumns = ({ rows }: FeatureMatrix): FeatureMatrix => ({
  names: [],
  rows,
  values: new Float32Array(0),
});
