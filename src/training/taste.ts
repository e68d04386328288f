import * as tf from '@tensorflow/tfjs';
import { type Progress, silentProgress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { type Dataset, FINISHED_FRACTION } from '../domain/tables.ts';
import { ageDays, freshness, runtimeHours } from '../features/content-features.ts';
import {
  TASTE_GENRE_SIZE,
  tasteContentSize,
  writeTasteContent,
  writeTasteFeatures,
} from '../features/taste-features.ts';
import { clickLift, finishLift } from '../features/title-counts.ts';
import { type DenseLayer, denseForward } from '../math/dense.ts';
import { shuffleInPlace } from '../math/random.ts';
import { noTaste, type TasteModel } from '../ranking/taste.ts';
import { createLearnedWeight, type LearnedWeight } from './dense-adam.ts';
import type { ExaminationOf, Known, ReplayVisitor } from './replay.ts';

export interface TasteSettings {
  readonly size: number;
  readonly genreHiddenSize: number;
  readonly hiddenSize: number;
  readonly pagesPerBatch: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Share of the impressions without a click that are kept, each then counting 1 / share. */
  readonly keepUnclicked: number;
}

export const TASTE_SETTINGS: TasteSettings = {
  size: 16,
  genreHiddenSize: 32,
  hiddenSize: 64,
  pagesPerBatch: 128,
  epochs: 4,
  learningRate: 0.01,
  keepUnclicked: 0.25,
};

/** What draws clicks and finishes beside taste: lifts, age, running time and device, so that taste need not. */
const CONTEXT_SIZE = 7;
const CONTEXT_HIDDEN = 16;

/** Pages with the member as known just before, and of each the impressions that were kept. */
export interface TasteExamples {
  pages: number;
  members: Float32Array; // [capacity, genres, TASTE_GENRE_SIZE]
  readonly country: number[]; // [pages]
  readonly firstRow: number[]; // [pages + 1]
  readonly title: number[]; // [rows]
  readonly context: number[]; // [rows, CONTEXT_SIZE]
  readonly examined: number[];
  readonly clicked: number[];
  /** 1 or 0 for a play that was finished or not, NaN where nothing was played. */
  readonly finished: number[];
  readonly weight: number[];
}

/** Collects the pages that a replay goes through. */
export const collectTasteExamples = (options: {
  readonly dataset: Dataset;
  readonly examination: ExaminationOf;
  readonly rng: Rng;
  readonly settings?: Partial<TasteSettings>;
}): { readonly visitor: ReplayVisitor; readonly examples: TasteExamples } => {
  const { dataset, examination, rng } = options;
  const { plays, impressions, titles, vocabulary } = dataset;
  const { keepUnclicked } = { ...TASTE_SETTINGS, ...options.settings };
  const inputs = vocabulary.genres.length * TASTE_GENRE_SIZE;
  const examples: TasteExamples = {
    pages: 0,
    members: new Float32Array(1_024 * inputs),
    country: [],
    firstRow: [0],
    title: [],
    context: [],
    examined: [],
    clicked: [],
    finished: [],
    weight: [],
  };
  if (impressions === undefined) return { visitor: {}, examples };
  const fractionOf = new Map<number, number>();
  for (let row = 0; row < plays.time.length; row++)
    fractionOf.set(plays.impression[row], plays.watchedFraction[row]);
  const [tv, mobile] = ['tv', 'mobile'].map((name) => vocabulary.devices.indexOf(name));

  const page = (start: number, end: number, known: Known): void => {
    const { member, time, device: devices, title, clicked, row, position } = impressions;
    const [at, device] = [time[start], devices[start]];
    for (let i = start; i < end; i++) {
      if (clicked[i] !== 1 && rng.next() >= keepUnclicked) continue;
      const t = title[i];
      const hours = runtimeHours(titles, t);
      const fraction = fractionOf.get(i);
      examples.title.push(t);
      examples.context.push(
        clickLift(known.counts, t),
        finishLift(known.counts, t),
        freshness(titles, t, at),
        Math.log1p(ageDays(titles, t, at)) / 9,
        hours,
        device === tv ? hours : 0,
        device === mobile ? hours : 0,
      );
      examples.examined.push(examination(device, row[i], position[i]));
      examples.clicked.push(clicked[i]);
      examples.finished.push(fraction === undefined ? Number.NaN : fraction >= FINISHED_FRACTION ? 1 : 0);
      examples.weight.push(clicked[i] === 1 ? 1 : 1 / keepUnclicked);
    }
    if (examples.title.length === examples.firstRow[examples.pages]) return;
    if ((examples.pages + 1) * inputs > examples.members.length) {
      const grown = new Float32Array(2 * examples.members.length);
      grown.set(examples.members);
      examples.members = grown;
    }
    const profile = known.profileOf(member[start]);
    writeTasteFeatures(examples.members, examples.pages * inputs, profile);
    examples.country.push(profile.country);
    examples.pages++;
    examples.firstRow.push(examples.title.length);
  };
  return { visitor: { page }, examples };
};

const perceptron = (x: tf.Tensor2D, [w1, b1, w2, b2]: readonly tf.Tensor[]): tf.Tensor2D =>
  tf.add(
    tf.matMul(tf.relu(tf.add(tf.matMul(x, w1 as tf.Tensor2D), b1)) as tf.Tensor2D, w2 as tf.Tensor2D),
    b2,
  );

/**
 * A taste model, trained on every kept impression with
 *   interest = softmax_g(phi(numbers of genre g) + country_g),  m = perceptron(interest),  v = perceptron(content)
 *   click logit = m_c . v_c + context_c,  finish logit = m_f . v_f + context_f
 *   loss = mean_i w_i [ BCE(clicked_i, e_i sigmoid(click logit)) + BCE(finished_i, sigmoid(finish logit)) where played ]
 * phi is one network for all genres. Context is what draws everybody, learned beside and thrown away. The learning
 * rate falls linearly to a twentieth.
 */
export const trainTaste = async (options: {
  readonly dataset: Dataset;
  readonly examples: TasteExamples;
  readonly rng: Rng;
  readonly settings?: Partial<TasteSettings>;
  readonly progress?: Progress;
}): Promise<TasteModel> => {
  const { dataset, examples, rng, progress = silentProgress } = options;
  const settings: TasteSettings = { ...TASTE_SETTINGS, ...options.settings };
  const { size, hiddenSize, pagesPerBatch, epochs, learningRate } = settings;
  const { titles, vocabulary } = dataset;
  const { pages, firstRow } = examples;
  const titleCount = titles.ids.length;
  if (pages === 0) return noTaste(titleCount);
  const genres = vocabulary.genres.length;
  const countries = vocabulary.countries.length;
  const inputs = genres * TASTE_GENRE_SIZE;
  const contentSize = tasteContentSize(vocabulary);
  const { mean, deviation } = scaleOfGenres(examples, genres);
  const content = new Float32Array(titleCount * contentSize);
  for (let t = 0; t < titleCount; t++) writeTasteContent(content, t * contentSize, titles, t, vocabulary);

  const init = rng.fork('init');
  const matrix = (rows: number, columns: number, deviation: number): LearnedWeight =>
    createLearnedWeight(
      Float32Array.from({ length: rows * columns }, () => deviation * (init.next() - 0.5) * Math.sqrt(12)),
      [rows, columns],
    );
  const network = (from: number, hidden: number, to: number, gain = 1): LearnedWeight[] => [
    matrix(from, hidden, gain / Math.sqrt(from)),
    createLearnedWeight(new Float32Array(hidden), [hidden]),
    matrix(hidden, to, 1 / Math.sqrt(hidden)),
    createLearnedWeight(new Float32Array(to), [to]),
  ];
  const genreNet = network(TASTE_GENRE_SIZE, settings.genreHiddenSize, 1);
  const memberNet = network(genres, hiddenSize, 2 * size, 3); // shares of interest are small numbers
  const titleNet = network(contentSize, hiddenSize, 2 * size);
  const contextNet = network(CONTEXT_SIZE, CONTEXT_HIDDEN, 2);
  const countryTable = createLearnedWeight(new Float32Array(countries * genres), [countries, genres]);
  const weights = [...genreNet, ...memberNet, ...titleNet, ...contextNet, countryTable];
  const scale = 1 / Math.sqrt(size);
  // [2 size, 2]: sums the products of the first half into the click, of the second into the finish
  const halves = Float32Array.from({ length: 4 * size }, (_, i) =>
    i % 2 === (i < 2 * size ? 0 : 1) ? scale : 0,
  );

  const batchPages = Math.min(pagesPerBatch, pages);
  const steps = Math.floor(pages / batchPages);
  const lossOf = (chosen: Uint32Array): ((...w: tf.Tensor[]) => tf.Scalar) => {
    let rows = 0;
    for (const p of chosen) rows += firstRow[p + 1] - firstRow[p];
    const members = new Float32Array(chosen.length * inputs);
    const country = new Float32Array(chosen.length * countries);
    const owner = new Int32Array(rows);
    const contents = new Float32Array(rows * contentSize);
    const contexts = new Float32Array(rows * CONTEXT_SIZE);
    const columns = ['examined', 'clicked', 'weight', 'finished', 'played'] as const;
    const batch = columns.map(() => new Float32Array(rows));
    let k = 0;
    chosen.forEach((p, b) => {
      for (let f = 0; f < inputs; f++) {
        const centred = examples.members[p * inputs + f] - mean[f];
        members[b * inputs + f] = centred / deviation[f % TASTE_GENRE_SIZE];
      }
      country[b * countries + examples.country[p]] = 1;
      for (let i = firstRow[p]; i < firstRow[p + 1]; i++, k++) {
        owner[k] = b;
        const t = examples.title[i] * contentSize;
        contents.set(content.subarray(t, t + contentSize), k * contentSize);
        for (let c = 0; c < CONTEXT_SIZE; c++)
          contexts[k * CONTEXT_SIZE + c] = examples.context[i * CONTEXT_SIZE + c];
        const played = !Number.isNaN(examples.finished[i]);
        batch[0][k] = examples.examined[i];
        batch[1][k] = examples.clicked[i];
        batch[2][k] = examples.weight[i];
        batch[3][k] = played ? examples.finished[i] : 0;
        batch[4][k] = played ? 1 : 0;
      }
    });
    const x = tf.tensor2d(members, [chosen.length * genres, TASTE_GENRE_SIZE]);
    const from = tf.tensor2d(country, [chosen.length, countries]);
    const y = tf.tensor2d(contents, [rows, contentSize]);
    const z = tf.tensor2d(contexts, [rows, CONTEXT_SIZE]);
    const [examined, clicked, weight, finished, played] = batch.map((column) => tf.tensor1d(column));
    return (...w) => {
      const byGenre = tf.reshape(perceptron(x, w.slice(0, 4)), [chosen.length, genres]);
      const interest = tf.softmax(tf.add(byGenre, tf.matMul(from, w[16] as tf.Tensor2D))) as tf.Tensor2D;
      const member = tf.gather(perceptron(interest, w.slice(4, 8)), tf.tensor1d(owner, 'int32'));
      const products = tf.mul(member, perceptron(y, w.slice(8, 12))) as tf.Tensor2D;
      const logits = tf.add(
        tf.matMul(products, tf.tensor2d(halves, [2 * size, 2])),
        perceptron(z, w.slice(12, 16)),
      );
      const [click, finish] = tf.split(logits, 2, 1).map((head) => tf.squeeze(head, [1]));
      const p = tf.clipByValue(tf.mul(examined, tf.sigmoid(click)), 1e-6, 1 - 1e-6);
      const clickLoss = tf.neg(
        tf.add(tf.mul(clicked, tf.log(p)), tf.mul(tf.sub(1, clicked), tf.log(tf.sub(1, p)))),
      );
      const finishLoss = tf.mul(played, tf.sub(tf.softplus(finish), tf.mul(finished, finish)));
      return tf.mean(tf.mul(weight, tf.add(clickLoss, finishLoss)));
    };
  };

  const step = progress.step('train taste', epochs * steps);
  let last = Number.NaN;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const epochRng = rng.fork(`epoch:${epoch}`);
    const order = shuffleInPlace(
      Uint32Array.from({ length: pages }, (_, p) => p),
      () => epochRng.next(),
    );
    let sum = 0;
    for (let s = 0; s < steps; s++) {
      const done = epoch * steps + s;
      const rate = learningRate * (1 - (0.95 * done) / (epochs * steps));
      sum += tf.tidy(() => {
        const loss = lossOf(order.subarray(s * batchPages, (s + 1) * batchPages));
        const { value, grads } = tf.valueAndGrads(loss)(weights.map((w) => w.tensor()));
        weights.forEach((w, i) => {
          w.learn(grads[i], rate);
        });
        return value.dataSync()[0];
      });
      step.advance(done + 1, `loss ${(sum / (s + 1)).toFixed(4)}`);
      if (s % 8 === 0) await new Promise(setImmediate); // let signals and timers through
    }
    last = sum / steps;
  }
  step.end(`${(pages * epochs).toLocaleString('en')} pages, loss ${last.toFixed(4)}`);

  const layersOf = ([w1, b1, w2, b2]: readonly LearnedWeight[]): [DenseLayer, DenseLayer] => [
    { ...sizesOf(w1), weights: w1.values.slice(), bias: b1.values.slice(), activation: 'relu' },
    { ...sizesOf(w2), weights: w2.values.slice(), bias: b2.values.slice(), activation: 'linear' },
  ];
  const genreLayers = layersOf(genreNet);
  const [first] = genreLayers;
  for (let f = 0; f < TASTE_GENRE_SIZE; f++) {
    // Fold the scaling into the first layer, so that it takes raw numbers less their means.
    for (let o = 0; o < first.outputSize; o++) first.weights[f * first.outputSize + o] /= deviation[f];
  }
  const titleVectors = denseForward(layersOf(titleNet), content, titleCount).map((x) => scale * x);
  const model: TasteModel = {
    size,
    genreMeans: mean,
    genreLayers,
    countryWeights: countryTable.values.slice(),
    memberLayers: layersOf(memberNet),
    titleVectors,
  };
  for (const weight of weights) weight.free();
  return model;
};

const sizesOf = ({ shape: [inputSize, outputSize] }: LearnedWeight) => ({ inputSize, outputSize });

/** Mean of each number of each genre, and the deviation of each number over all genres. */
const scaleOfGenres = (
  { members, pages }: TasteExamples,
  genres: number,
): { readonly mean: Float32Array; readonly deviation: Float64Array } => {
  const width = genres * TASTE_GENRE_SIZE;
  const sums = new Float64Array(width);
  for (let p = 0; p < pages; p++) for (let f = 0; f < width; f++) sums[f] += members[p * width + f];
  const mean = Float32Array.from(sums, (sum) => sum / pages);
  const squares = new Float64Array(TASTE_GENRE_SIZE);
  for (let p = 0; p < pages; p++) {
    for (let f = 0; f < width; f++) squares[f % TASTE_GENRE_SIZE] += (members[p * width + f] - mean[f]) ** 2;
  }
  return { mean, deviation: squares.map((sum) => Math.sqrt(sum / (pages * genres)) || 1) };
};
