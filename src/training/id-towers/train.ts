import { createFactorScorer, type FactorModel } from '../../candidate-gen/baselines/factor-scorer.ts';
import { type Interactions, itemsOf } from '../../domain/interactions.ts';
import { type Progress, silentProgress } from '../../domain/progress.ts';
import type { Rng } from '../../domain/rng.ts';
import { normalSource, shuffleInPlace, type Uniform } from '../../math/random.ts';
import type { SingularVectors } from '../../math/sparse-svd.ts';
import { type Bags, createSparseTable, type SparseTable } from '../sparse-adam.ts';
import { cosineContrastive, type LossInputs, sampledSoftmax } from './losses.ts';
import { negativeSource } from './negatives.ts';
import { type ItemTables, regressionStart } from './regression.ts';
import { checkIdTowerSettings, type IdTowerSettings, idTowerSettingsFor } from './settings.ts';
import { itemWeights, spectrumOf } from './spectrum.ts';
import { type HistoryRule, normaliseRows, splitHistories, throughScaling } from './tower.ts';

/** Steps over which the learning rate rises; it then falls in a straight line. */
const WARM_UP = 50;
const LAST_RATE = 0.01;

/**
 * Two towers over ids alone, for data that is only who took what. An item has an embedding, and another as
 * part of a history; a user is the weighted mean of those of its history, plus its own where that weighs anything,
 * scaled to length 1. Their product is the score; for the cosine contrastive loss items are scaled to length 1 too.
 * Embeddings start from a regression in the spectrum of the pairs, which is a good model already, and learn from there
 * to find what a part of a history does not show.
 * @throws MarqueeError (caller) on a setting out of range
 * @see Mao et al., SimpleX, CIKM 2021, for the history tower; `regressionStart` for the start
 */
export const trainIdTowers = async (
  train: Interactions,
  chosen: Partial<IdTowerSettings>,
  {
    rng,
    progress = silentProgress,
    spectrum = (settings) => spectrumOf(train, settings, settings.dimension, uniformOf(rng.fork('spectrum'))),
  }: {
    readonly rng: Rng;
    readonly progress?: Progress;
    /** The spectrum of `train`, of `dimension` vectors or more; default: found here. */
    readonly spectrum?: (settings: IdTowerSettings) => SingularVectors;
  },
): Promise<FactorModel> => {
  const settings = { ...idTowerSettingsFor(train), ...chosen };
  checkIdTowerSettings(settings);
  const { dimension, epochs, batchUsers } = settings;
  const { userCount, itemCount } = train;
  const uniform = uniformOf(rng);
  const startStep = progress.step('start two towers', 1);
  const start =
    settings.start === 'random'
      ? drawnTables(itemCount, dimension, uniform)
      : regressionStart(train, spectrum(settings), settings);
  startStep.end();
  const histories = createSparseTable(start.histories, dimension);
  const items = createSparseTable(start.items, dimension);
  const users =
    settings.userIdWeight > 0
      ? createSparseTable(
          settings.start === 'random'
            ? drawnTable(userCount, dimension, uniform)
            : new Float32Array(userCount * dimension),
          dimension,
        )
      : undefined;
  const rule: HistoryRule = {
    weights: itemWeights(train, settings.historyDegreePower),
    halfLife: settings.historyHalfLife,
  };
  const queryTower = { histories, users, userIdWeight: settings.userIdWeight, dimension };
  const cosine = settings.loss === 'cosine-contrastive';
  const active = Uint32Array.from({ length: userCount }, (_, u) => u).filter(
    (u) => itemsOf(train, u).length > 0,
  );
  const steps = Math.ceil(active.length / batchUsers);
  const draws = negativeSource(train, settings);
  const columnOf = new Int32Array(itemCount).fill(-1);
  const keep = { chance: settings.historyShown, uniform };
  // one pair more or less, and one step more or less, must not change the size of a step
  const perPair = active.length / train.items.length / batchUsers / Math.max(0.05, soughtShare(settings));

  /** One step on the pairs of some users; returns the loss. */
  const step = (batch: Uint32Array, learningRate: number): number => {
    const { columns, logQ } = draws(uniform);
    const { shown, starts, targets } = splitHistories(train, batch, rule, keep);
    const all = Array.from(columns);
    for (let j = 0; j < all.length; j++) columnOf[all[j]] = j;
    const positives = targets.map((item) => {
      if (columnOf[item] < 0) columnOf[item] = all.push(item) - 1;
      return columnOf[item];
    });
    for (const item of all) columnOf[item] = -1;
    const ids = idBags(batch, () => settings.userIdDropout === 0 || uniform() >= settings.userIdDropout);
    const query = queries(queryTower, shown, ids);
    const itemBags = idBags(Uint32Array.from(all));
    const itemVectors = items.lookUp(itemBags);
    const itemScales = cosine ? normaliseRows(itemVectors, dimension) : undefined;
    const inputs: LossInputs = {
      dimension,
      queries: query.vectors,
      items: itemVectors,
      negatives: columns.length,
      hardest: Math.ceil(settings.hardNegatives * columns.length),
      logQ,
      starts,
      positives,
      weights: new Float32Array(positives.length).fill(perPair),
    };
    const { loss, queryGradient, itemGradient } = cosine
      ? cosineContrastive(inputs, settings)
      : sampledSoftmax(inputs, settings.temperature);
    throughScaling(queryGradient, query.vectors, query.scales, dimension);
    if (itemScales !== undefined) throughScaling(itemGradient, itemVectors, itemScales, dimension);
    items.learn(itemBags, itemGradient, learningRate);
    histories.learn(shown, queryGradient, learningRate);
    if (users !== undefined) {
      for (let i = 0; i < queryGradient.length; i++) queryGradient[i] *= settings.userIdWeight;
      users.learn(ids, queryGradient, learningRate);
    }
    return loss;
  };

  try {
    const rate = settings.learningRate / Math.sqrt(dimension);
    const progressStep = progress.step('train two towers', epochs * steps);
    let last = Number.NaN;
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffleInPlace(active, uniform);
      let loss = 0;
      for (let s = 0; s < steps; s++) {
        const done = epoch * steps + s;
        const rise = Math.min(1, (done + 1) / WARM_UP);
        const fall = Math.max(LAST_RATE, 1 - done / (epochs * steps));
        loss += step(active.subarray(s * batchUsers, (s + 1) * batchUsers), rate * rise * fall);
        progressStep.advance(done + 1, `loss ${(loss / (s + 1)).toFixed(3)}`);
        if (s % 8 === 0) await new Promise(setImmediate); // let signals and timers through
      }
      last = loss / steps;
    }
    progressStep.end(epochs === 0 ? 'not needed' : `${epochs} epochs, loss ${last.toFixed(3)}`);
    const everyone = Uint32Array.from({ length: userCount }, (_, u) => u);
    const { shown } = splitHistories(train, everyone, rule);
    const userFactors = queries(queryTower, shown, idBags(everyone)).vectors;
    const itemFactors = items.values.slice();
    if (cosine) normaliseRows(itemFactors, dimension);
    const sizes = { userCount, itemCount, factors: dimension };
    return createFactorScorer({ name: 'two-tower', ...sizes, userFactors, itemFactors });
  } finally {
    for (const table of [users, histories, items]) table?.free();
  }
};

const uniformOf =
  (rng: Rng): Uniform =>
  () =>
    rng.next();

/** Rows of about length 1. */
const drawnTable = (rows: number, dimension: number, uniform: Uniform): Float32Array => {
  const normal = normalSource(uniform);
  return Float32Array.from({ length: rows * dimension }, () => normal() / Math.sqrt(dimension));
};

/** The same start for both uses of an item. */
const drawnTables = (itemCount: number, dimension: number, uniform: Uniform): ItemTables => {
  const items = drawnTable(itemCount, dimension, uniform);
  return { histories: items, items };
};

const soughtShare = ({ historyShown }: IdTowerSettings): number =>
  historyShown === 1 ? 1 : 1 - historyShown;

/** The query tower: users' vectors, of length 1, and what each was multiplied by to be so. */
const queries = (
  {
    histories,
    users,
    userIdWeight,
    dimension,
  }: {
    readonly histories: SparseTable;
    readonly users: SparseTable | undefined;
    readonly userIdWeight: number;
    readonly dimension: number;
  },
  shown: Bags,
  ids: Bags,
): { readonly vectors: Float32Array; readonly scales: Float32Array } => {
  const vectors = histories.lookUp(shown);
  if (users !== undefined) {
    const own = users.lookUp(ids);
    for (let i = 0; i < vectors.length; i++) vectors[i] += userIdWeight * own[i];
  }
  return { vectors, scales: normaliseRows(vectors, dimension) };
};

/** A bag for each row, with the row itself in it where it shows. */
const idBags = (rows: Uint32Array, shows: () => boolean = () => true): Bags => {
  const offsets = new Uint32Array(rows.length + 1);
  const ids = new Uint32Array(rows.length);
  let end = 0;
  for (let r = 0; r < rows.length; r++) {
    if (shows()) ids[end++] = rows[r];
    offsets[r + 1] = end;
  }
  return { ids: ids.subarray(0, end), weights: new Float32Array(end).fill(1), offsets };
};
