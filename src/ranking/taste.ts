import type { MemberProfile } from '../domain/request.ts';
import { TASTE_GENRE_SIZE, type TasteMatch, writeTasteFeatures } from '../features/taste-features.ts';
import { type DenseLayer, denseForward } from '../math/dense.ts';

/**
 * A member's taste, read from what they were shown, looked at, played and finished, genre by genre: a direction among
 * the genres' own. One small network reads every genre, so that few members teach it; titles are known by their genres
 * alone, so that it may score what it was trained on.
 */
export interface TasteModel {
  readonly size: number;
  /** What a member's numbers are on average, [genres, TASTE_GENRE_SIZE]. */
  readonly genreMeans: Float32Array;
  /** Input: the numbers of one genre less their means. Output: the log-weight of the genre. */
  readonly genreLayers: readonly DenseLayer[];
  /** Added to the log-weights, [countries, genres]. */
  readonly countryWeights: Float32Array;
  /** Input: interest in each genre, of sum 1. Output: [size], the member's direction once brought to length 1. */
  readonly memberLayers: readonly DenseLayer[];
  /** The titles' directions, as long as the cosine counts for the click, and again as it counts for the finish. */
  readonly titleVectors: Float32Array; // [titles, 2 * size]
}

/** The member's interest in each genre, of sum 1; empty where the model says nothing. [genres] */
export const genreInterest = (model: TasteModel, profile: MemberProfile): Float32Array => {
  const { genreMeans, genreLayers, countryWeights } = model;
  if (genreLayers.length === 0) return new Float32Array(0);
  const input = new Float32Array(genreMeans.length);
  writeTasteFeatures(input, 0, profile);
  for (let i = 0; i < input.length; i++) input[i] -= genreMeans[i];
  const genres = input.length / TASTE_GENRE_SIZE;
  const interest = denseForward(genreLayers, input, genres); // [genres]
  for (let g = 0; g < genres; g++) interest[g] += countryWeights[profile.country * genres + g];
  softmaxInPlace(interest);
  return interest;
};

/** What the model says of a member. */
export const tasteMatch = (model: TasteModel, profile: MemberProfile): TasteMatch => {
  const { size, memberLayers, titleVectors } = model;
  const interest = genreInterest(model, profile);
  if (interest.length === 0) return { member: new Float32Array(2 * size), titleVectors, size };
  const direction = denseForward(memberLayers, interest, 1); // [size]
  const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 1e-12));
  const member = new Float32Array(2 * size);
  for (let d = 0; d < size; d++) member[d] = member[size + d] = direction[d] / length;
  return { member, titleVectors, size };
};

/** The model of a dataset without impressions: it says nothing. */
export const noTaste = (titles: number): TasteModel => ({
  size: 1,
  genreMeans: new Float32Array(0),
  genreLayers: [],
  countryWeights: new Float32Array(0),
  memberLayers: [],
  titleVectors: new Float32Array(2 * titles),
});

const softmaxInPlace = (values: Float32Array): void => {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of values) top = Math.max(top, value);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i] - top);
  for (let i = 0; i < values.length; i++) values[i] /= sum;
};
