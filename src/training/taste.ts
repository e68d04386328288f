import { type Progress, silentProgress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import { type Catalogue, codesOf, type Dataset } from '../domain/tables.ts';
import { titleThemesOf } from '../domain/title-themes.ts';
import { TASTE_GENRE_SIZE } from '../features/taste-features.ts';
import { createAdam } from '../math/adam.ts';
import { shuffleInPlace } from '../math/random.ts';
import { noTaste, type TasteModel } from '../ranking/taste.ts';
import type { TasteExamples } from './taste-examples.ts';
import {
  createPageGradient,
  createTasteWeights,
  directionOf,
  initialiseTaste,
  type TasteWeights,
} from './taste-gradient.ts';

export interface TasteSettings {
  readonly hiddenSize: number;
  readonly pagesPerBatch: number;
  readonly epochs: number;
  /** At the start; it falls linearly to a twentieth. */
  readonly learningRate: number;
}

export const TASTE_SETTINGS: TasteSettings = {
  hiddenSize: 12,
  pagesPerBatch: 256,
  epochs: 8,
  learningRate: 0.01,
};

export interface TrainedTaste {
  /** It knows titles by their genres and their artworks' themes alone. */
  readonly model: TasteModel;
  /** What beside taste the clicks and finishes were laid to; undefined where nothing was learned. */
  readonly occasion: LearnedOccasion | undefined;
}

export type LearnedOccasion = Pick<TasteWeights, 'context' | 'bias'>;

/**
 * A taste model, trained on every kept impression with
 *   interest = softmax_g(phi(numbers of genre g) + country_g)
 *   cosine = cos(sum_g interest_g vector_g, sum of the vectors of the title's genres)
 *   match = unit(sum_g interest_g mood_g) . theme of the artwork that was shown
 *   click logit = s_c cosine + m_c match + context_c,  finish logit = s_f cosine + m_f match + context_f
 *   loss = mean_i w_i [ BCE(clicked_i, e_i sigmoid(click logit)) + BCE(finished_i, sigmoid(finish logit)) where played ]
 * phi is one network for all genres, and members and titles share the genres' vectors: few weights, for what a click
 * says of taste is little beside its noise. Context is what draws everybody, learned beside.
 */
export const trainTaste = async (options: {
  readonly dataset: Dataset;
  readonly examples: TasteExamples;
  readonly rng: Rng;
  readonly settings?: Partial<TasteSettings>;
  readonly progress?: Progress;
}): Promise<TrainedTaste> => {
  const { dataset, examples, rng, progress = silentProgress } = options;
  const { hiddenSize, pagesPerBatch, epochs, learningRate } = { ...TASTE_SETTINGS, ...options.settings };
  const { titles, vocabulary, artworks } = dataset;
  const { pages, firstRow } = examples;
  if (pages === 0) return { model: noTaste(titles.ids.length), occasion: undefined };
  const genres = vocabulary.genres.length;
  const { mean, deviation } = scaleOfGenres(examples, genres);
  const width = genres * TASTE_GENRE_SIZE;
  const inputs = new Float32Array(pages * width);
  for (let i = 0; i < inputs.length; i++)
    inputs[i] = (examples.members[i] - mean[i % width]) / deviation[i % TASTE_GENRE_SIZE];
  const { themeSize, theme } = artworks ?? { themeSize: 0, theme: new Float32Array(0) };
  const countries = vocabulary.countries.length;
  const sized = (): TasteWeights => createTasteWeights({ hidden: hiddenSize, genres, countries, themeSize });
  const [weights, gradient] = [sized(), sized()];
  initialiseTaste(weights, genres, rng.fork('init'));
  const addPage = createPageGradient(
    examples,
    inputs,
    { titleGenres: titles.genres, theme },
    weights,
    gradient,
  );
  const adam = createAdam(weights.all);

  const batchPages = Math.min(pagesPerBatch, pages);
  const steps = Math.floor(pages / batchPages);
  const step = progress.step('train taste', epochs * steps);
  let last = Number.NaN;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const epochRng = rng.fork(`epoch:${epoch}`);
    const order = shuffleInPlace(
      Uint32Array.from({ length: pages }, (_, p) => p),
      () => epochRng.next(),
    );
    let [sum, seen] = [0, 0];
    for (let s = 0; s < steps; s++) {
      const done = epoch * steps + s;
      gradient.all.fill(0);
      let rows = 0;
      for (const page of order.subarray(s * batchPages, (s + 1) * batchPages)) {
        sum += addPage(page);
        rows += firstRow[page + 1] - firstRow[page];
      }
      for (let i = 0; i < gradient.all.length; i++) gradient.all[i] /= rows;
      adam(gradient.all, learningRate * (1 - (0.95 * done) / (epochs * steps)));
      seen += rows;
      step.advance(done + 1, `loss ${(sum / seen).toFixed(4)}`);
      if (s % 8 === 0) await new Promise(setImmediate); // let signals and timers through
    }
    last = sum / seen;
  }
  step.end(`${(pages * epochs).toLocaleString('en')} pages, loss ${last.toFixed(4)}`);
  const model = modelOf(weights, mean, deviation, dataset);
  return { model, occasion: weights };
};

const modelOf = (
  { hidden, hiddenBias, output, country, vectors, scale, moods, moodScale }: TasteWeights,
  genreMeans: Float32Array,
  deviation: Float64Array,
  { titles, artworks }: Catalogue,
): TasteModel => {
  const hiddenSize = output.length;
  const genres = Math.sqrt(vectors.length);
  const themeSize = moods.length / genres;
  const size = genres + themeSize;
  const count = titles.ids.length;
  const { values: themes } = titleThemesOf(artworks);
  // The scaling goes into the first layer, so that it takes raw numbers less their means.
  const first = new Float32Array(TASTE_GENRE_SIZE * hiddenSize);
  for (let f = 0; f < TASTE_GENRE_SIZE; f++) {
    for (let h = 0; h < hiddenSize; h++)
      first[f * hiddenSize + h] = hidden[h * TASTE_GENRE_SIZE + f] / deviation[f];
  }
  const direction = new Float64Array(genres);
  const titleVectors = new Float32Array(count * 2 * size);
  for (let t = 0; t < count; t++) {
    directionOf(direction, vectors, codesOf(titles.genres, t));
    const theme = themes.subarray(t * themeSize, (t + 1) * themeSize);
    for (let head = 0; head < 2; head++) {
      const at = (t * 2 + head) * size;
      titleVectors.set(
        direction.map((x) => Math.exp(scale[head]) * x),
        at,
      );
      titleVectors.set(
        theme.map((x) => Math.exp(moodScale[head]) * x),
        at + genres,
      );
    }
  }
  const memberWeights = new Float32Array(genres * size);
  for (let g = 0; g < genres; g++) {
    memberWeights.set(vectors.subarray(g * genres, (g + 1) * genres), g * size);
    memberWeights.set(moods.subarray(g * themeSize, (g + 1) * themeSize), g * size + genres);
  }
  return {
    size,
    genreMeans,
    genreLayers: [
      {
        inputSize: TASTE_GENRE_SIZE,
        outputSize: hiddenSize,
        weights: first,
        bias: Float32Array.from(hiddenBias),
        activation: 'relu',
      },
      {
        inputSize: hiddenSize,
        outputSize: 1,
        weights: Float32Array.from(output),
        bias: new Float32Array(1),
        activation: 'linear',
      },
    ],
    countryWeights: Float32Array.from(country),
    memberLayers: [
      {
        inputSize: genres,
        outputSize: size,
        weights: memberWeights,
        bias: new Float32Array(size),
        activation: 'linear',
      },
    ],
    titleVectors,
    titleLifts: new Float32Array(2 * count),
  };
};

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
