/** A user's own part measured beside ours: on the same requests, replies and rounds, under its own name. */
import { artworkFeatureSize } from '../bandits/artwork-features.ts';
import type { Measurement, StageRow } from '../domain/measurement.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import type { GivenModels, OwnModules } from '../serving/own-parts/contract.ts';
import { openOwnPolicy } from '../serving/own-parts/own-policy.ts';
import { openOwnRanker } from '../serving/own-parts/own-ranker.ts';
import { openOwnSource } from '../serving/own-parts/own-source.ts';
import type { TrainedArtwork } from '../training/artwork.ts';
import { type Known, replay } from '../training/replay.ts';
import { trendingBefore } from '../training/sources.ts';
import { examinationLookUp, type TrainedRetrieval } from '../training/train.ts';
import { LEARNING_ROUNDS, regretOf, roundsOf } from './artwork-stage.ts';
import { evaluateRankers, NDCG_DEFINITION_PLAYS, NDCG_DEFINITION_WORLD } from './evaluate-ranking.ts';
import { RECALL_DEFINITION, recallByMember } from './evaluate-retrieval.ts';
import type { MemberQueries } from './held-out.ts';
import { twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'own part';
/** Requests on which a part must keep its contract before it is measured. */
const CHECKED = 5;

const givenModels = ({ dataset, until }: Subject, retrieval: TrainedRetrieval): GivenModels => ({
  catalogue: dataset,
  twoTower: retrieval.twoTower,
  counts: replay(dataset, until, examinationLookUp(retrieval.examination)).counts,
  trending: trendingBefore(dataset, until),
});

const requestsOf = (queries: readonly MemberQueries[]) =>
  queries.slice(0, CHECKED).map(([{ request }]) => request);

const measured = ({ rng }: Subject, name: string, values: Float64Array, definition: string): Measurement => {
  const draws = rng.fork(`bootstrap:${name}`);
  const ci = bootstrapMeanInterval(values, { uniform: () => draws.next() });
  return { name, value: mean(values), unit: 'share', n: values.length, ci, definition };
};

/** Recall@100 of the user's source, nothing where there is none. @throws MarqueeError (caller) where it breaks the contract */
export const measureOwnSource = async (
  { candidateGenerator }: OwnModules,
  subject: Subject,
  retrieval: TrainedRetrieval,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  if (candidateGenerator === undefined) return [];
  const given = givenModels(subject, retrieval);
  const source = await openOwnSource(candidateGenerator, given, requestsOf(queries));
  const recalls = await recallByMember(source, queries, 100, subject);
  const measurement = measured(subject, `${source.name}.recall@100`, recalls, RECALL_DEFINITION);
  return [{ stage: STAGE, measurement }];
};

/** NDCG@10 of the user's ranker, over the candidates of the two towers. Nothing where there is none. */
export const measureOwnRanker = async (
  { ranker: module }: OwnModules,
  subject: Subject,
  retrieval: TrainedRetrieval,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  if (module === undefined) return [];
  const { world, rng, clock, dataset } = subject;
  const given = givenModels(subject, retrieval);
  const ranker = await openOwnRanker(module, given, requestsOf(queries));
  const { titles, vocabulary } = dataset;
  const { ndcg } = await evaluateRankers({
    rankers: [ranker],
    generator: twoTowerOf(subject, retrieval),
    sources: { ...given, taste: retrieval.taste, titles, vocabulary },
    queries,
    ...(world === undefined ? {} : { world }),
    k: 10,
    rng: rng.fork('ranking'),
    clock,
  });
  const values = ndcg.get(ranker.name) ?? new Float64Array(0);
  const definition = world === undefined ? NDCG_DEFINITION_PLAYS : NDCG_DEFINITION_WORLD;
  const measurement = measured(subject, `${ranker.name}.ndcg@10`, values, definition);
  return [{ stage: STAGE, measurement: { ...measurement, unit: 'score' } }];
};

/** Pseudo-regret of the user's policy as it learns. Nothing where there is none, or no world to measure it in. */
export const measureOwnPolicy = async (
  { policy: module }: OwnModules,
  subject: Subject,
  trained: TrainedArtwork | undefined,
  known: Known,
): Promise<StageRow[]> => {
  if (module === undefined) return [];
  const source = roundsOf(subject, trained, known);
  if (typeof source === 'string') return [{ stage: STAGE, absent: source }];
  const featureSize = artworkFeatureSize(source.artworks.themeSize);
  const policy = await openOwnPolicy(module, { featureSize });
  const rounds = LEARNING_ROUNDS[subject.small ? 'small' : 'whole'];
  return [{ stage: STAGE, measurement: regretOf(policy, source, rounds, subject.rng) }];
};
