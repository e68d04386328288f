import type { FeatureMatrix, RecRequest } from '../domain/request.ts';
import type { Titles, Vocabulary } from '../domain/tables.ts';
import { sharedKernels } from '../math/kernels/kernels.ts';
import { ageDays, freshness, runtimeHours } from './content-features.ts';
import { type TasteMatch, tasteLogit } from './taste-features.ts';
import { clickLift, finishLift, type TitleCounts } from './title-counts.ts';

/**
 * Item vectors of the retrieval model and the query vector of the request at hand. The item vectors are not to be
 * changed once features were computed of them: their lengths are kept.
 */
export interface Affinity {
  readonly query: Float32Array; // [dimension]
  readonly itemVectors: Float32Array; // [titles, dimension]
  readonly dimension: number;
}

export interface RankingInputs {
  readonly request: Pick<RecRequest, 'at' | 'device' | 'profile'>;
  readonly affinity: Affinity;
  readonly taste: TasteMatch;
  readonly counts: TitleCounts;
  readonly titles: Titles;
  readonly vocabulary: Vocabulary;
}

/** Plays of the history that a candidate is compared with. */
const SIMILAR_HISTORY = 20;

interface Prepared extends RankingInputs {
  readonly genreShare: Float32Array; // [genres], of watched fractions
  readonly languageShare: Float32Array; // [languages], of the history
  readonly surveyed: Float32Array; // [genres], 0 or 1
  readonly onTv: number; // 0 or 1, of the request's device
  readonly onMobile: number;
  readonly logHistory: number;
  readonly historyUnit: Float32Array; // [h, dimension], unit rows, newest last
  readonly historyWeights: Float32Array; // [h], sum 1
}

type Definition = readonly [name: string, value: (inputs: Prepared, title: number) => number];

const meanOverGenres = (titles: Titles, title: number, of: Float32Array): number => {
  const { offsets, codes } = titles.genres;
  const from = offsets[title];
  const to = offsets[title + 1];
  let sum = 0;
  for (let i = from; i < to; i++) sum += of[codes[i]];
  return to > from ? sum / (to - from) : 0;
};

/** The one definition of each feature, read by training and by serving alike. */
const DEFINITIONS: readonly Definition[] = [
  [
    'retrieval-score',
    ({ affinity: { query, itemVectors, dimension } }, t) => dot(query, 0, itemVectors, t, dimension),
  ],
  ['taste-click', ({ taste }, t) => tasteLogit(taste, t, 'click')],
  ['taste-finish', ({ taste }, t) => tasteLogit(taste, t, 'finish')],
  ['fair-click-lift', ({ taste }, t) => taste.titleLifts[2 * t]],
  ['fair-finish-lift', ({ taste }, t) => taste.titleLifts[2 * t + 1]],
  ['genre-share', ({ titles, genreShare }, t) => meanOverGenres(titles, t, genreShare)],
  ['survey-match', ({ titles, surveyed }, t) => meanOverGenres(titles, t, surveyed)],
  ['language-share', ({ titles, languageShare }, t) => languageShare[titles.language[t]]],
  ['click-lift', ({ counts }, t) => clickLift(counts, t)],
  ['finish-lift', ({ counts }, t) => finishLift(counts, t)],
  ['log-plays', ({ counts }, t) => Math.log1p(counts.plays[t])],
  ['log-exposures', ({ counts }, t) => Math.log1p(counts.exposures[t])],
  ['log-age', ({ titles, request }, t) => Math.log1p(ageDays(titles, t, request.at))],
  ['freshness', ({ titles, request }, t) => freshness(titles, t, request.at)],
  ['runtime-hours', ({ titles }, t) => runtimeHours(titles, t)],
  ['is-series', ({ titles }, t) => (titles.kind[t] === 2 ? 1 : 0)],
  ['is-tv', ({ onTv }) => onTv],
  ['is-mobile', ({ onMobile }) => onMobile],
  ['tv-runtime', ({ titles, onTv }, t) => onTv * runtimeHours(titles, t)],
  ['mobile-runtime', ({ titles, onMobile }, t) => onMobile * runtimeHours(titles, t)],
  ['log-history', ({ logHistory }) => logHistory],
];

const HISTORY_NAMES = [
  'history-mean-similarity',
  'history-max-similarity',
  'history-liked-similarity',
] as const;

export const RANKING_FEATURE_NAMES: readonly string[] = [
  ...DEFINITIONS.map(([name]) => name),
  ...HISTORY_NAMES,
];

const dot = (a: Float32Array, i: number, b: Float32Array, j: number, size: number): number => {
  const left = i * size;
  const right = j * size;
  let sum = 0;
  for (let d = 0; d < size; d++) sum += a[left + d] * b[right + d];
  return sum;
};

const prepare = (inputs: RankingInputs): Prepared => {
  const { request, affinity, titles, vocabulary } = inputs;
  const { profile } = request;
  const { dimension, itemVectors } = affinity;
  const genreShare = Float32Array.from(profile.genreWatched);
  const watched = genreShare.reduce((sum, x) => sum + x, 0);
  if (watched > 0) for (let g = 0; g < genreShare.length; g++) genreShare[g] /= watched;
  const surveyed = new Float32Array(vocabulary.genres.length);
  for (const genre of profile.surveyGenres) surveyed[genre] = 1;
  const languageShare = new Float32Array(vocabulary.languages.length);
  for (const t of profile.historyTitles)
    languageShare[titles.language[t]] += 1 / profile.historyTitles.length;

  const first = Math.max(0, profile.historyTitles.length - SIMILAR_HISTORY);
  const length = profile.historyTitles.length - first;
  const historyUnit = new Float32Array(length * dimension);
  const historyWeights = new Float32Array(length);
  const scales = inverseLengths(affinity);
  let total = 0;
  for (let h = 0; h < length; h++) {
    const t = profile.historyTitles[first + h];
    const scale = scales[t];
    for (let d = 0; d < dimension; d++)
      historyUnit[h * dimension + d] = itemVectors[t * dimension + d] * scale;
    total += historyWeights[h] = 0.1 + profile.historyFractions[first + h];
  }
  for (let h = 0; h < length; h++) historyWeights[h] /= total;
  const device = vocabulary.devices[request.device];
  return {
    ...inputs,
    genreShare,
    languageShare,
    surveyed,
    onTv: device === 'tv' ? 1 : 0,
    onMobile: device === 'mobile' ? 1 : 0,
    logHistory: Math.log1p(profile.playCount),
    historyUnit,
    historyWeights,
  };
};

const lengths = new WeakMap<Float32Array, Float32Array>();

/** 1 / length of each vector, 0 for a vector of zeros: [titles]. Computed once per array. */
const inverseLengths = ({ itemVectors, dimension }: Affinity): Float32Array => {
  let known = lengths.get(itemVectors);
  if (known === undefined) {
    known = new Float32Array(itemVectors.length / dimension);
    for (let t = 0; t < known.length; t++) {
      const norm = Math.sqrt(dot(itemVectors, t, itemVectors, t, dimension));
      known[t] = norm > 0 ? 1 / norm : 0;
    }
    lengths.set(itemVectors, known);
  }
  return known;
};

/** From this many items on, copying their vectors into kernel memory costs less than it saves. */
const KERNEL_ITEMS = 8;

/** Products of the items' vectors with the history's unit vectors: [items, h]. */
const historyProducts = (
  { affinity: { itemVectors, dimension }, historyUnit, historyWeights }: Prepared,
  items: ArrayLike<number>,
): Float32Array => {
  const [n, h] = [items.length, historyWeights.length];
  const products = new Float32Array(n * h);
  if (n < KERNEL_ITEMS) {
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < h; j++) products[at++] = dot(historyUnit, j, itemVectors, items[i], dimension);
    }
    return products;
  }
  const kernels = sharedKernels();
  const work = kernels.alloc((n + h) * dimension + n * h);
  try {
    const rows = work.f32;
    for (let i = 0, at = 0; i < n; i++) {
      const from = items[i] * dimension;
      for (let d = 0; d < dimension; d++) rows[at++] = itemVectors[from + d];
    }
    rows.set(historyUnit, n * dimension);
    const [b, c] = [work.words(n * dimension), work.words((n + h) * dimension)];
    kernels.gemm({ m: n, n: h, k: dimension, a: work, b, c, transposeB: true });
    products.set(c.f32);
    return products;
  } finally {
    work.free();
  }
};

/**
 * Writes the features of `items` for one request at `offset`, in the order of RANKING_FEATURE_NAMES:
 * [items, features]. Returns the offset after them.
 */
export const writeRankingFeatures = (
  out: Float32Array,
  offset: number,
  inputs: RankingInputs,
  items: ArrayLike<number>,
): number => {
  const prepared = prepare(inputs);
  const columns = RANKING_FEATURE_NAMES.length;
  for (let f = 0; f < DEFINITIONS.length; f++) {
    const value = DEFINITIONS[f][1];
    for (let i = 0, at = offset + f; i < items.length; i++, at += columns)
      out[at] = value(prepared, items[i]);
  }
  writeHistoryFeatures(out, offset + DEFINITIONS.length, prepared, items);
  return offset + items.length * columns;
};

/** The features of HISTORY_NAMES: what the cosines with the last plays amount to; zeros without a history. */
const writeHistoryFeatures = (
  out: Float32Array,
  offset: number,
  prepared: Prepared,
  items: ArrayLike<number>,
): void => {
  const { historyWeights } = prepared;
  const length = historyWeights.length;
  const products = historyProducts(prepared, items);
  const scales = inverseLengths(prepared.affinity);
  let from = 0;
  let at = offset;
  for (let i = 0; i < items.length; i++) {
    const scale = scales[items[i]];
    let mean = 0;
    let liked = 0;
    let max = length > 0 ? -1 : 0;
    for (let h = 0; h < length; h++) {
      const cosine = products[from++] * scale;
      mean += cosine;
      liked += cosine * historyWeights[h];
      if (cosine > max) max = cosine;
    }
    out[at] = length > 0 ? mean / length : 0;
    out[at + 1] = max;
    out[at + 2] = liked;
    at += RANKING_FEATURE_NAMES.length;
  }
};

/** The features of `items` for one request. */
export const rankingFeatures = (inputs: RankingInputs, items: ArrayLike<number>): FeatureMatrix => {
  const values = new Float32Array(items.length * RANKING_FEATURE_NAMES.length);
  writeRankingFeatures(values, 0, inputs, items);
  return { names: RANKING_FEATURE_NAMES, rows: items.length, values };
};
