/** What the homepage's sources learn beside the two towers: which titles are near to which, and what a place is worth. */
import { datasetBefore } from '../../datasets/split.ts';
import { fitItemKnn } from '../candidate-gen/baselines/item-knn.ts';
import type { ItemNeighbours } from '../candidate-gen/baselines/item-neighbours.ts';
import { homeGenerators } from '../candidate-gen/home-sources.ts';
import { createExactIndex } from '../candidate-gen/indexes/exact.ts';
import { playedBefore } from '../candidate-gen/item-to-item.ts';
import { countPlays } from '../candidate-gen/popularity.ts';
import { fitTakeRate, type TakeRate } from '../candidate-gen/take-rate.ts';
import { DAY_MS, type EpochMs, fixedClock } from '../domain/clock.ts';
import { silentProgress } from '../domain/progress.ts';
import { type RecRequest, UNKNOWN_MEMBER } from '../domain/request.ts';
import type { Dataset } from '../domain/tables.ts';
import { replay } from './replay.ts';
import type { TrainedRetrieval, TrainingOptions } from './train.ts';
import { collectTwoTowerExamples } from './two-tower-examples.ts';

export const TRENDING_HALF_LIFE_MS = 3 * DAY_MS;

/** Neighbours of each title: the page asks for a few hundred titles near to the last ten plays. */
const NEIGHBOURS = 50;
/** Plays that say what each source's places are worth. */
const MOST_PLAYS = 3_000;
/** Titles asked of each source. */
const DEPTH = 500;

export interface TrainedSources {
  readonly neighbours: ItemNeighbours;
  /** By the source's name. */
  readonly takeRates: ReadonlyMap<string, TakeRate>;
}

/** Of all plays before a moment, those of each title that are near to it. */
export const neighboursBefore = (dataset: Dataset, before: EpochMs): ItemNeighbours =>
  fitItemKnn(playedBefore(dataset, before), { neighbours: NEIGHBOURS }).neighbours;

/** Plays of each title before a moment, [titles], one of three days before counting half. */
export const trendingBefore = ({ plays, titles }: Dataset, before: EpochMs): Float64Array =>
  countPlays(plays, titles.ids.length, { before, halfLifeMs: TRENDING_HALF_LIFE_MS });

/**
 * Item neighbours from all plays before `until`; the take rate of each source from the later of them, as the sources
 * were without those. A play counts for the first source that proposes it: what the two towers find anyway is no merit
 * of the others, and the pool holds a title once.
 */
export const trainSources = async (
  options: TrainingOptions,
  { twoTower, twoTowerThen, retrievalUntil }: TrainedRetrieval,
): Promise<TrainedSources> => {
  const { until, rng, progress = silentProgress } = options;
  const step = progress.step('train sources');
  const dataset = datasetBefore(options.dataset, until);
  const { titles, vocabulary } = dataset;
  const model = twoTowerThen ?? twoTower;
  const generators = homeGenerators({
    model,
    index: createExactIndex(model.itemVectors, model.dimension),
    neighbours: neighboursBefore(dataset, retrievalUntil),
    trending: trendingBefore(dataset, retrievalUntil),
    titles,
    vocabulary,
  });
  const plays = laterPlays(dataset, retrievalUntil, until);
  const positions = new Map(generators.map(({ name }) => [name, [] as number[]]));
  const { signal } = new AbortController();
  for (const { request, title } of plays) {
    const context = { rng, clock: fixedClock(request.at), signal };
    for (const generator of generators) {
      const position = (await generator.generate(request, DEPTH, context)).items.indexOf(title);
      if (position < 0) continue;
      positions.get(generator.name)?.push(position);
      break;
    }
  }
  const takeRates = new Map(
    [...positions].map(([name, found]) => [
      name,
      fitTakeRate({ positions: found, queries: plays.length, depth: DEPTH }),
    ]),
  );
  step.end(`${plays.length.toLocaleString('en')} plays of ${generators.length} sources`);
  return { neighbours: neighboursBefore(dataset, until), takeRates };
};

interface LaterPlay {
  readonly request: RecRequest;
  readonly title: number;
}

/** Plays in [from, until), spread evenly, each with what was known just before it. */
const laterPlays = (dataset: Dataset, from: EpochMs, until: EpochMs): LaterPlay[] => {
  const { visitor, examples } = collectTwoTowerExamples(dataset);
  replay(dataset, until, () => 1, {
    play: (row, known) => {
      if (dataset.plays.time[row] >= from) visitor.play?.(row, known);
    },
  });
  const count = Math.min(MOST_PLAYS, examples.length);
  return Array.from({ length: count }, (_, i) => {
    const { title, at, device, profile } = examples[Math.floor((i * examples.length) / count)];
    const who = { requestId: `play-${i}`, memberId: '', member: UNKNOWN_MEMBER };
    const request = { ...who, at, device, profile };
    return { request, title };
  });
};
