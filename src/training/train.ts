import { datasetBefore, rowsBefore } from '../../datasets/split.ts';
import { type Examination, learnFromImpressions } from '../bandits/artwork-learning.ts';
import { ArtworkStats } from '../bandits/artwork-stats.ts';
import type { BanditPolicy } from '../bandits/contract.ts';
import { searchSize, takeEligible } from '../candidate-gen/eligible.ts';
import { createExactIndex } from '../candidate-gen/indexes/exact.ts';
import { queryVector, type TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import type { EpochMs } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import type { Dataset } from '../domain/tables.ts';
import { fitPlatt, type PlattScaling, withScaledClicks } from '../ranking/calibration/platt.ts';
import { type ExaminationEstimate, examinationOf, FULLY_EXAMINED } from '../ranking/examination.ts';
import { estimateExamination } from '../ranking/examination-from-clicks.ts';
import { clickLogits, type MultiTaskModel } from '../ranking/multi-task.ts';
import type { TasteModel } from '../ranking/taste.ts';
import { collectRankerExamples, type RankerExamples, type RankerSettings, trainRanker } from './ranker.ts';
import { type ExaminationOf, type Known, replay } from './replay.ts';
import { trainTaste } from './taste.ts';
import { collectTasteExamples } from './taste-examples.ts';
import {
  collectTwoTowerExamples,
  type Example,
  type TrainedTwoTower,
  type TwoTowerSettings,
  trainTwoTower,
} from './two-tower.ts';

/** Share of the plays, the latest, that the ranker learns from; the two towers learn from those before. */
const RANKER_SHARE = 0.25;

/** Of what the two towers learn from, the latest plays are kept apart to say when they have learned enough. */
const VALIDATED_SHARE = 0.05;
const MOST_VALIDATED = 3_000;
const VALIDATED_AT = 100;

export interface TrainingOptions {
  readonly dataset: Dataset;
  /** Nothing at or after this moment is read. */
  readonly until: EpochMs;
  readonly rng: Rng;
  readonly progress?: Progress;
  readonly twoTower?: Partial<TwoTowerSettings>;
  readonly ranker?: Partial<RankerSettings>;
}

export interface TrainedRetrieval {
  readonly twoTower: TwoTowerModel;
  /** Where `twoTower` saw more: as it was before, which is what the ranker may learn from. */
  readonly twoTowerThen?: TwoTowerModel;
  /** It saw everything before `until`: it knows no title by its id, so it is as good on what it has not seen. */
  readonly taste: TasteModel;
  readonly examination: ExaminationEstimate;
  /** The two towers, `twoTowerThen` where it is there, saw nothing at or after this moment. */
  readonly retrievalUntil: EpochMs;
  readonly examples: number;
  readonly loss: number;
}

export interface TrainedRanking {
  /** Its clicks are scaled already. */
  readonly ranker: MultiTaskModel;
  /** What the click head's logits were scaled by. */
  readonly scaling: PlattScaling;
  /** Profiles and counts as of `until`. */
  readonly known: Known;
  readonly examples: number;
  readonly loss: number;
}

/** The estimate as a function of a place. */
export const examinationLookUp =
  (estimate: ExaminationEstimate): ExaminationOf =>
  (device, row, position) =>
    examinationOf(estimate, device, row, position);

/** The examination curve behind the clicks before a moment; without impressions, every place counts as examined. */
export const learnExamination = ({ impressions, titles }: Dataset, until: EpochMs): ExaminationEstimate =>
  impressions === undefined
    ? FULLY_EXAMINED
    : estimateExamination(impressions, 0, rowsBefore(impressions.time, until), titles);

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
const retrievalPart = ({ dataset: { name, plays }, until }: TrainingOptions): EpochMs => {
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

/** Trains the two towers on the earlier part of what is before `until`, and the taste model on all of it. */
export const trainRetrieval = async (options: TrainingOptions): Promise<TrainedRetrieval> => {
  const { until, rng, progress = silentProgress } = options;
  const dataset = datasetBefore(options.dataset, until);
  const retrievalUntil = retrievalPart(options);
  const examination = learnExamination(dataset, retrievalUntil);
  const examined = examinationLookUp(examination);
  const refits = refitsTowers(dataset);
  const { visitor, examples } = collectTwoTowerExamples(dataset);
  const shown = collectTasteExamples({ dataset, examination: examined, rng: rng.fork('taste-examples') });
  replay(dataset, until, examined, {
    ...shown.visitor,
    play: (row, known) => {
      if (refits || dataset.plays.time[row] < retrievalUntil) visitor.play?.(row, known);
    },
  });
  const first = examples.slice(0, rowsBefore(dataset.plays.time, retrievalUntil));
  const then = await teachTwoTower({ ...options, dataset }, first);
  const trained = refits ? await refitTwoTower({ ...options, dataset }, examples, then) : then;
  const taste = await trainTaste({ dataset, examples: shown.examples, rng: rng.fork('taste'), progress });
  return {
    twoTower: trained.model,
    ...(refits ? { twoTowerThen: then.model } : {}),
    taste,
    examination,
    retrievalUntil,
    examples: trained.examples,
    loss: trained.loss,
  };
};

/** The two towers that `trainRetrieval` would train, without the taste model: for comparing settings. */
export const trainTwoTowerAlone = async (options: TrainingOptions): Promise<TrainedTwoTower> => {
  const dataset = datasetBefore(options.dataset, options.until);
  const refits = refitsTowers(dataset);
  const { visitor, examples } = collectTwoTowerExamples(dataset);
  const retrievalUntil = retrievalPart(options);
  replay(dataset, refits ? options.until : retrievalUntil, () => 1, visitor); // a query is not made of what was shown
  const first = examples.slice(0, rowsBefore(dataset.plays.time, retrievalUntil));
  const then = await teachTwoTower({ ...options, dataset }, first);
  return refits ? refitTwoTower({ ...options, dataset }, examples, then) : then;
};

/**
 * Whether the towers are trained once more, on all plays before `until`, as soon as it is known how long. Ratings tell
 * of years, over which what is popular changes: towers that miss the last quarter of them find far less. Where
 * there are impressions the log is short, and the ranker is what makes up for it.
 */
const refitsTowers = ({ impressions }: Dataset): boolean => impressions === undefined;

/** Two towers that learned from all the examples, as many times over as validation said for a part of them. */
const refitTwoTower = (
  { dataset, until, rng, progress = silentProgress, twoTower }: TrainingOptions,
  examples: readonly Example[],
  { epochs }: TrainedTwoTower,
): Promise<TrainedTwoTower> =>
  trainTwoTower({
    dataset,
    examples,
    publishedAt: until,
    rng: rng.fork('two-tower-refit'),
    progress,
    settings: { ...TOWERS_OF_RATINGS, ...twoTower, epochs },
  });

/** Chosen on the tenth of ml-latest-small's ratings before its test part: more and larger steps, fewer epochs. */
const TOWERS_OF_RATINGS: Partial<TwoTowerSettings> = {
  batchSize: 320,
  tableLearningRate: 0.01,
  historyThrough: true,
};

/** Two towers that learned from the examples but the latest, which say when it was enough. */
const teachTwoTower = (
  { dataset, until, rng, progress = silentProgress, twoTower }: TrainingOptions,
  examples: readonly Example[],
): Promise<TrainedTwoTower> => {
  const held = Math.min(MOST_VALIDATED, Math.ceil(examples.length * VALIDATED_SHARE));
  return trainTwoTower({
    dataset,
    examples: examples.slice(0, Math.max(1, examples.length - held)),
    publishedAt: until,
    rng: rng.fork('two-tower'),
    validate: (model) => hitRateOfTheNext(model, dataset, examples.slice(-held)),
    progress,
    settings: { ...(refitsTowers(dataset) ? TOWERS_OF_RATINGS : {}), ...twoTower },
  });
};

/** Trains the ranker on the later part, with the retrieval scores of towers that have not seen it. */
export const trainRanking = async (
  options: TrainingOptions,
  retrieval: TrainedRetrieval,
): Promise<TrainedRanking> => {
  const { rng, until, progress = silentProgress } = options;
  const dataset = datasetBefore(options.dataset, until);
  const examination = examinationLookUp(retrieval.examination);
  const collect = progress.step('collect ranker examples');
  const { visitor, examples } = collectRankerExamples({
    dataset,
    model: retrieval.twoTowerThen ?? retrieval.twoTower,
    taste: retrieval.taste,
    from: retrieval.retrievalUntil,
    examination,
    rng: rng.fork('ranker-examples'),
    ...(options.ranker === undefined ? {} : { settings: options.ranker }),
  });
  const known = replay(dataset, until, examination, visitor);
  collect.end(`${examples.rows.toLocaleString('en')} rows`);
  const learned = examples.rows < CALIBRATED_FROM ? examples.rows : Math.floor(examples.rows * LEARNED_SHARE);
  const trained = await trainRanker({
    examples: { ...examples, rows: learned },
    rng: rng.fork('ranker'),
    progress,
    ...(options.ranker === undefined ? {} : { settings: options.ranker }),
  });
  const scaling = scalingOf(trained.model, examples, learned);
  return {
    ranker: withScaledClicks(trained.model, scaling),
    scaling,
    known,
    examples: trained.examples,
    loss: trained.loss,
  };
};

/** Of the ranker's examples, the earlier that it learns from; the later say how sure of clicks it may be. */
const LEARNED_SHARE = 0.95;
/** Fewer examples than this are all learned from, and clicks are not scaled. */
const CALIBRATED_FROM = 20_000;

const scalingOf = (model: MultiTaskModel, examples: RankerExamples, from: number): PlattScaling => {
  const { features, clicked, examined, weight, rows } = examples;
  if (from === rows) return { slope: 1, intercept: 0 };
  const size = features.length / weight.length;
  const logits = clickLogits(model, { features: features.subarray(from * size), rows: rows - from });
  const held = [clicked, examined, weight].map((column) => column.subarray(from, rows));
  return fitPlatt({ logits, clicked: held[0], examined: held[1], weight: held[2] });
};

/** Impressions that the artwork policy learns from, the latest; those before are counted, which costs little. */
const LEARNED_IMPRESSIONS = 500_000;

export interface TrainedArtwork {
  readonly policy: BanditPolicy;
  readonly stats: ArtworkStats;
  readonly impressions: number;
}

/** Teaches an artwork policy by the logged impressions, or undefined where there are none to learn from. */
export const trainArtwork = (
  options: Pick<TrainingOptions, 'dataset' | 'until' | 'progress'>,
  examination: ExaminationEstimate,
  policy: BanditPolicy,
): TrainedArtwork | undefined => {
  const { impressions, artworks, plays } = options.dataset;
  if (impressions === undefined || artworks === undefined) return undefined;
  const step = (options.progress ?? silentProgress).step('train artwork policy');
  const stats = new ArtworkStats(artworks);
  const examined: Examination = (row, position, device) => examinationOf(examination, device, row, position);
  const end = rowsBefore(impressions.time, options.until);
  const first = Math.max(0, end - LEARNED_IMPRESSIONS);
  for (let i = 0; i < first; i++) {
    const { artwork, clicked, row, position, device } = impressions;
    stats.add(artwork[i], clicked[i], examined(row[i], position[i], device[i]));
  }
  const report = learnFromImpressions({
    artworks,
    impressions,
    plays,
    from: first === 0 ? Number.NEGATIVE_INFINITY : impressions.time[first - 1] + 1,
    to: options.until,
    policy,
    stats,
    examination: examined,
  });
  step.end(
    `${report.impressions.toLocaleString('en')} impressions, ${report.takes.toLocaleString('en')} takes`,
  );
  return { policy, stats, impressions: report.impressions };
};
