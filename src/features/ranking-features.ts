import type { FeatureMatrix, RecRequest } from '../domain/request.ts';
import type { Titles, Vocabulary } from '../domain/tables.ts';
import { ageDays, freshness, runtimeHours } from './content-features.ts';
import { clickLift, finishLift, type TitleCounts } from './title-counts.ts';

/** Item vectors of the retrieval model and the query vector of the request at hand. */
export interface Affinity {
  readonly query: Float32Array; // [dimension]
  readonly itemVectors: Float32Array; // [titles, dimension]
  readonly dimension: number;
}

export interface RankingInputs {
  readonly request: Pick<RecRequest, 'at' | 'device' | 'profile'>;
  readonly affinity: Affinity;
  readonly counts: TitleCounts;
  readonly titles: Titles;
  readonly vocabulary: Vocabulary;
}

/** Plays of the history that a candidate is compared with. */
const SIMILAR_HISTORY = 20;

interface Prepared extends RankingInputs {
  readonly genreShare: Float32Array; // [genres], of watched fractions
  readonly languageShare: Float32Array; // [languages], of the history
  readonly surveyed: Uint8Array; // [genres], 0 or 1
  readonly historyUnit: Float32Array; // [h, dimension], unit rows, newest last
  readonly historyWeights: Float32Array; // [h], sum 1
}

type Definition = readonly [name: string, value: (inputs: Prepared, title: number) => number];

const meanOverGenres = (titles: Titles, title: number, of: ArrayLike<number>): number => {
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
  ['is-tv', ({ request, vocabulary }) => (vocabulary.devices[request.device] === 'tv' ? 1 : 0)],
  ['is-mobile', ({ request, vocabulary }) => (vocabulary.devices[request.device] === 'mobile' ? 1 : 0)],
  [
    'tv-runtime',
    ({ titles, request, vocabulary }, t) =>
      vocabulary.devices[request.device] === 'tv' ? runtimeHours(titles, t) : 0,
  ],
  [
    'mobile-runtime',
    ({ titles, request, vocabulary }, t) =>
      vocabulary.devices[request.device] === 'mobile' ? runtimeHours(titles, t) : 0,
  ],
  ['log-history', ({ request }) => Math.log1p(request.profile.playCount)],
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
  const genreShare = profile.genreWatched.slice();
  const watched = genreShare.reduce((sum, x) => sum + x, 0);
  if (watched > 0) for (let g = 0; g < genreShare.length; g++) genreShare[g] /= watched;
  const surveyed = new Uint8Array(vocabulary.genres.length);
  for (const genre of profile.surveyGenres) surveyed[genre] = 1;
  const languageShare = new Float32Array(vocabulary.languages.length);
  for (const t of profile.historyTitles)
    languageShare[titles.language[t]] += 1 / profile.historyTitles.length;

  const first = Math.max(0, profile.historyTitles.length - SIMILAR_HISTORY);
  const length = profile.historyTitles.length - first;
  const historyUnit = new Float32Array(length * dimension);
  const historyWeights = new Float32Array(length);
  let total = 0;
  for (let h = 0; h < length; h++) {
    const t = profile.historyTitles[first + h];
    const norm = Math.sqrt(dot(itemVectors, t, itemVectors, t, dimension));
    const scale = norm > 0 ? 1 / norm : 0;
    for (let d = 0; d < dimension; d++)
      historyUnit[h * dimension + d] = itemVectors[t * dimension + d] * scale;
    total += historyWeights[h] = 0.1 + profile.historyFractions[first + h];
  }
  for (let h = 0; h < length; h++) historyWeights[h] /= total;
  return { ...inputs, genreShare, languageShare, surveyed, historyUnit, historyWeights };
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
  const { dimension, itemVectors } = prepared.affinity;
  const { historyUnit, historyWeights } = prepared;
  let next = offset;
  for (let i = 0; i < items.length; i++) {
    const title = items[i];
    for (const [, value] of DEFINITIONS) out[next++] = value(prepared, title);
    let mean = 0;
    let liked = 0;
    let max = 0;
    if (historyWeights.length > 0) {
      const norm = Math.sqrt(dot(itemVectors, title, itemVectors, title, dimension));
      const scale = norm > 0 ? 1 / norm : 0;
      max = -1;
      for (let h = 0; h < historyWeights.length; h++) {
        const cosine = dot(historyUnit, h, itemVectors, title, dimension) * scale;
        mean += cosine / historyWeights.length;
        liked += cosine * historyWeights[h];
        if (cosine > max) max = cosine;
      }
    }
    out[next++] = mean;
    out[next++] = max;
    out[next++] = liked;
  }
  return next;
};

/** The features of `items` for one request. */
export const rankingFeatures = (inputs: RankingInputs, items: ArrayLike<number>): FeatureMatrix => {
  const values = new Float32Array(items.length * RANKING_FEATURE_NAMES.length);
  writeRankingFeatures(values, 0, inputs, items);
  return { names: RANKING_FEATURE_NAMES, rows: items.length, values };
};
