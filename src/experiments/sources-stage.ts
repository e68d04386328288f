/** What several sources merged on one scale find beside the two towers alone, and what each of them gives. */
import { fitItemKnn } from '../candidate-gen/baselines/item-knn.ts';
import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { createItemToItem, playedBefore } from '../candidate-gen/item-to-item.ts';
import { mergeCandidates } from '../candidate-gen/merge.ts';
import { createNewReleases } from '../candidate-gen/new-releases.ts';
import { countPlays, createPopularity } from '../candidate-gen/popularity.ts';
import { byTakeRate, fitTakeRate, type TakeRate } from '../candidate-gen/take-rate.ts';
import type { EpochMs } from '../domain/clock.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { CandidatePool, RecRequest, StageContext } from '../domain/request.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import { examinationLookUp, type TrainedRetrieval } from '../training/train.ts';
import { heldOutQueries, type MemberQueries } from './held-out.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import { TRENDING_HALF_LIFE_MS } from './publish.ts';
import { PAGE_CANDIDATES, twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'sources';
const CUTOFFS = [100, 500] as const;
/** Neighbours of each title: the page asks for a few hundred titles near to the last ten plays. */
const NEIGHBOURS = 50;
/** Members whose plays after the towers' training say what each source's places are worth. */
const FITTED_MEMBERS = 1_000;

/** The sources of the homepage, knowing nothing from `before` on. */
export const sourcesBefore = (
  subject: Subject,
  retrieval: TrainedRetrieval,
  before: EpochMs,
): CandidateGenerator[] => {
  const { titles, plays, vocabulary } = subject.dataset;
  const { neighbours } = fitItemKnn(playedBefore(subject.dataset, before), { neighbours: NEIGHBOURS });
  const trending = countPlays(plays, titles.ids.length, { before, halfLifeMs: TRENDING_HALF_LIFE_MS });
  return [
    twoTowerOf(subject, retrieval),
    createItemToItem({ titles, neighbours }),
    createPopularity({ titles, counts: trending, name: 'trending' }),
    createNewReleases({ model: retrieval.twoTower, titles, vocabulary }),
  ];
};

/**
 * The take rate of each source by its name, from plays that neither it nor the two towers have seen. A play counts
 * for the first source that proposes it: what the two towers find anyway is no merit of the others, and the pool
 * holds a title once.
 */
export const fitTakeRates = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
): Promise<ReadonlyMap<string, TakeRate>> => {
  const { dataset, until, rng } = subject;
  const queries = heldOutQueries({
    dataset,
    from: retrieval.retrievalUntil,
    to: until,
    members: subject.small ? 300 : FITTED_MEMBERS,
    playsPerMember: 3,
    examination: examinationLookUp(retrieval.examination),
    rng: rng.fork('take-rates'),
  }).flat();
  const context = contextOf(subject);
  const rates = new Map<string, TakeRate>();
  const found = new Set<string>(); // requests whose play an earlier source proposed
  for (const source of sourcesBefore(subject, retrieval, retrieval.retrievalUntil)) {
    const positions: number[] = [];
    for (const { request, played } of queries) {
      const { items } = await source.generate(request, PAGE_CANDIDATES, context);
      const position = items.indexOf(played);
      if (position < 0 || found.has(request.requestId)) continue;
      positions.push(position);
      found.add(request.requestId);
    }
    rates.set(source.name, fitTakeRate({ positions, queries: queries.length, depth: PAGE_CANDIDATES }));
  }
  return rates;
};

/** Recall of the merged sources and of the two towers alone, each source's share of the pool, and how long it takes. */
export const measureSources = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { until, rng, small } = subject;
  const rates = await fitTakeRates(subject, retrieval);
  const sources = sourcesBefore(subject, retrieval, until);
  const calibrations = sources.map(({ name }) => byTakeRate(rates.get(name) as TakeRate));
  const context = contextOf(subject);
  const merged = async (request: RecRequest): Promise<CandidatePool> => {
    const lists = await Promise.all(
      sources.map(async (source, i) => ({
        source: source.name,
        list: await source.generate(request, PAGE_CANDIDATES, context),
        calibrate: calibrations[i],
      })),
    );
    return mergeCandidates(lists, PAGE_CANDIDATES);
  };
  const protocol = `temporal split; take rates of the sources fitted on plays between the towers' training and the held-out part; ${queries.flat().length} plays of ${queries.length} members`;
  const recalls = CUTOFFS.map(() => ({
    merged: new Float64Array(queries.length),
    alone: new Float64Array(queries.length),
  }));
  const given = new Float64Array(sources.length);
  const found = new Float64Array(sources.length);
  let proposed = 0;
  for (const [m, asked] of queries.entries()) {
    for (const { request, played } of asked) {
      const pool = await merged(request);
      const alone = await sources[0].generate(request, PAGE_CANDIDATES, context);
      const [at, atAlone] = [pool.items.indexOf(played), alone.items.indexOf(played)];
      for (const [c, k] of CUTOFFS.entries()) {
        if (at >= 0 && at < k) recalls[c].merged[m] += 1 / asked.length;
        if (atAlone >= 0 && atAlone < k) recalls[c].alone[m] += 1 / asked.length;
      }
      for (const source of pool.source) given[source] += 1;
      if (at >= 0) found[pool.source[at]] += 1;
      proposed += pool.items.length;
    }
  }
  const uniformOf = (label: string) => {
    const draws = rng.fork(`sources:${label}`);
    return { uniform: () => draws.next() };
  };
  const rows: Measurement[] = [];
  for (const [c, k] of CUTOFFS.entries()) {
    const { merged: own, alone } = recalls[c];
    rows.push({
      name: `merged.recall@${k}`,
      value: mean(own),
      unit: 'share',
      n: own.length,
      ci: bootstrapMeanInterval(own, uniformOf(`recall@${k}`)),
      baselines: [{ name: sources[0].name, value: mean(alone) }],
      definition: `share of held-out plays whose title is among the first ${k} of the merged pool; mean over the plays of a member, then over members`,
      protocol,
    });
    rows.push({
      name: `merged.recall-gain@${k}`,
      value: mean(own) - mean(alone),
      unit: 'share',
      n: own.length,
      ci: pairedBootstrapInterval(own, alone, uniformOf(`gain@${k}`)),
      definition: `merged.recall@${k} less that of the two-tower source alone, by member`,
      protocol,
    });
  }
  const hits = found.reduce((sum, n) => sum + n, 0);
  for (const [i, { name }] of sources.entries()) {
    rows.push({
      name: `merged.${name}.share`,
      value: given[i] / proposed,
      unit: 'share',
      n: proposed,
      baselines: [{ name: 'of-plays-found', value: hits === 0 ? 0 : found[i] / hits }],
      definition: `share of the ${PAGE_CANDIDATES} candidates that entered the pool from this source; beside it, its share of the plays that the pool holds`,
      protocol,
    });
  }
  const samples = await sampleLatencyMs({ warmUp: 200, samples: small ? 500 : 2_000 }, (i) =>
    merged(queries[i % queries.length][0].request),
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

const contextOf = ({ rng, clock }: Subject): StageContext => ({
  rng,
  clock,
  signal: new AbortController().signal,
});
