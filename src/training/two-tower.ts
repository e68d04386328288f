import * as tf from '@tensorflow/tfjs';
import { historyWeight, POOLED_HISTORY, type TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import type { Dataset } from '../domain/tables.ts';
import { ACTIVITY_SIZE, type TitlesKnown, writeActivityFeatures } from '../features/activity-features.ts';
import { contentFeatureSize, writeContentFeatures } from '../features/content-features.ts';
import { queryFeatureSize, writeQueryFeatures } from '../features/query-features.ts';
import { type DenseLayer, denseForward } from '../math/dense.ts';
import { normalSource } from '../math/random.ts';
import { type InBatchSoftmaxOptions, inBatchSoftmax } from '../tensor/fused-softmax.ts';
import { createLearnedWeight, type LearnedWeight } from './dense-adam.ts';
import { type Bags, createSparseTable } from './sparse-adam.ts';
import { type Example, epochOrder, examplesSinceRelease } from './two-tower-examples.ts';

export interface TwoTowerSettings {
  readonly dimension: number;
  readonly hiddenSize: number;
  readonly batchSize: number;
  /** At most; fewer where the validation part says that more do harm. */
  readonly epochs: number;
  readonly learningRate: number;
  readonly tableLearningRate: number;
  /** Share of examples whose positive is shown without its id, so that content alone must do. */
  readonly idDropout: number;
  /**
   * Plays of a title at which its id counts half: after n of them it weighs n / (n + idHalfPlays), so that what few
   * plays say of a title does not drown what its content says. 0: each id counts in full.
   */
  readonly idHalfPlays: number;
  /** Whether the query tower lets the pooled history through as it is when training starts. */
  readonly historyThrough: boolean;
  /** Whether titles are known by their content, and by what happened to them, beside their id. */
  readonly content: boolean;
  /**
   * Whether titles are learned about in their own time: a batch is of plays of about the same days, so that what was
   * not released yet is no negative, and what happened to a title up to then is part of its content.
   */
  readonly inTime: boolean;
}

/** `idHalfPlays` is of 0, 5, 20, 50, 150 and 400, by the towers' own validation and cold titles in worlds of other seeds (1, 2). */
export const TWO_TOWER_SETTINGS: TwoTowerSettings = {
  dimension: 64,
  hiddenSize: 128,
  batchSize: 1024,
  epochs: 8,
  learningRate: 0.002,
  tableLearningRate: 0.003,
  idDropout: 0.1,
  idHalfPlays: 50,
  historyThrough: false,
  content: true,
  inTime: true,
};

/**
 * Adds to a query tower's two layers what lets the pooled history through, relu(x) - relu(-x) = x, so that the
 * model starts from products of what was played and what is proposed, and learns the rest on top.
 * @see Kabbur, Ning & Karypis, "FISM: factored item similarity models for top-N recommender systems", KDD 2013
 */
const passHistoryThrough = (
  first: Float32Array, // [inputs, hiddenSize]
  second: Float32Array, // [hiddenSize, dimension]
  { dimension, hiddenSize }: Pick<TwoTowerSettings, 'dimension' | 'hiddenSize'>,
): void => {
  const passed = Math.min(dimension, Math.floor(hiddenSize / 2));
  for (let d = 0; d < passed; d++) {
    for (const [unit, sign] of [
      [d, 1],
      [passed + d, -1],
    ]) {
      first[d * hiddenSize + unit] += sign;
      second[unit * dimension + d] += sign;
    }
  }
};

/** Factor of the learning rates from one epoch to the next. */
const EPOCH_DECAY = 0.8;

const normalArray = (length: number, deviation: number, rng: Rng): Float32Array => {
  const normal = normalSource(() => rng.next());
  return Float32Array.from({ length }, () => deviation * normal());
};

export interface TrainedTwoTower {
  /** As it was after the epoch that validated best. */
  readonly model: TwoTowerModel;
  /** The same with what is known of titles at another moment: how old they are, and what happened to them. */
  readonly modelAt: (known: TitlesKnown) => TwoTowerModel;
  /** Mean loss of that epoch. */
  readonly loss: number;
  /** What `validate` said of it; NaN without one. */
  readonly validation: number;
  /** Epochs up to and with that one. */
  readonly epochs: number;
  /** Examples gone through up to the end of that epoch. */
  readonly examples: number;
  readonly settings: TwoTowerSettings;
}

/**
 * A two-tower model trained on plays with in-batch negatives.
 *   loss = mean_i -log softmax_i(q_i . v_j - log Q_j),  Q_j = share of the examples whose positive is j
 * An accidental hit (another example's positive that is the same title) is no negative. The query tower is
 * an MLP over the pooled history and the query features; the item tower is an id embedding plus an MLP
 * over content, so that a title nobody played has a vector too; the fewer plays, the less the id weighs.
 * @see Yi et al., "Sampling-bias-corrected neural modeling for large corpus item recommendations", RecSys 2019
 */
export const trainTwoTower = async (options: {
  readonly dataset: Dataset;
  readonly examples: readonly Example[];
  /** What the item vectors of `model` are of: it sets the titles' ages, and what happened to them. */
  readonly known: TitlesKnown;
  readonly rng: Rng;
  /** How good a model is on a validation part, more being better. Training ends where this stops rising, if ever. */
  readonly validate?: (model: TwoTowerModel) => Promise<number>;
  readonly settings?: Partial<TwoTowerSettings>;
  readonly progress?: Progress;
}): Promise<TrainedTwoTower> => {
  const { dataset, examples, known, rng, validate, progress = silentProgress } = options;
  const settings: TwoTowerSettings = { ...TWO_TOWER_SETTINGS, ...options.settings };
  const { titles, vocabulary } = dataset;
  const titleCount = titles.ids.length;
  const { dimension, hiddenSize, epochs } = settings;
  const batchSize = Math.min(settings.batchSize, examples.length);
  const querySize = dimension + queryFeatureSize(vocabulary);
  const plainSize = contentFeatureSize(vocabulary);
  const contentSize = plainSize + (settings.inTime ? ACTIVITY_SIZE : 0);

  const init = rng.fork('init');
  const historyTable = createSparseTable(
    normalArray(titleCount * dimension, 0.1, init.fork('history')),
    dimension,
  );
  const idTable = createSparseTable(normalArray(titleCount * dimension, 0.05, init.fork('id')), dimension);
  const weight = (name: string, shape: [number, number] | [number], fanIn: number): LearnedWeight => {
    const length = shape.reduce((product, n) => product * n, 1);
    const values =
      shape.length === 1
        ? new Float32Array(length)
        : normalArray(length, Math.sqrt(1 / fanIn), init.fork(name));
    return createLearnedWeight(values, shape);
  };
  const weights = {
    query1: weight('query1', [querySize, hiddenSize], querySize),
    queryBias1: weight('queryBias1', [hiddenSize], 1),
    query2: weight('query2', [hiddenSize, dimension], hiddenSize),
    queryBias2: weight('queryBias2', [dimension], 1),
    content1: weight('content1', [contentSize, dimension], contentSize),
    contentBias1: weight('contentBias1', [dimension], 1),
    content2: weight('content2', [dimension, dimension], dimension),
    contentBias2: weight('contentBias2', [dimension], 1),
  };
  if (settings.historyThrough)
    passHistoryThrough(weights.query1.values, weights.query2.values, { dimension, hiddenSize });
  const names = Object.keys(weights) as (keyof typeof weights)[];

  const frequency = new Float64Array(titleCount);
  for (const { title } of examples) frequency[title]++;
  const idWeight = Float32Array.from(frequency, (n) => (n === 0 ? 0 : n / (n + settings.idHalfPlays))); // one never trained is noise
  const since = settings.inTime ? examplesSinceRelease(examples, titles) : () => examples.length;
  const logQ = Float32Array.from(frequency, (n, title) => Math.log(Math.max(n, 1) / since(title)));

  /** Mean loss of a batch, of what was looked up on the host and of the dense weights. */
  const lossOf = (
    query: tf.Tensor,
    id: tf.Tensor,
    content: tf.Tensor,
    softmax: InBatchSoftmaxOptions,
    w: tf.Tensor[],
  ): tf.Scalar => {
    const queryVectors = dense(tf.relu(dense(query, w[0], w[1])), w[2], w[3]);
    const itemVectors = tf.add(id, dense(tf.relu(dense(content, w[4], w[5])), w[6], w[7]));
    return inBatchSoftmax(queryVectors as tf.Tensor2D, itemVectors as tf.Tensor2D, softmax);
  };

  const query = new Float32Array(batchSize * querySize);
  const content = new Float32Array(batchSize * contentSize);
  const batchIds = new Int32Array(batchSize);
  const batchLogQ = new Float32Array(batchSize);
  const batchProfiles: MemberProfile[] = Array.from({ length: batchSize }, () => examples[0].profile);
  const shownTitles = new Uint32Array(batchSize); // of the examples whose positive keeps its id
  const shownOffsets = new Uint32Array(batchSize + 1);
  const shownWeights = new Float32Array(batchSize);
  const stepsPerEpoch = Math.floor(examples.length / batchSize);
  const layer = (
    w: keyof typeof weights,
    b: keyof typeof weights,
    activation: DenseLayer['activation'],
  ): DenseLayer => ({
    inputSize: weights[w].shape[0],
    outputSize: weights[w].shape[1],
    weights: weights[w].values.slice(),
    bias: weights[b].values.slice(),
    activation,
  });
  /** What was learned up to now, for any moment. */
  const modelNow = (): TrainedTwoTower['modelAt'] => {
    const shared = {
      dimension,
      historySize: dimension,
      historyEmbedding: historyTable.values.slice(),
      queryLayers: [layer('query1', 'queryBias1', 'relu'), layer('query2', 'queryBias2', 'linear')],
    };
    const contentLayers = [
      layer('content1', 'contentBias1', 'relu'),
      layer('content2', 'contentBias2', 'linear'),
    ];
    const ids = idTable.values.slice();
    return (then) => {
      const contentRows = new Float32Array(titleCount * contentSize);
      for (let t = 0; t < titleCount && settings.content; t++) {
        const next = writeContentFeatures(contentRows, t * contentSize, titles, t, then.at, vocabulary);
        if (settings.inTime) writeActivityFeatures(contentRows, next, t, then, titles);
      }
      const itemVectors = denseForward(contentLayers, contentRows, titleCount);
      for (let t = 0; t < titleCount; t++) {
        for (let d = 0; d < dimension; d++)
          itemVectors[t * dimension + d] += idWeight[t] * ids[t * dimension + d];
      }
      return { ...shared, itemVectors };
    };
  };

  const progressStep = progress.step('train two towers', epochs * stepsPerEpoch);
  let best: TrainedTwoTower | undefined;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const epochRng = rng.fork(`epoch:${epoch}`);
      const order = epochOrder(examples.length, settings.inTime ? batchSize : examples.length, epochRng);
      const decay = EPOCH_DECAY ** epoch; // later epochs settle what the first found
      let sum = 0;
      for (let step = 0; step < stepsPerEpoch; step++) {
        for (let b = 0; b < batchSize; b++) {
          const example = examples[order[step * batchSize + b]];
          writeQueryFeatures(query, b * querySize + dimension, example, vocabulary);
          if (settings.content) {
            const from = b * contentSize;
            const next = writeContentFeatures(content, from, titles, example.title, example.at, vocabulary);
            if (settings.inTime) content.set(example.activity, next);
          }
          const shown = shownOffsets[b];
          shownTitles[shown] = example.title;
          shownWeights[shown] = idWeight[example.title];
          shownOffsets[b + 1] = epochRng.next() < settings.idDropout ? shown : shown + 1;
          batchIds[b] = example.title;
          batchLogQ[b] = logQ[example.title];
          batchProfiles[b] = example.profile;
        }
        const histories = historyBags(batchProfiles);
        const shown = shownOffsets[batchSize];
        const ids: Bags = {
          ids: shownTitles.subarray(0, shown),
          weights: shownWeights.subarray(0, shown),
          offsets: shownOffsets,
        };
        const pooled = historyTable.lookUp(histories);
        for (let b = 0; b < batchSize; b++)
          query.set(pooled.subarray(b * dimension, (b + 1) * dimension), b * querySize);
        const idRows = idTable.lookUp(ids);
        let queryGradient = new Float32Array(0);
        let idGradient = queryGradient;
        sum += tf.tidy(() => {
          const inputs = [
            tf.tensor2d(query, [batchSize, querySize]),
            tf.tensor2d(idRows, [batchSize, dimension]),
            tf.tensor2d(content, [batchSize, contentSize]),
          ] as const;
          const withGradients = tf.valueAndGrads((...all: tf.Tensor[]) =>
            lossOf(all[0], all[1], inputs[2], { logQ: batchLogQ, ids: batchIds }, all.slice(2)),
          );
          const { value, grads } = withGradients([
            inputs[0],
            inputs[1],
            ...names.map((name) => weights[name].tensor()),
          ]);
          for (const [i, name] of names.entries()) weights[name].learn(grads[i + 2], settings.learningRate);
          queryGradient = grads[0].dataSync() as Float32Array<ArrayBuffer>;
          idGradient = grads[1].dataSync() as Float32Array<ArrayBuffer>;
          return value.dataSync()[0]; // a typed array returned from here would be walked value by value
        });
        for (let b = 0; b < batchSize; b++)
          pooled.set(queryGradient.subarray(b * querySize, b * querySize + dimension), b * dimension);
        idTable.learn(ids, idGradient, settings.tableLearningRate * decay);
        historyTable.learn(histories, pooled, settings.tableLearningRate * decay);
        progressStep.advance(epoch * stepsPerEpoch + step + 1, `loss ${(sum / (step + 1)).toFixed(3)}`);
        if (step % 8 === 0) await new Promise(setImmediate); // let signals and timers through
      }
      const modelAt = modelNow();
      const model = modelAt(known);
      const validation = validate === undefined ? Number.NaN : await validate(model);
      if (best !== undefined && validation <= best.validation) break;
      const seen = examples.length * (epoch + 1);
      const loss = sum / stepsPerEpoch;
      best = { model, modelAt, loss, validation, epochs: epoch + 1, examples: seen, settings };
    }
  } finally {
    for (const held of [historyTable, idTable, ...Object.values(weights)]) held.free();
  }
  if (best === undefined) throw new RangeError(`two-tower: epochs: expected at least 1, got ${epochs}`);
  progressStep.end(
    `${best.examples.toLocaleString('en')} examples, loss ${best.loss.toFixed(3)}${validate === undefined ? '' : `, validation ${best.validation.toFixed(3)}`}`,
  );
  return best;
};

const dense = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor =>
  tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b);

/** What `poolHistory` pools, as a bag for each profile: the weights of a bag sum to 1. */
const historyBags = (profiles: readonly MemberProfile[]): Bags => {
  const ids = new Uint32Array(profiles.length * POOLED_HISTORY);
  const weights = new Float32Array(profiles.length * POOLED_HISTORY);
  const offsets = new Uint32Array(profiles.length + 1);
  let end = 0;
  for (let b = 0; b < profiles.length; b++) {
    const { historyTitles, historyFractions } = profiles[b];
    const start = end;
    const last = historyTitles.length - 1;
    let total = 0;
    for (let i = last; i >= 0 && last - i < POOLED_HISTORY; i--) {
      ids[end] = historyTitles[i];
      total += weights[end++] = historyWeight(last - i, historyFractions[i]);
    }
    for (let l = start; l < end; l++) weights[l] /= total;
    offsets[b + 1] = end;
  }
  return { ids: ids.subarray(0, end), weights: weights.subarray(0, end), offsets };
};
