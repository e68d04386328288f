/** What the homepage's sources merged into one pool find, and are worth on a page, beside the two towers alone. */

import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { homeSources, RESERVED, type Reservations } from '../candidate-gen/home-sources.ts';
import { createExactIndex } from '../candidate-gen/indexes/exact.ts';
import { type Blend, mergeCandidates } from '../candidate-gen/merge.ts';
import { dayOf } from '../domain/clock.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { CandidatePool, RecRequest, StageContext } from '../domain/request.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { mean } from '../math/statistics.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { createHomePage } from '../ranking/page/home-page.ts';
import { defaultHomePageConfig } from '../ranking/page/home-page-config.ts';
import { assembleFeatures } from '../serving/assemble-features.ts';
import { type TrainedSources, trendingBefore } from '../training/sources.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import type { MemberQueries } from './held-out.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import { pageParts, WITHOUT_RESUMING, worthOf } from './page-stage.ts';
import { PAGE_CANDIDATES } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'sources';
const CUTOFFS = [100, 500] as const;
/** A title is new for as many days, as on the page. */
const { newReleaseDays } = defaultHomePageConfig;

type Source = Blend & { readonly generator: CandidateGenerator };

/** What was trained, as far as pools and pages are made of it. */
export interface SourceModels {
  readonly retrieval: TrainedRetrieval;
  readonly sources: TrainedSources;
  readonly ranking: Pick<TrainedRanking, 'ranker' | 'known'>;
}

/** Sources as they are served, over an exact index. */
export const servedSources = (
  { dataset, until }: Subject,
  { retrieval: { twoTower }, sources }: Pick<SourceModels, 'retrieval' | 'sources'>,
  reserved: Reservations = RESERVED,
): Source[] =>
  homeSources(
    {
      ...sources,
      model: twoTower,
      index: createExactIndex(twoTower.itemVectors, twoTower.dimension),
      trending: trendingBefore(dataset, until),
      titles: dataset.titles,
      vocabulary: dataset.vocabulary,
    },
    reserved,
  );

/** What one way of making pools found of each member's plays, [members], and the pools themselves. */
export interface PoolsFound {
  /** By cutoff. */
  readonly recall: readonly Float64Array[];
  /** Share of the plays of new titles whose title is in the pool; of the members with such a play, in their order. */
  readonly newRecall: Float64Array;
  /** Expected finished watches of the page that is made of the pool; empty where there is no world. */
  readonly finishes: Float64Array;
  /** Candidates from each source, and plays found by it. */
  readonly given: Float64Array; // [sources]
  readonly found: Float64Array; // [sources]
}

/** Pools of some of the sources for each query, judged by the plays that came and by the pages that they make. */
export const judgePools = async (
  subject: Subject,
  { retrieval, ranking }: SourceModels,
  sources: readonly Source[],
  queries: readonly MemberQueries[],
): Promise<PoolsFound> => {
  const { dataset, world } = subject;
  const { titles, vocabulary } = dataset;
  const context = contextOf(subject);
  const ranker = createMultiTaskRanker(ranking.ranker);
  const page = createHomePage({ ...pageParts(subject, retrieval), config: WITHOUT_RESUMING });
  const { twoTower, taste } = retrieval;
  const features = { twoTower, taste, counts: ranking.known.counts, titles, vocabulary };
  const recall = CUTOFFS.map(() => new Float64Array(queries.length));
  const newRecall: number[] = [];
  const finishes: number[] = [];
  const given = new Float64Array(sources.length);
  const found = new Float64Array(sources.length);
  for (const [m, asked] of queries.entries()) {
    let [newPlays, newFound] = [0, 0];
    for (const [q, { request, played }] of asked.entries()) {
      const pool = await poolFrom(sources, request, context);
      const at = pool.items.indexOf(played);
      for (const [c, k] of CUTOFFS.entries()) if (at >= 0 && at < k) recall[c][m] += 1 / asked.length;
      if (dayOf(request.at) - titles.releaseDay[played] < newReleaseDays) {
        newPlays += 1;
        if (at >= 0) newFound += 1;
      }
      for (const source of pool.source) given[source] += 1;
      if (at >= 0) found[pool.source[at]] += 1;
      if (q > 0 || world === undefined) continue;
      const scores = await ranker.score(request, pool, assembleFeatures(features, request, pool), context);
      finishes.push(worthOf(world, request, page.build(request, pool, scores, context)).finishes);
    }
    if (newPlays > 0) newRecall.push(newFound / newPlays);
  }
  return {
    recall,
    newRecall: Float64Array.from(newRecall),
    finishes: Float64Array.from(finishes),
    given,
    found,
  };
};

/**
 * Recall of the merged sources, of new titles apart, and finished watches of pages made of them, beside the two towers
 * alone and beside the same sources without reserved places; each source's share of the pool; how long it takes.
 */
export const measureSources = async (
  subject: Subject,
  models: SourceModels,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { rng, small } = subject;
  const sources = servedSources(subject, models);
  const judge = (of: readonly Source[]): Promise<PoolsFound> => judgePools(subject, models, of, queries);
  const merged = await judge(sources);
  const alone = await judge(sources.slice(0, 1));
  const unreserved = await judge(servedSources(subject, models, {}));
  const names = sources.map(({ generator }) => generator.name);
  const reservations = sources.map(({ reserved = 0 }, i) => `${reserved} for ${names[i]}`).join(', ');
  const protocol = `temporal split; take rates of the sources fitted on plays between the towers' training and the held-out part; places reserved of ${PAGE_CANDIDATES}: ${reservations}; ${queries.flat().length} plays of ${queries.length} members`;
  const uniformOf = (label: string) => {
    const draws = rng.fork(`sources:${label}`);
    return { uniform: () => draws.next() };
  };
  const level = (
    name: string,
    values: (of: PoolsFound) => Float64Array,
    definition: string,
  ): Measurement => ({
    name,
    value: mean(values(merged)),
    unit: 'share',
    n: values(merged).length,
    ci: bootstrapMeanInterval(values(merged), uniformOf(name)),
    baselines: [
      { name: names[0], value: mean(values(alone)) },
      { name: 'unreserved', value: mean(values(unreserved)) },
    ],
    definition,
    protocol,
  });
  const gain = (
    name: string,
    [own, other]: readonly [Float64Array, Float64Array],
    definition: string,
  ): Measurement => ({
    name,
    value: mean(own) - mean(other),
    unit: 'share',
    n: own.length,
    ci: pairedBootstrapInterval(own, other, uniformOf(name)),
    definition,
    protocol,
  });
  const rows: Measurement[] = CUTOFFS.flatMap((k, c) => [
    level(
      `merged.recall@${k}`,
      ({ recall }) => recall[c],
      `share of held-out plays whose title is among the first ${k} of the merged pool; mean over the plays of a member, then over members`,
    ),
    gain(
      `merged.recall-gain@${k}`,
      [merged.recall[c], alone.recall[c]],
      `merged.recall@${k} less that of the two-tower source alone, by member`,
    ),
  ]);
  if (merged.newRecall.length > 0) {
    const name = `merged.new-titles.recall@${PAGE_CANDIDATES}`;
    rows.push(
      level(
        name,
        ({ newRecall }) => newRecall,
        `of held-out plays of titles released less than ${newReleaseDays} days before, the share whose title is in the pool; mean over such plays of a member, then over members who have one`,
      ),
      gain(
        'merged.new-titles.recall-gain',
        [merged.newRecall, unreserved.newRecall],
        `${name} less that of the same sources without reserved places, by member`,
      ),
    );
  }
  if (merged.finishes.length > 0) rows.push(finishGain(merged, alone, protocol, uniformOf('finish-gain')));
  rows.push(...shares(names, merged, protocol));
  const context = contextOf(subject);
  const samples = await sampleLatencyMs({ warmUp: 200, samples: small ? 500 : 2_000 }, (i) =>
    poolFrom(sources, queries[i % queries.length][0].request, context),
  );
  rows.push(
    heldTo(
      {
        ...latencyQuantile('merged.latency.p99', samples, 0.99),
        protocol: `${sources.length} sources asked for ${PAGE_CANDIDATES} each, calibrated and merged, one request after another`,
      },
      10,
    ),
  );
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

const finishGain = (
  merged: PoolsFound,
  alone: PoolsFound,
  protocol: string,
  uniform: Parameters<typeof ratioOfMeansInterval>[2],
): Measurement => {
  const [lower, upper] = ratioOfMeansInterval(merged.finishes, alone.finishes, uniform);
  return {
    name: 'merged.finish-gain',
    value: mean(merged.finishes) / mean(alone.finishes) - 1,
    unit: 'share',
    n: merged.finishes.length,
    ci: [lower - 1, upper - 1],
    definition:
      'true expected finished watches of the page, ranked and built alike, made of the merged pool over those of the page made of the two-tower source alone, less 1; one request of each member',
    protocol,
  };
};

const shares = (names: readonly string[], { given, found }: PoolsFound, protocol: string): Measurement[] => {
  const proposed = given.reduce((sum, n) => sum + n, 0);
  const hits = found.reduce((sum, n) => sum + n, 0);
  return names.map((name, i) => ({
    name: `merged.${name}.share`,
    value: given[i] / proposed,
    unit: 'share',
    n: proposed,
    baselines: [{ name: 'of-plays-found', value: hits === 0 ? 0 : found[i] / hits }],
    definition: `share of the ${PAGE_CANDIDATES} candidates that entered the pool from this source; beside it, its share of the plays that the pool holds`,
    protocol,
  }));
};

const poolFrom = async (
  sources: readonly Source[],
  request: RecRequest,
  context: StageContext,
): Promise<CandidatePool> =>
  mergeCandidates(
    await Promise.all(
      sources.map(async ({ generator, ...blend }) => ({
        ...blend,
        source: generator.name,
        list: await generator.generate(request, PAGE_CANDIDATES, context),
      })),
    ),
    PAGE_CANDIDATES,
  );

const contextOf = ({ rng, clock }: Subject): StageContext => ({
  rng,
  clock,
  signal: new AbortController().signal,
});
