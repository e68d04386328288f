import * as tf from '@tensorflow/tfjs';
import { queryVector, type TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import { dayOf } from '../domain/clock.ts';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { type Dataset, FINISHED_FRACTION } from '../domain/tables.ts';
import { RANKING_FEATURE_NAMES, writeRankingFeatures } from '../features/ranking-features.ts';
import { shuffleInPlace } from '../math/random.ts';
import { HEADS, type MultiTaskModel } from '../ranking/multi-task.ts';
import { type TasteModel, tasteMatch } from '../ranking/taste.ts';
import { exportLayer, variableOf } from './layers.ts';
import { clickLoss, createPositionTower, PLACE_SIZE, type PositionBias } from './position-bias.ts';
import { startingWeights } from './ranker-start.ts';
import type { ExaminationOf, Known, ReplayVisitor } from './replay.ts';

export interface RankerSettings {
  readonly hiddenSizes: readonly [number, number];
  readonly batchSize: number;
  readonly epochs: number;
  /** At the start; it falls linearly to a twentieth. */
  readonly learningRate: number;
  /** Share of the impressions without a click that are kept, each then counting 1 / share. */
  readonly keepUnclicked: number;
  /** Weight of the finish head's loss beside the click head's. */
  readonly finishWeight: number;
  /** Negatives drawn for each play where there are no impressions. */
  readonly sampledNegatives: number;
  /** How the click head's loss allows for places that are looked at less. */
  readonly positionBias: PositionBias;
}

export const RANKER_SETTINGS: RankerSettings = {
  hiddenSizes: [64, 32],
  batchSize: 1024,
  epochs: 4,
  learningRate: 0.008,
  keepUnclicked: 0.5,
  finishWeight: 1,
  sampledNegatives: 8,
  positionBias: 'examination',
};

const FEATURES = RANKING_FEATURE_NAMES.length;

/** Rows of features with what came of them, filled while the past is replayed. */
export interface RankerExamples {
  features: Float32Array; // [capacity, FEATURES]
  place: Uint8Array; // [capacity, PLACE_SIZE]: device, row, position
  examined: Float32Array; // P(examined)
  clicked: Float32Array; // 0 or 1
  /** 1 or 0 for a play that was finished or not, NaN where nothing was played. */
  finished: Float32Array;
  weight: Float32Array;
  /** The page, or the play with its negatives, that the row is of: counted from 0, never falling. */
  group: Uint32Array;
  rows: number;
}

export const emptyExamples = (capacity: number): RankerExamples => ({
  features: new Float32Array(capacity * FEATURES),
  place: new Uint8Array(capacity * PLACE_SIZE),
  examined: new Float32Array(capacity),
  clicked: new Float32Array(capacity),
  finished: new Float32Array(capacity),
  weight: new Float32Array(capacity),
  group: new Uint32Array(capacity),
  rows: 0,
});

/** Makes room for so many rows. */
export const reserve = (examples: RankerExamples, rows: number): void => {
  if (rows <= examples.weight.length) return;
  const capacity = Math.max(rows, Math.ceil(examples.weight.length * 1.5));
  const grow = (old: Float32Array, length: number): Float32Array => {
    const next = new Float32Array(length);
    next.set(old);
    return next;
  };
  examples.features = grow(examples.features, capacity * FEATURES);
  const place = new Uint8Array(capacity * PLACE_SIZE);
  place.set(examples.place);
  examples.place = place;
  examples.examined = grow(examples.examined, capacity);
  examples.clicked = grow(examples.clicked, capacity);
  examples.finished = grow(examples.finished, capacity);
  examples.weight = grow(examples.weight, capacity);
  const group = new Uint32Array(capacity);
  group.set(examples.group);
  examples.group = group;
};

/**
 * Collects training rows from `from` on: from impressions where the dataset has them, else from plays with
 * uniformly drawn negatives. Features are those known at the moment of the page or play. The two-tower
 * model must not have seen what comes after `from`, or its scores would be too good to learn from.
 */
export const collectRankerExamples = (options: {
  readonly dataset: Dataset;
  readonly model: TwoTowerModel;
  readonly taste: TasteModel;
  readonly from: number;
  readonly examination: ExaminationOf;
  readonly rng: Rng;
  readonly settings?: Partial<RankerSettings>;
}): { readonly visitor: ReplayVisitor; readonly examples: RankerExamples } => {
  const { dataset, model, taste, from, examination, rng } = options;
  const settings = { ...RANKER_SETTINGS, ...options.settings };
  const { plays, impressions, titles, vocabulary } = dataset;
  const examples = emptyExamples(65_536);
  const fractionOf = new Map<number, number>();
  if (impressions !== undefined) {
    for (let row = 0; row < plays.time.length; row++)
      fractionOf.set(plays.impression[row], plays.watchedFraction[row]);
  }

  const add = (
    member: number,
    at: number,
    device: number,
    items: readonly number[],
    known: Known,
  ): number => {
    const request = { at, device, profile: known.profileOf(member) };
    const affinity = {
      query: queryVector(model, request, vocabulary),
      itemVectors: model.itemVectors,
      dimension: model.dimension,
    };
    const first = examples.rows;
    reserve(examples, first + items.length);
    examples.group.fill(first === 0 ? 0 : examples.group[first - 1] + 1, first, first + items.length);
    writeRankingFeatures(
      examples.features,
      first * FEATURES,
      {
        request,
        affinity,
        taste: tasteMatch(taste, request.profile),
        counts: known.counts,
        titles,
        vocabulary,
      },
      items,
    );
    examples.rows += items.length;
    return first;
  };

  const page = (start: number, end: number, known: Known): void => {
    if (impressions === undefined || impressions.time[start] < from) return;
    const kept: number[] = [];
    for (let i = start; i < end; i++) {
      if (impressions.clicked[i] === 1 || rng.next() < settings.keepUnclicked) kept.push(i);
    }
    if (kept.length === 0) return;
    const { member, time, device, title, clicked, row, position } = impressions;
    const first = add(
      member[start],
      time[start],
      device[start],
      kept.map((i) => title[i]),
      known,
    );
    kept.forEach((i, k) => {
      examples.place.set([device[i], row[i], position[i]], (first + k) * PLACE_SIZE);
      examples.examined[first + k] = examination(device[i], row[i], position[i]);
      examples.clicked[first + k] = clicked[i];
      const fraction = fractionOf.get(i);
      examples.finished[first + k] =
        fraction === undefined ? Number.NaN : fraction >= FINISHED_FRACTION ? 1 : 0;
      examples.weight[first + k] = clicked[i] === 1 ? 1 : 1 / settings.keepUnclicked;
    });
  };

  const play = (row: number, known: Known): void => {
    if (plays.time[row] < from) return;
    const played = plays.title[row];
    const today = dayOf(plays.time[row]);
    const seen = known.profileOf(plays.member[row]).historyTitles;
    const items = [played];
    for (let tries = 0; items.length <= settings.sampledNegatives && tries < 100; tries++) {
      const title = Math.floor(rng.next() * titles.ids.length);
      if (title !== played && titles.releaseDay[title] <= today && !seen.includes(title)) items.push(title);
    }
    const first = add(plays.member[row], plays.time[row], plays.device[row], items, known);
    for (let k = 0; k < items.length; k++) {
      examples.place.set([plays.device[row], 0, 0], (first + k) * PLACE_SIZE);
      examples.examined[first + k] = 1;
      examples.clicked[first + k] = k === 0 ? 1 : 0;
      examples.finished[first + k] =
        k > 0 ? Number.NaN : plays.watchedFraction[row] >= FINISHED_FRACTION ? 1 : 0;
      examples.weight[first + k] = 1;
    }
  };
  return { visitor: impressions === undefined ? { play } : { page }, examples };
};

/** Mean and standard deviation of each feature; a feature that never varies gets 1. */
const scaleOf = (examples: RankerExamples): { mean: Float64Array; deviation: Float64Array } => {
  const mean = new Float64Array(FEATURES);
  const deviation = new Float64Array(FEATURES);
  for (let i = 0; i < examples.rows; i++)
    for (let f = 0; f < FEATURES; f++) mean[f] += examples.features[i * FEATURES + f] / examples.rows;
  for (let i = 0; i < examples.rows; i++) {
    for (let f = 0; f < FEATURES; f++) {
      deviation[f] += (examples.features[i * FEATURES + f] - mean[f]) ** 2 / examples.rows;
    }
  }
  for (let f = 0; f < FEATURES; f++)
    deviation[f] = Math.sqrt(deviation[f]) > 1e-6 ? Math.sqrt(deviation[f]) : 1;
  return { mean, deviation };
};

/**
 * The multi-task network, trained, where `positionBias` is `examination`, with
 *   loss = mean_i w_i [ BCE(clicked_i, e_i * p_click_i) + finishWeight * BCE(finished_i, p_finish_i) where played ]
 * e being P(examined): a title in a place nobody looks at is not taken for one that nobody wants.
 */
export const trainRanker = async (options: {
  readonly examples: RankerExamples;
  readonly rng: Rng;
  readonly settings?: Partial<RankerSettings>;
  readonly progress?: Progress;
}): Promise<{ model: MultiTaskModel; loss: number; examples: number; settings: RankerSettings }> => {
  const { examples, rng, progress = silentProgress } = options;
  const settings: RankerSettings = { ...RANKER_SETTINGS, ...options.settings };
  const { mean, deviation } = scaleOf(examples);
  const batchSize = Math.min(settings.batchSize, examples.rows);
  const steps = Math.floor(examples.rows / batchSize);
  const sizes = [FEATURES, ...settings.hiddenSizes, HEADS.length];
  const start = startingWeights({ sizes, names: RANKING_FEATURE_NAMES, deviation, rng: rng.fork('init') });
  const layers = start.map((weights, l) => ({
    weights: variableOf(tf.tensor2d(weights, [sizes[l], sizes[l + 1]])),
    bias: variableOf(tf.zeros([sizes[l + 1]])),
  }));
  const forward = (x: tf.Tensor2D): tf.Tensor2D =>
    layers.reduce((h, { weights, bias }, l) => {
      const out = tf.add(tf.matMul(h, weights as tf.Tensor2D), bias) as tf.Tensor2D;
      return l < layers.length - 1 ? tf.relu(out) : out;
    }, x);

  const places = new Uint8Array(batchSize * PLACE_SIZE);
  const tower =
    settings.positionBias === 'tower'
      ? createPositionTower(examples.place.subarray(0, examples.rows * PLACE_SIZE), rng.fork('tower'))
      : undefined;
  const optimizer = tf.train.adam(settings.learningRate);
  const x = new Float32Array(batchSize * FEATURES);
  const columns = ['examined', 'clicked', 'weight', 'finished', 'played'] as const;
  const batch = Object.fromEntries(columns.map((name) => [name, new Float32Array(batchSize)])) as Record<
    (typeof columns)[number],
    Float32Array
  >;
  const progressStep = progress.step('train ranker', settings.epochs * steps);
  let loss = Number.NaN;
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const epochRng = rng.fork(`epoch:${epoch}`);
    const order = shuffleInPlace(
      Uint32Array.from({ length: examples.rows }, (_, i) => i),
      () => epochRng.next(),
    );
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      for (let b = 0; b < batchSize; b++) {
        const i = order[step * batchSize + b];
        for (let f = 0; f < FEATURES; f++) {
          x[b * FEATURES + f] = (examples.features[i * FEATURES + f] - mean[f]) / deviation[f];
        }
        const played = !Number.isNaN(examples.finished[i]);
        for (let c = 0; c < PLACE_SIZE; c++) places[b * PLACE_SIZE + c] = examples.place[i * PLACE_SIZE + c];
        batch.examined[b] = examples.examined[i];
        batch.clicked[b] = examples.clicked[i];
        batch.weight[b] = examples.weight[i];
        batch.finished[b] = played ? examples.finished[i] : 0;
        batch.played[b] = played ? settings.finishWeight : 0;
      }
      const done = (epoch * steps + step) / (settings.epochs * steps);
      Object.assign(optimizer, { learningRate: settings.learningRate * (1 - 0.95 * done) }); // Adam reads it at each step
      sum += tf.tidy(() => {
        const inputs = tf.tensor2d(x, [batchSize, FEATURES]);
        const [examined, clicked, weight, finished, played] = columns.map((name) => tf.tensor1d(batch[name]));
        const cost = optimizer.minimize(() => {
          const logits = forward(inputs);
          // unstack would do, but has no kernel on simd
          const [click, finish] = tf.split(logits, HEADS.length, 1).map((head) => tf.squeeze(head, [1]));
          const clicks = clickLoss(settings.positionBias, click, clicked, examined, () =>
            tower === undefined ? tf.zerosLike(click) : tower.logit(places),
          );
          // BCE of a logit z: softplus(z) - y z
          const finishLoss = tf.mul(played, tf.sub(tf.softplus(finish), tf.mul(finished, finish)));
          return tf.mean(tf.mul(weight, tf.add(clicks, finishLoss))) as tf.Scalar;
        }, true) as tf.Scalar;
        return cost.dataSync()[0];
      });
      progressStep.advance(epoch * steps + step + 1, `loss ${(sum / (step + 1)).toFixed(4)}`);
      if (step % 8 === 0) await new Promise(setImmediate); // let signals and timers through
    }
    loss = sum / steps;
  }
  progressStep.end(
    `${(examples.rows * settings.epochs).toLocaleString('en')} examples, loss ${loss.toFixed(4)}`,
  );
  const exported = layers.map(({ weights, bias }, l) =>
    exportLayer(weights, bias, l < layers.length - 1 ? 'relu' : 'linear'),
  );
  const first = exported[0];
  for (let f = 0; f < FEATURES; f++) {
    // Fold the scaling into the first layer, so that it takes raw features: ((x - mean) / deviation) W.
    for (let o = 0; o < first.outputSize; o++) {
      const w = first.weights[f * first.outputSize + o] / deviation[f];
      first.weights[f * first.outputSize + o] = w;
      first.bias[o] -= mean[f] * w;
    }
  }
  optimizer.dispose();
  tower?.dispose();
  for (const { weights, bias } of layers) tf.dispose([weights, bias]);
  return {
    model: { featureNames: RANKING_FEATURE_NAMES, layers: exported },
    loss,
    examples: examples.rows * settings.epochs,
    settings,
  };
};
