import { type Progress, silentProgress } from '../../domain/progress.ts';
import { RANKING_FEATURE_NAMES } from '../../features/ranking-features.ts';
import type { LambdaMartModel } from '../../ranking/lambda-mart/lambda-mart.ts';
import { addScores, joinTrees, type TreeEnsemble } from '../../ranking/lambda-mart/tree-ensemble.ts';
import { OBJECTIVE_WEIGHTS } from '../../ranking/objectives.ts';
import type { RankerExamples } from '../ranker.ts';
import { binFeatures } from './bins.ts';
import { growTree, type TreeSettings } from './grow-tree.ts';
import { lambdaGradients, type RankedGroups, weightedNdcg } from './lambda-gradients.ts';

export interface LambdaMartSettings extends TreeSettings {
  /** At most. */
  readonly trees: number;
  /** Trees without a better validation after which no more are grown. */
  readonly patience: number;
}

export const LAMBDA_MART_SETTINGS: LambdaMartSettings = {
  trees: 200,
  leaves: 15,
  shrinkage: 0.2,
  l2: 1,
  leastHessian: 5,
  patience: 15,
};

export interface TrainedLambdaMart {
  readonly model: LambdaMartModel;
  /** Of the trees kept, on the pages held apart; NaN where those have no take. */
  readonly validation: number;
  /** Rows of pages with something to order, the held-apart ones left out. */
  readonly rows: number;
}

/** What is learned is the order of this many. */
const CUTOFF = 10;
/** Of the pages, the latest say when to stop. */
const VALIDATED_SHARE = 0.1;
/** A click where hardly anybody looks counts no more than 1 / this. */
const LEAST_EXAMINED = 0.1;
/** What a take is worth where the network's objectives are weighed: the two rank for the same end. */
const CLICKED_GAIN = OBJECTIVE_WEIGHTS.click;
const FINISHED_GAIN = OBJECTIVE_WEIGHTS.click + OBJECTIVE_WEIGHTS.finish;

const COLUMNS = RANKING_FEATURE_NAMES.length;

/**
 * Boosted trees that each step down the lambdas of the pages' takes, until the latest pages, held apart, are ordered no
 * better. A click counts 1 / P(examined), for what stands where few look is clicked less than it is liked. Draws
 * nothing: the same examples give the same trees. Holds 1 byte a feature beside the examples.
 */
export const trainLambdaMart = async (options: {
  readonly examples: RankerExamples;
  readonly settings?: Partial<LambdaMartSettings>;
  readonly progress?: Progress;
}): Promise<TrainedLambdaMart> => {
  const { examples, progress = silentProgress } = options;
  const settings: LambdaMartSettings = { ...LAMBDA_MART_SETTINGS, ...options.settings };
  const { learned, held, heldFrom } = partPages(examples);
  const step = progress.step('train lambda-mart', settings.trees);
  const binned = binFeatures({ values: examples.features, rows: heldFrom, columns: COLUMNS });
  const heldRows = {
    values: examples.features.subarray(heldFrom * COLUMNS),
    rows: examples.rows - heldFrom,
    columns: COLUMNS,
  };
  const rows = rowsToOrder(learned);
  const scores = new Float64Array(heldFrom);
  const heldScores = new Float64Array(heldRows.rows);
  const derivatives = { gradient: new Float64Array(heldFrom), hessian: new Float64Array(heldFrom) };
  const trees: TreeEnsemble[] = [];
  let validation = weightedNdcg(held, heldScores, CUTOFF);
  let kept = Number.isNaN(validation) ? settings.trees : 0;
  while (rows.length > 0 && trees.length < settings.trees && trees.length < kept + settings.patience) {
    lambdaGradients(learned, scores, CUTOFF, derivatives);
    const { tree, order, from, to } = growTree(binned, rows, derivatives, settings);
    if (tree.feature.length === 0) break; // nothing left to tell apart
    trees.push(tree);
    tree.leafValue.forEach((value, leaf) => {
      for (let i = from[leaf]; i < to[leaf]; i++) scores[order[i]] += value;
    });
    addScores(tree, heldRows, heldScores);
    const reached = weightedNdcg(held, heldScores, CUTOFF);
    if (reached > validation) [validation, kept] = [reached, trees.length];
    step.advance(trees.length, `validation ${validation.toFixed(4)}`);
    await new Promise(setImmediate); // let signals and timers through
  }
  step.end(`${Math.min(kept, trees.length)} trees, validation ${validation.toFixed(4)}`);
  return {
    model: { featureNames: RANKING_FEATURE_NAMES, trees: joinTrees(trees.slice(0, kept)) },
    validation,
    rows: rows.length,
  };
};

/** The pages to learn from and the latest, held apart, which begin at row `heldFrom`. */
const partPages = (
  examples: RankerExamples,
): { learned: RankedGroups; held: RankedGroups; heldFrom: number } => {
  const starts: number[] = [];
  for (let row = 0; row < examples.rows; row++)
    if (row === 0 || examples.group[row] !== examples.group[row - 1]) starts.push(row);
  starts.push(examples.rows);
  const pages = starts.length - 1;
  const first = pages - Math.floor(pages * VALIDATED_SHARE);
  return {
    learned: groupsOf(examples, starts.slice(0, first + 1)),
    held: groupsOf(examples, starts.slice(first)),
    heldFrom: starts[first],
  };
};

const groupsOf = (
  { clicked, finished, examined }: RankerExamples,
  starts: readonly number[],
): RankedGroups => {
  const from = starts[0];
  const size = starts[starts.length - 1] - from;
  return {
    offsets: Uint32Array.from(starts, (start) => start - from),
    gain: Float32Array.from({ length: size }, (_, i) =>
      clicked[from + i] === 0 ? 0 : finished[from + i] === 1 ? FINISHED_GAIN : CLICKED_GAIN,
    ),
    weight: Float32Array.from({ length: size }, (_, i) => 1 / Math.max(examined[from + i], LEAST_EXAMINED)),
  };
};

/** Rows of the pages whose rows differ in gain: the others have no pair. */
const rowsToOrder = ({ offsets, gain }: RankedGroups): Uint32Array => {
  const rows: number[] = [];
  for (let g = 0; g + 1 < offsets.length; g++) {
    const page = gain.subarray(offsets[g], offsets[g + 1]);
    if (page.some((value) => value !== page[0]))
      for (let row = offsets[g]; row < offsets[g + 1]; row++) rows.push(row);
  }
  return Uint32Array.from(rows);
};
