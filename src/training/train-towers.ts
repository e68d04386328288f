/** How the two towers are trained: on which plays, for how long, and what is known when their vectors are published. */
import { rowsBefore } from '../../datasets/split.ts';
import { searchSize, takeEligible } from '../candidate-gen/eligible.ts';
import { createExactIndex } from '../candidate-gen/indexes/exact.ts';
import { queryVector, type TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import type { EpochMs } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import type { Dataset } from '../domain/tables.ts';
import type { TitlesKnown } from '../features/activity-features.ts';
import { copyCounts } from '../features/title-counts.ts';
import type { Known, ReplayVisitor } from './replay.ts';
import { type TrainedTwoTower, type TwoTowerSettings, trainTwoTower } from './two-tower.ts';
import { collectTwoTowerExamples, type Example, firstDayOf } from './two-tower-examples.ts';

/** Share of the plays, the latest, that the ranker learns from; the two towers learn from those before. */
const RANKER_SHARE = 0.25;

/** Of what the two towers learn from, the latest plays are kept apart to say when they have learned enough. */
const VALIDATED_SHARE = 0.05;
const MOST_VALIDATED = 3_000;
const VALIDATED_AT = 100;

export interface TowerOptions {
  readonly dataset: Dataset;
  /** Nothing at or after this moment is read. */
  readonly until: EpochMs;
  readonly rng: Rng;
  readonly progress?: Progress;
  readonly twoTower?: Partial<TwoTowerSettings>;
}

export interface TrainedTowers {
  /** Its vectors tell what is known at `until`. */
  readonly trained: TrainedTwoTower;
  /** The towers at `retrievalUntil`, having seen nothing from then on. */
  readonly earlier: TwoTowerModel;
}

export interface TowerCollection {
  /** The towers learn from the plays before this moment; the ranker from those after it. */
  readonly retrievalUntil: EpochMs;
  /** To be shown a replay of everything before `until`. */
  readonly visitor: ReplayVisitor;
  /** To be called with what was known at its end. */
  train(known: Known): Promise<TrainedTowers>;
}

/** Collects what the towers learn from as a replay goes by, and then trains them. `dataset` ends at `until`. */
export const collectForTowers = (options: TowerOptions): TowerCollection => {
  const { dataset, until } = options;
  const retrievalUntil = retrievalPart(options);
  const refits = refitsTowers(dataset);
  const firstDay = firstDayOf(dataset);
  const count = rowsBefore(dataset.plays.time, retrievalUntil);
  const held = Math.min(MOST_VALIDATED, Math.ceil(count * VALIDATED_SHARE));
  const { visitor, examples } = collectTwoTowerExamples(dataset);
  const knownBefore = new Map<number, TitlesKnown>(); // by row of the plays
  return {
    retrievalUntil,
    visitor: {
      play(row, known) {
        if (row === count - held || row === count)
          knownBefore.set(row, { at: dataset.plays.time[row], firstDay, counts: copyCounts(known.counts) });
        if (refits || row < count) visitor.play?.(row, known);
      },
    },
    async train({ counts }) {
      const now = { at: until, firstDay, counts };
      const validated = refits ? now : (knownBefore.get(count - held) ?? now);
      const first = await teachTwoTower(options, examples.slice(0, count), held, validated);
      if (refits)
        return { trained: await refitTwoTower(options, examples, first, now), earlier: first.model };
      const earlier = first.modelAt(knownBefore.get(count) ?? now);
      return { trained: { ...first, model: first.modelAt(now) }, earlier };
    },
  };
};

/** Share of the examples whose title is among the first that the model retrieves just before it is played. */
const hitRateOfTheNext = async (
  model: TwoTowerModel,
  { titles, vocabulary }: Dataset,
  examples: readonly Example[],
): Promise<number> => {
  const index = createExactIndex(model.itemVectors, model.dimension);
  let hits = 0;
  for (const example of examples) {
    const list = index.search(
      queryVector(model, example, vocabulary),
      searchSize(example, titles, VALIDATED_AT),
    );
    const { items } = takeEligible(list, example, titles, VALIDATED_AT);
    if (items.includes(example.title)) hits++;
  }
  return hits / examples.length;
};

/** Of the plays before `until`, the moment from which on the two towers do not learn from them. */
const retrievalPart = ({ dataset: { name, plays }, until }: TowerOptions): EpochMs => {
  const available = rowsBefore(plays.time, until);
  const first = Math.floor(available * (1 - RANKER_SHARE));
  if (first < 1) {
    throw callerError(
      'too-few-plays',
      `dataset ${name}: ${available} plays to train on, expected at least 2`,
    );
  }
  return plays.time[first];
};

/**
 * Whether the towers are trained once more, on all plays before `until`, as soon as it is known how long. Ratings tell
 * of years, over which what is popular changes: towers that miss the last quarter of them find far less. Where
 * there are impressions the log is short, and the ranker is what makes up for it.
 */
const refitsTowers = ({ impressions }: Dataset): boolean => impressions === undefined;

/** Two towers that learned from all the examples, as many times over as validation said for a part of them. */
const refitTwoTower = (
  { dataset, rng, progress = silentProgress, twoTower }: TowerOptions,
  examples: readonly Example[],
  { epochs }: TrainedTwoTower,
  known: TitlesKnown,
): Promise<TrainedTwoTower> =>
  trainTwoTower({
    dataset,
    examples,
    known,
    rng: rng.fork('two-tower-refit'),
    progress,
    settings: { ...TOWERS_OF_RATINGS, ...twoTower, epochs },
  });

/** Chosen on the tenth of ml-latest-small's ratings before its test part: more and larger steps, fewer epochs, ids in full. */
const TOWERS_OF_RATINGS: Partial<TwoTowerSettings> = {
  batchSize: 320,
  tableLearningRate: 0.01,
  idHalfPlays: 0,
  historyThrough: true,
  inTime: false,
};

/** Two towers that learned from the examples but the latest, which say when it was enough. */
const teachTwoTower = (
  { dataset, rng, progress = silentProgress, twoTower }: TowerOptions,
  examples: readonly Example[],
  held: number,
  known: TitlesKnown,
): Promise<TrainedTwoTower> =>
  trainTwoTower({
    dataset,
    examples: examples.slice(0, Math.max(1, examples.length - held)),
    known,
    rng: rng.fork('two-tower'),
    validate: (model) => hitRateOfTheNext(model, dataset, examples.slice(-held)),
    progress,
    settings: { ...(refitsTowers(dataset) ? TOWERS_OF_RATINGS : {}), ...twoTower },
  });
