import { datasetBefore, rowsBefore } from '../../datasets/split.ts';
import type { TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import type { EpochMs } from '../domain/clock.ts';
import { silentProgress } from '../domain/progress.ts';
import type { Dataset } from '../domain/tables.ts';
import { fitPlatt, type PlattScaling, withScaledClicks } from '../ranking/calibration/platt.ts';
import { type ExaminationEstimate, examinationOf, FULLY_EXAMINED } from '../ranking/examination.ts';
import { estimateExamination } from '../ranking/examination-from-clicks.ts';
import { clickLogits, type MultiTaskModel } from '../ranking/multi-task.ts';
import type { TasteModel } from '../ranking/taste.ts';
import { collectRankerExamples, type RankerExamples, type RankerSettings, trainRanker } from './ranker.ts';
import { blendWithTaste } from './ranker-blend.ts';
import { type ExaminationOf, type Known, replay } from './replay.ts';
import { type LearnedOccasion, trainTaste } from './taste.ts';
import { collectTasteExamples } from './taste-examples.ts';
import { learnTitleLifts } from './title-evidence.ts';
import { collectForTowers, type TowerOptions } from './train-towers.ts';
import type { TrainedTwoTower } from './two-tower.ts';

export interface TrainingOptions extends TowerOptions {
  readonly ranker?: Partial<RankerSettings>;
}

export interface TrainedRetrieval {
  readonly twoTower: TwoTowerModel;
  /** As it was at `retrievalUntil`, which is what the ranker may learn from. Default: `twoTower`. */
  readonly twoTowerThen?: TwoTowerModel;
  /** It saw everything before `until`. */
  readonly taste: TasteModel;
  /** The same, knowing of each title what was known at `retrievalUntil`: what the ranker may learn from. */
  readonly tasteThen: TasteModel;
  /** What beside taste the taste model lays clicks and finishes to; absent where it learned nothing. */
  readonly occasion?: LearnedOccasion;
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

/** Trains the two towers on the earlier part of what is before `until`, and the taste model on all of it. */
export const trainRetrieval = async (options: TrainingOptions): Promise<TrainedRetrieval> => {
  const { until, rng, progress = silentProgress } = options;
  const dataset = datasetBefore(options.dataset, until);
  const towers = collectForTowers({ ...options, dataset });
  const { retrievalUntil } = towers;
  const examination = learnExamination(dataset, retrievalUntil);
  const examined = examinationLookUp(examination);
  const shown = collectTasteExamples({ dataset, examination: examined, rng: rng.fork('taste-examples') });
  const known = replay(dataset, until, examined, { ...shown.visitor, ...towers.visitor });
  const { trained, earlier } = await towers.train(known);
  const learned = await trainTaste({ dataset, examples: shown.examples, rng: rng.fork('taste'), progress });
  const lifts = progress.step('fit what titles add');
  const tasteAsOf = learnTitleLifts({
    dataset,
    examples: shown.examples,
    examination: examined,
    trained: learned,
  });
  const [taste, tasteThen] = [until, retrievalUntil].map(tasteAsOf);
  lifts.end();
  return {
    twoTower: trained.model,
    twoTowerThen: earlier,
    taste,
    tasteThen,
    ...(learned.occasion === undefined ? {} : { occasion: learned.occasion }),
    examination,
    retrievalUntil,
    examples: trained.examples,
    loss: trained.loss,
  };
};

/** The two towers that `trainRetrieval` would train, without the taste model: for comparing settings. */
export const trainTwoTowerAlone = async (options: TowerOptions): Promise<TrainedTwoTower> => {
  const dataset = datasetBefore(options.dataset, options.until);
  const towers = collectForTowers({ ...options, dataset });
  const examined = examinationLookUp(learnExamination(dataset, towers.retrievalUntil));
  return (await towers.train(replay(dataset, options.until, examined, towers.visitor))).trained;
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
    taste: retrieval.tasteThen,
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
  const { occasion } = retrieval;
  const model = occasion === undefined ? trained.model : blendWithTaste(trained.model, occasion);
  const scaling = scalingOf(model, examples, learned);
  return {
    ranker: withScaledClicks(model, scaling),
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
