import type { MemberProfile } from '../domain/request.ts';
import { TASTE_GENRE_SIZE, type TasteMatch, writeTasteFeatures } from '../features/taste-features.ts';
import { type DenseLayer, denseForward } from '../math/dense.ts';

/**
 * A member's taste, read from what they were shown, looked at, played and finished, genre by genre: a direction among
 * the genres' own. One small network reads every genre, so that few members teach it; titles are known by their genres
 * and the themes of their artworks alone, so that it may score what it was trained on.
 */
export interface TasteModel {
  /** Of a direction among genres, as many numbers as genres, then of a mood among themes, if there are artworks. */
  readonly size: number;
  /** What a member's numbers are on average, [genres, TASTE_GENRE_SIZE]. */
  readonly genreMeans: Float32Array;
  /** Input: the numbers of one genre less their means. Output: the log-weight of the genre. */
  readonly genreLayers: readonly DenseLayer[];
  /** Added to the log-weights, [countries, genres]. */
  readonly countryWeights: Float32Array;
  /** Input: interest in each genre, of sum 1. Output: [size], the member's direction and mood once each has length 1. */
  readonly memberLayers: readonly DenseLayer[];
  /** The titles' directions and themes, as long as each counts for the click, and again as it counts for the finish. */
  readonly titleVectors: Float32Array; // [titles, 2 * size]
  /** What draws everybody to the title alike, in log-odds of the click, then of the finish. */
  readonly titleLifts: Float32Array; // [titles, 2]
}

/** The member's interest in each genre, of sum 1; empty where the model says nothing. [genres] */
export const genreInterest = (model: TasteModel, profile: MemberProfile): Float32Array =>
  model.genreLayers.length === 0
    ? new Float32Array(0)
    : interests(model, numbersOf(model, profile), [profile.country]);

/** What the model says of a member. */
export const tasteMatch = (model: TasteModel, profile: MemberProfile): TasteMatch => {
  const { size, genreLayers, titleVectors, titleLifts } = model;
  const member = new Float32Array(2 * size);
  if (genreLayers.length > 0) {
    const direction = memberDirections(model, numbersOf(model, profile), [profile.country]);
    member.set(direction);
    member.set(direction, size);
  }
  return { member, titleVectors, titleLifts, size };
};

/**
 * The directions and moods of n members, [n, size], each of length 1, from their numbers, [n, genres, TASTE_GENRE_SIZE],
 * and their countries.
 */
export const memberDirections = (
  model: TasteModel,
  numbers: Float32Array,
  countries: ArrayLike<number>,
): Float32Array => {
  const { size, memberLayers } = model;
  const directions = denseForward(memberLayers, interests(model, numbers, countries), countries.length); // [n, size]
  const genres = model.genreMeans.length / TASTE_GENRE_SIZE;
  for (let from = 0; from < directions.length; from += size) {
    bringToUnit(directions.subarray(from, from + genres));
    bringToUnit(directions.subarray(from + genres, from + size));
  }
  return directions;
};

const bringToUnit = (vector: Float32Array): void => {
  let squares = 1e-12;
  for (const x of vector) squares += x * x;
  for (let d = 0; d < vector.length; d++) vector[d] /= Math.sqrt(squares);
};

const numbersOf = ({ genreMeans }: TasteModel, profile: MemberProfile): Float32Array => {
  const numbers = new Float32Array(genreMeans.length);
  writeTasteFeatures(numbers, 0, profile);
  return numbers;
};

/** The interest of n members in each genre, [n, genres]. */
const interests = (
  { genreMeans, genreLayers, countryWeights }: TasteModel,
  numbers: Float32Array,
  countries: ArrayLike<number>,
): Float32Array => {
  const genres = genreMeans.length / TASTE_GENRE_SIZE;
  const centred = numbers.map((x, i) => x - genreMeans[i % genreMeans.length]);
  const interest = denseForward(genreLayers, centred, countries.length * genres); // [n, genres]
  for (let m = 0; m < countries.length; m++) {
    const own = interest.subarray(m * genres, (m + 1) * genres);
    for (let g = 0; g < genres; g++) own[g] += countryWeights[countries[m] * genres + g];
    softmaxInPlace(own);
  }
  return interest;
};

/** The model of a dataset without impressions: it says nothing. */
export const noTaste = (titles: number): TasteModel => ({
  size: 1,
  genreMeans: new Float32Array(0),
  genreLayers: [],
  countryWeights: new Float32Array(0),
  memberLayers: [],
  titleVectors: new Float32Array(2 * titles),
  titleLifts: new Float32Array(2 * titles),
});

const softmaxInPlace = (values: Float32Array): void => {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of values) top = Math.max(top, value);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] = Math.exp(values[i] - top);
  for (let i = 0; i < values.length; i++) values[i] /= sum;
};
