/** The two towers against collaborative baselines on the same held-out plays of a temporal split. */
import { fitAls } from '../candidate-gen/baselines/als.ts';
import { easeNeighbours, fitEase } from '../candidate-gen/baselines/ease.ts';
import { factorNeighbours } from '../candidate-gen/baselines/factor-scorer.ts';
import type { FitContext } from '../candidate-gen/baselines/fit.ts';
import { fitItemKnn } from '../candidate-gen/baselines/item-knn.ts';
import type { ItemNeighbours } from '../candidate-gen/baselines/item-neighbours.ts';
import { itemCounts } from '../candidate-gen/baselines/popularity.ts';
import type { CandidateGenerator } from '../candidate-gen/contract.ts';
import { createItemToItem, playedBefore } from '../candidate-gen/item-to-item.ts';
import { countPlays, createPopularity } from '../candidate-gen/popularity.ts';
import { MarqueeError } from '../domain/errors.ts';
import { type Interactions, interactionsOf, itemsOf } from '../domain/interactions.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { bootstrapMeanInterval, pairedBootstrapInterval } from '../evaluation/bootstrap.ts';
import { mean } from '../math/statistics.ts';
import { topK } from '../math/top-k.ts';
import { RECALL_DEFINITION, recallByMember } from './evaluate-retrieval.ts';
import type { MemberQueries } from './held-out.ts';
import { splitWord } from './published-rows.ts';
import type { Subject } from './subject.ts';

const K = 100;

/** Ten times what is asked for: lists of neighbours cut here lose nothing that could come among the first K. */
const NEIGHBOURS = 10 * K;

/** Half-life of the decayed popularity, as a share of the log's length before the split. */
const HALF_LIFE_SHARE = 0.05;

/** A dataset's name as its measurements carry it: its folder's words without the edition's `latest`. */
export const temporalWord = (name: string): string =>
  splitWord({ name })
    .replaceAll(/(^|-)latest(?=-|$)/g, '')
    .replace(/^-/, '') || 'split';

/** Titles that EASE is fitted on, the most taken: its cost is their cube, and those that few took hardly speak. */
const EASE_ITEMS = 4_000;

/** The neighbours fitted among the most taken items, as neighbours among all; the others have none. */
const onMostTaken = (
  played: Interactions,
  most: number,
  neighboursOf: (part: Interactions) => ItemNeighbours,
): ItemNeighbours => {
  const counts = itemCounts(played);
  const kept = topK(Float32Array.from(counts), Math.min(most, played.itemCount)).sort();
  const place = new Int32Array(played.itemCount).fill(-1);
  kept.forEach((item, at) => {
    place[item] = at;
  });
  const users = Array.from({ length: played.userCount }, (_, user) =>
    Array.from(itemsOf(played, user), (item) => place[item]).filter((at) => at >= 0),
  );
  const near = neighboursOf(interactionsOf(users, kept.length));
  const offsets = new Uint32Array(played.itemCount + 1);
  for (let item = 0; item < played.itemCount; item++) {
    const at = place[item];
    offsets[item + 1] = offsets[item] + (at < 0 ? 0 : near.offsets[at + 1] - near.offsets[at]);
  }
  return {
    itemCount: played.itemCount,
    offsets,
    items: near.items.map((at) => kept[at]),
    weights: near.weights,
  };
};

/** A baseline as a source over a member's history, or why it could not be fitted. */
export type TemporalBaseline = CandidateGenerator | { readonly name: string; readonly absent: string };

/**
 * The baselines, fitted on the plays before `until`: popularity (all-time and decayed), and item-kNN, EASE and ALS as
 * neighbours of what the member played last, the newest counting most.
 */
export const temporalBaselines = (
  { dataset, until, rng }: Pick<Subject, 'dataset' | 'until' | 'rng'>,
  progress: Progress = silentProgress,
): TemporalBaseline[] => {
  const { titles, plays } = dataset;
  const size = titles.ids.length;
  const played = playedBefore(dataset, until);
  const context: FitContext = { progress };
  const halfLifeMs = Math.max(1, HALF_LIFE_SHARE * (until - plays.time[0]));
  const collaborative: Record<string, () => ItemNeighbours> = {
    'item-knn': () => fitItemKnn(played, { neighbours: NEIGHBOURS }, context).neighbours,
    ease: () =>
      onMostTaken(played, EASE_ITEMS, (part) => easeNeighbours(fitEase(part, {}, context), NEIGHBOURS)),
    als: () => factorNeighbours(fitAls(played, {}, { ...context, rng: rng.fork('als') }), NEIGHBOURS),
  };
  return [
    createPopularity({ titles, counts: countPlays(plays, size, { before: until }) }),
    createPopularity({
      titles,
      counts: countPlays(plays, size, { before: until, halfLifeMs }),
      name: 'popularity-decayed',
    }),
    ...Object.entries(collaborative).map(([name, neighboursOf]): TemporalBaseline => {
      try {
        return { ...createItemToItem({ titles, neighbours: neighboursOf() }), name };
      } catch (thrown) {
        if (!(thrown instanceof MarqueeError) || thrown.kind === 'bug') throw thrown;
        return { name, absent: thrown.message };
      }
    }),
  ];
};

export interface TemporalMeasuring {
  /** First word of the measurements' names. */
  readonly word: string;
  readonly baselines: readonly TemporalBaseline[];
  readonly queries: readonly MemberQueries[];
}

/**
 * Recall@100 of the two towers and of each baseline on the same held-out plays, the best baseline once more by that
 * name, and the difference to it. The best is chosen on the held-out plays themselves: no choice is harder to beat.
 */
export const measureTemporal = async (
  { rng, clock }: Pick<Subject, 'rng' | 'clock'>,
  twoTower: CandidateGenerator,
  { word, baselines, queries }: TemporalMeasuring,
): Promise<StageRow[]> => {
  const plays = queries.reduce((sum, { length }) => sum + length, 0);
  const protocol = `temporal split, last 10 % of the plays held out; ${plays} plays of ${queries.length} members, the same for all; titles of the history left out`;
  const recallOf = (source: CandidateGenerator) => recallByMember(source, queries, K, { rng, clock });
  const measured = (model: string, values: Float64Array): Measurement => ({
    name: `${word}.${model}.recall@${K}`,
    value: mean(values),
    unit: 'share',
    n: values.length,
    ci: bootstrapMeanInterval(values, { uniform: uniformOf(rng, `bootstrap:${model}`) }),
    definition: RECALL_DEFINITION,
    protocol,
  });
  const rows: StageRow[] = [];
  let best: { readonly name: string; readonly recalls: Float64Array } | undefined;
  for (const baseline of baselines) {
    if ('absent' in baseline) {
      rows.push({ stage: `${word} ${baseline.name}`, absent: baseline.absent });
      continue;
    }
    const recalls = await recallOf(baseline);
    if (best === undefined || mean(recalls) > mean(best.recalls)) best = { name: baseline.name, recalls };
    rows.push({ stage: word, measurement: measured(baseline.name, recalls) });
  }
  if (best === undefined)
    throw new RangeError(`${word}: expected at least one baseline that could be fitted`);
  const floor = measured('best-baseline', best.recalls);
  const recalls = await recallOf(twoTower);
  const learned = measured('two-tower', recalls);
  const judged = { ...learned, baselines: [{ name: best.name, value: floor.value }] };
  const gain: Measurement = {
    name: `${word}.two-tower.recall@${K}-over-best-baseline`,
    value: learned.value - floor.value,
    unit: 'share',
    n: recalls.length,
    ci: pairedBootstrapInterval(recalls, best.recalls, { uniform: uniformOf(rng, 'bootstrap:difference') }),
    definition: `difference of recall@${K} to ${best.name}; 95 % bootstrap interval over members, who are drawn for both together`,
    protocol,
  };
  const chosen = `${floor.protocol}; ${best.name}, the best of ${rows.length} baselines on these very plays`;
  return [
    { stage: word, measurement: heldTo(judged, floor.value, 'at-least') },
    { stage: word, measurement: { ...floor, protocol: chosen } },
    { stage: word, measurement: gain },
    ...rows,
  ];
};

const uniformOf = (rng: Rng, label: string): (() => number) => {
  const own = rng.fork(label);
  return () => own.next();
};
