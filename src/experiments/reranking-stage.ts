/** What re-ranking for variety or for the member's own mix costs in relevance, in the world. */
import { mergeCandidates } from '../candidate-gen/merge.ts';
import type { Measurement, StageRow } from '../domain/measurement.ts';
import type { StageContext } from '../domain/request.ts';
import { pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { intraListDiversity } from '../evaluation/list-metrics.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { mean } from '../math/statistics.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import {
  CALIBRATION_LAMBDA,
  calibratedOrder,
  genreMix,
  miscalibration,
} from '../ranking/reranking/calibrated.ts';
import { DPP_THETA, dppOrder } from '../ranking/reranking/dpp.ts';
import { MMR_LAMBDA, mmrOrder } from '../ranking/reranking/mmr.ts';
import { assembleFeatures } from '../serving/assemble-features.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { meanNdcg, NDCG_DEFINITION_PLAYS, NDCG_DEFINITION_WORLD } from './evaluate-ranking.ts';
import type { MemberQueries } from './held-out.ts';
import { PAGE_CANDIDATES, twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';
import { worldReplies } from './world-replies.ts';

const STAGE = 'reranking';
const K = 10;
const RERANKERS = ['mmr', 'dpp', 'calibrated'] as const;

export interface RerankingWeights {
  readonly mmr: number;
  readonly dpp: number;
  readonly calibrated: number;
}

export const DEFAULT_WEIGHTS: RerankingWeights = {
  mmr: MMR_LAMBDA,
  dpp: DPP_THETA,
  calibrated: CALIBRATION_LAMBDA,
};

/** One order's ten titles judged, by member. */
interface Judged {
  readonly ndcg: Float64Array;
  readonly diversity: Float64Array;
  readonly miscalibration: Float64Array;
}

const NDCG = `NDCG@${K} of the re-ranked list over that of the plain order`;
const DIVERSITY = `intra-list diversity (mean of 1 - cosine over the pairs of the first ${K}, by the item tower's vectors) of the re-ranked list less that of the plain order`;
const CALIBRATION = `KL(genres that the member watched || genres of the first ${K}; smoothed by 0.01, Steck 2018) of the plain order less that of the re-ranked list`;

/** For each re-ranker the NDCG@10 kept, the diversity gained and the miscalibration lowered, beside the plain order. */
export const measureReranking = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
  weights: RerankingWeights = DEFAULT_WEIGHTS,
): Promise<StageRow[]> => {
  const judged = await judge(subject, retrieval, ranking, queries, weights);
  const plain = judged.plain;
  const definition = subject.world === undefined ? NDCG_DEFINITION_PLAYS : NDCG_DEFINITION_WORLD;
  const protocol = `the ranker's order of ${PAGE_CANDIDATES} candidates of the two-tower source, one request of each member of the held-out part`;
  const measurements = RERANKERS.flatMap((name): Measurement[] => {
    const own = judged[name];
    const uniform = (of: string) => {
      const draws = subject.rng.fork(`bootstrap:${name}.${of}`);
      return { uniform: () => draws.next() };
    };
    const shared = { n: plain.ndcg.length, protocol: `weight ${weights[name]}; ${protocol}` };
    return [
      {
        name: `reranking.${name}.ndcg-kept`,
        value: mean(own.ndcg) / mean(plain.ndcg),
        unit: 'share',
        ci: ratioOfMeansInterval(own.ndcg, plain.ndcg, uniform('ndcg')),
        definition: `${NDCG}; ${definition}`,
        ...shared,
      },
      {
        name: `reranking.${name}.diversity-gain`,
        value: mean(own.diversity) - mean(plain.diversity),
        unit: 'score',
        ci: pairedBootstrapInterval(own.diversity, plain.diversity, uniform('diversity')),
        baselines: [{ name: 'plain-diversity', value: mean(plain.diversity) }],
        definition: DIVERSITY,
        ...shared,
      },
      {
        name: `reranking.${name}.miscalibration-drop`,
        value: mean(plain.miscalibration) - mean(own.miscalibration),
        unit: 'nats',
        ci: pairedBootstrapInterval(plain.miscalibration, own.miscalibration, uniform('miscalibration')),
        baselines: [{ name: 'plain-miscalibration', value: mean(plain.miscalibration) }],
        definition: CALIBRATION,
        ...shared,
      },
    ];
  });
  return measurements.map((measurement) => ({ stage: STAGE, measurement }));
};

const judge = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
  weights: RerankingWeights,
): Promise<Readonly<Record<'plain' | (typeof RERANKERS)[number], Judged>>> => {
  const { dataset, world, rng, clock } = subject;
  const { titles, vocabulary } = dataset;
  const { itemVectors: vectors, dimension: size } = retrieval.twoTower;
  const genreCount = vocabulary.genres.length;
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const generator = twoTowerOf(subject, retrieval);
  const ranker = createMultiTaskRanker(ranking.ranker);
  const { twoTower, taste } = retrieval;
  const sources = { twoTower, taste, counts: ranking.known.counts, titles, vocabulary };
  const replies = rng.fork('replies');
  // Who has no history has no mix to be true to, and without a world who finished nothing tells nothing.
  const judgeable = queries
    .map(([first]) => first)
    .filter(
      ({ request, finishedLater }) =>
        request.profile.historyTitles.length > 0 && (world !== undefined || finishedLater.size > 0),
    );
  const empty = (): Judged => ({
    ndcg: new Float64Array(judgeable.length),
    diversity: new Float64Array(judgeable.length),
    miscalibration: new Float64Array(judgeable.length),
  });
  const judged = { plain: empty(), mmr: empty(), dpp: empty(), calibrated: empty() };
  for (let q = 0; q < judgeable.length; q++) {
    const { request, finishedLater } = judgeable[q];
    const list = await generator.generate(request, PAGE_CANDIDATES, context);
    const pool = mergeCandidates([{ source: generator.name, list }], PAGE_CANDIDATES);
    const { items } = pool;
    const { combined: scores } = await ranker.score(
      request,
      pool,
      assembleFeatures(sources, request, pool),
      context,
    );
    const relevant =
      world === undefined ? [finishedLater] : worldReplies(world, request, items, replies).finished;
    const { historyTitles, historyFractions } = request.profile;
    const watched = genreMix(historyTitles, titles.genres, genreCount, historyFractions);
    const input = { scores, items, k: K };
    const orders = {
      plain: mmrOrder({ ...input, vectors, size, lambda: 1 }),
      mmr: mmrOrder({ ...input, vectors, size, lambda: weights.mmr }),
      dpp: dppOrder({ ...input, vectors, size, theta: weights.dpp }),
      calibrated: calibratedOrder({ ...input, genres: titles.genres, watched, lambda: weights.calibrated }),
    };
    for (const name of ['plain', ...RERANKERS] as const) {
      const shown = orders[name].map((position) => items[position]);
      judged[name].ndcg[q] = meanNdcg(shown, relevant, K);
      judged[name].diversity[q] = intraListDiversity(shown, vectors, size);
      judged[name].miscalibration[q] = miscalibration(watched, genreMix(shown, titles.genres, genreCount));
    }
  }
  return judged;
};
