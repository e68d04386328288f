import { datasetBefore } from '../../datasets/split.ts';
import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { mergeCandidates } from '../candidate-gen/merge.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { StageContext } from '../domain/request.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { mean } from '../math/statistics.ts';
import type { Ranker } from '../ranking/contract.ts';
import { createLambdaMartRanker } from '../ranking/lambda-mart/lambda-mart.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { assembleFeatures, type FeatureSources } from '../serving/assemble-features.ts';
import { type TrainedLambdaMart, trainLambdaMart } from '../training/lambda-mart/train.ts';
import { collectRankerExamples, type RankerExamples } from '../training/ranker.ts';
import { replay } from '../training/replay.ts';
import { examinationLookUp, type TrainedRanking, type TrainedRetrieval } from '../training/train.ts';
import { evaluateRankers, NDCG_DEFINITION_PLAYS, NDCG_DEFINITION_WORLD } from './evaluate-ranking.ts';
import type { MemberQueries } from './held-out.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import { PAGE_CANDIDATES, twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'lambda-mart';
const K = 10;
/** For the scores of a page's candidates, their features at hand. */
const LATENCY_MS = 5;

/** NDCG of boosted trees beside the network's and the oracle's, how long they took to learn, and how long to score. */
export const measureLambdaMart = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
  progress: Progress,
): Promise<StageRow[]> => {
  const { dataset, rng, clock, world } = subject;
  const generator = twoTowerOf(subject, retrieval);
  const sources: FeatureSources = {
    twoTower: retrieval.twoTower,
    taste: retrieval.taste,
    counts: ranking.known.counts,
    titles: dataset.titles,
    vocabulary: dataset.vocabulary,
  };
  const examples = collectPages(subject, retrieval, progress);
  const startedAt = performance.now();
  const trained = await trainLambdaMart({ examples, progress });
  const seconds = (performance.now() - startedAt) / 1_000;
  const ranker = createLambdaMartRanker(trained.model);
  const network = createMultiTaskRanker(ranking.ranker);
  const { ndcg, oracle } = await evaluateRankers({
    rankers: [ranker, network],
    generator,
    sources,
    queries,
    ...(world === undefined ? {} : { world }),
    k: K,
    rng: rng.fork('ranking'), // the replies that the ranking stage scores the network against
    clock,
  });
  const values = (name: string): Float64Array => ndcg.get(name) as Float64Array;
  const rows: Measurement[] = [
    ...quality(subject, { own: values(ranker.name), network: values(network.name), oracle }, trained),
    {
      name: 'lambda-mart.training',
      value: seconds,
      unit: 's',
      n: trained.rows,
      definition: `seconds to bin the features of ${examples.rows} rows and grow the trees from those of n rows whose pages hold something to order, on one core`,
    },
    await scoringLatency(subject, generator, ranker, sources, queries),
  ];
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

/** What the network learns from, but for the impressions that it leaves out to be quicker: an order needs its page whole. */
const collectPages = (
  subject: Subject,
  { twoTower, tasteThen, examination, retrievalUntil }: TrainedRetrieval,
  progress: Progress,
): RankerExamples => {
  const { until, rng } = subject;
  const dataset = datasetBefore(subject.dataset, until);
  const examined = examinationLookUp(examination);
  const step = progress.step('collect pages');
  const { visitor, examples } = collectRankerExamples({
    dataset,
    model: twoTower,
    taste: tasteThen,
    from: retrievalUntil,
    examination: examined,
    rng: rng.fork('lambda-mart-examples'),
    settings: { keepUnclicked: 1 },
  });
  replay(dataset, until, examined, visitor);
  step.end(`${examples.rows.toLocaleString('en')} rows`);
  return examples;
};

const quality = (
  { rng, world }: Subject,
  ndcg: {
    readonly own: Float64Array;
    readonly network: Float64Array;
    readonly oracle: Float64Array | undefined;
  },
  { model, validation }: TrainedLambdaMart,
): Measurement[] => {
  const { own, network, oracle } = ndcg;
  const resampling = (name: string) => {
    const stream = rng.fork(`bootstrap:lambda-mart:${name}`);
    return { uniform: () => stream.next() };
  };
  const score: Measurement = {
    name: `lambda-mart.ndcg@${K}`,
    value: mean(own),
    unit: 'score',
    n: own.length,
    ci: bootstrapMeanInterval(own, resampling('ndcg')),
    baselines: [
      { name: 'network', value: mean(network) },
      ...(oracle === undefined ? [] : [{ name: 'oracle', value: mean(oracle) }]),
    ],
    definition: world === undefined ? NDCG_DEFINITION_PLAYS : NDCG_DEFINITION_WORLD,
    protocol: `${PAGE_CANDIDATES} candidates of the two-tower source, one request of each member of the held-out part; ${model.trees.roots.length} trees, ${validation.toFixed(4)} on the pages that stopped them`,
  };
  const difference: Measurement = {
    name: 'lambda-mart.gain-over-network',
    value: mean(own) - mean(network),
    unit: 'score',
    n: own.length,
    ci: pairedBootstrapInterval(own, network, resampling('difference')),
    definition: `lambda-mart.ndcg@${K} - ranker.ndcg@${K}, of the same members, who are resampled together`,
  };
  if (oracle === undefined) return [score, difference];
  const share: Measurement = {
    name: 'lambda-mart.share-of-oracle',
    value: mean(own) / mean(oracle),
    unit: 'ratio',
    n: own.length,
    ci: ratioOfMeansInterval(own, oracle, resampling('share')),
    definition: `lambda-mart.ndcg@${K} / oracle.ndcg@${K}, of the same members; the oracle ranks by the true P(click and finish | examined)`,
  };
  return [score, difference, share];
};

const scoringLatency = async (
  { small, rng, clock }: Subject,
  generator: CandidateGenerator,
  ranker: Ranker,
  sources: FeatureSources,
  queries: readonly MemberQueries[],
): Promise<Measurement> => {
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const inputs = await Promise.all(
    queries.slice(0, 100).map(async ([{ request }]) => {
      const list = await generator.generate(request, PAGE_CANDIDATES, context);
      const pool = mergeCandidates([{ source: generator.name, list }], PAGE_CANDIDATES);
      return { request, pool, features: assembleFeatures(sources, request, pool) };
    }),
  );
  const samples = await sampleLatencyMs({ warmUp: 100, samples: small ? 300 : 1_000 }, (i) => {
    const { request, pool, features } = inputs[i % inputs.length];
    return ranker.score(request, pool, features, context);
  });
  return heldTo(
    {
      ...latencyQuantile('lambda-mart.latency.p99', samples, 0.99),
      protocol: `scores of ${PAGE_CANDIDATES} candidates, their features at hand, one request after another`,
    },
    LATENCY_MS,
  );
};
