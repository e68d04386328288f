import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { mergeCandidates } from '../candidate-gen/merge.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { StageContext } from '../domain/request.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { mean } from '../math/statistics.ts';
import { createPopularityOrder } from '../ranking/baselines/popularity-order.ts';
import { createRetrievalOrder } from '../ranking/baselines/retrieval-order.ts';
import type { Ranker } from '../ranking/contract.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { assembleFeatures, type FeatureSources } from '../serving/assemble-features.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { evaluateRankers, NDCG_DEFINITION_PLAYS, NDCG_DEFINITION_WORLD } from './evaluate-ranking.ts';
import type { MemberQueries } from './held-out.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import { PAGE_CANDIDATES, twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'ranking';
const K = 10;
/** Of the oracle's NDCG, in a world large enough to learn it. */
const SHARE_OF_ORACLE = 0.85;

/** NDCG of the ranker beside popularity order, retrieval order and the oracle, and how long it takes. */
export const measureRanking = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: TrainedRanking,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { dataset, rng, clock, world, small } = subject;
  const generator = twoTowerOf(subject, retrieval);
  const sources: FeatureSources = {
    twoTower: retrieval.twoTower,
    taste: retrieval.taste,
    counts: ranking.known.counts,
    titles: dataset.titles,
    vocabulary: dataset.vocabulary,
  };
  const ranker = createMultiTaskRanker(ranking.ranker);
  const byRetrieval = createRetrievalOrder();
  const byPopularity = createPopularityOrder(ranking.known.counts.plays);
  const { ndcg, oracle } = await evaluateRankers({
    rankers: [ranker, byRetrieval, byPopularity],
    generator,
    sources,
    queries,
    ...(world === undefined ? {} : { world }),
    k: K,
    rng: rng.fork('ranking'),
    clock,
  });
  const score = (name: string, values: Float64Array): Measurement => {
    const uniform = rng.fork(`bootstrap:${name}`);
    return {
      name: `${name}.ndcg@${K}`,
      value: mean(values),
      unit: 'score',
      n: values.length,
      ci: bootstrapMeanInterval(values, { uniform: () => uniform.next() }),
      definition: world === undefined ? NDCG_DEFINITION_PLAYS : NDCG_DEFINITION_WORLD,
      protocol: `${PAGE_CANDIDATES} candidates of the two-tower source, one request of each member of the held-out part`,
    };
  };
  const valuesOf = ({ name }: Ranker): Float64Array => ndcg.get(name) as Float64Array;
  const simple = [
    score(byRetrieval.name, valuesOf(byRetrieval)),
    score(byPopularity.name, valuesOf(byPopularity)),
  ];
  const ceiling = oracle === undefined ? [] : [score('oracle', oracle)];
  const learned: Measurement = {
    ...score('ranker', valuesOf(ranker)),
    baselines: [...simple, ...ceiling].map(({ name, value }) => ({ name: name.split('.')[0], value })),
  };
  const share = (ideal: Float64Array): Measurement => {
    const uniform = rng.fork('bootstrap:share-of-oracle');
    const own = valuesOf(ranker);
    const measurement: Measurement = {
      name: 'ranker.share-of-oracle',
      value: mean(own) / mean(ideal),
      unit: 'ratio',
      n: own.length,
      ci: ratioOfMeansInterval(own, ideal, { uniform: () => uniform.next() }),
      definition: `ranker.ndcg@${K} / oracle.ndcg@${K}, of the same members; the oracle ranks by the true P(click and finish | examined)`,
    };
    return small ? measurement : heldTo(measurement, SHARE_OF_ORACLE, 'at-least');
  };
  const upper = Math.max(...simple.map(({ ci }) => ci?.[1] ?? Number.NaN));
  const apart = (learned.ci?.[0] ?? Number.NaN) > upper; // intervals that do not touch
  const rows: Measurement[] = [
    heldTo(learned, Math.max(...simple.map(({ value }) => value)), 'at-least', world === undefined || apart),
    ...simple,
    ...ceiling,
    ...(oracle === undefined ? [] : [share(oracle)]),
    await rankingLatency(subject, generator, ranker, sources, queries),
  ];
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

const rankingLatency = async (
  { small, rng, clock }: Subject,
  generator: CandidateGenerator,
  ranker: Ranker,
  sources: FeatureSources,
  queries: readonly MemberQueries[],
): Promise<Measurement> => {
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const inputs = await Promise.all(
    queries.slice(0, 200).map(async ([{ request }]) => {
      const list = await generator.generate(request, PAGE_CANDIDATES, context);
      return { request, pool: mergeCandidates([{ source: generator.name, list }], PAGE_CANDIDATES) };
    }),
  );
  const samples = await sampleLatencyMs({ warmUp: 100, samples: small ? 300 : 1_000 }, (i) => {
    const { request, pool } = inputs[i % inputs.length];
    return ranker.score(request, pool, assembleFeatures(sources, request, pool), context);
  });
  return heldTo(
    {
      ...latencyQuantile('ranking.latency.p99', samples, 0.99),
      protocol: `features and scores of ${PAGE_CANDIDATES} candidates, one request after another`,
    },
    50,
  );
};
