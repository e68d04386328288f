import type { MemberProfile } from '../domain/request.ts';

/** What the taste model says of one request, and its vectors of the titles. */
export interface TasteMatch {
  /** Of the member: `size` numbers for the click, then `size` for the finish. */
  readonly member: Float32Array; // [2 * size]
  readonly titleVectors: Float32Array; // [titles, 2 * size]
  /** What draws everybody to the title alike, in log-odds of the click, then of the finish. */
  readonly titleLifts: Float32Array; // [titles, 2]
  readonly size: number;
}

/** Log-odds of a click (or of finishing) that the member's taste adds for the title. */
export const tasteLogit = (
  { member, titleVectors, size }: TasteMatch,
  title: number,
  head: 'click' | 'finish',
): number => {
  const from = head === 'click' ? 0 : size;
  const at = title * 2 * size;
  let sum = 0;
  for (let d = from; d < from + size; d++) sum += member[d] * titleVectors[at + d];
  return sum;
};

/** Numbers that the taste model reads of a member for each genre. */
export const TASTE_GENRE_SIZE = 11;

const sumOf = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0);

/**
 * Writes what is known of a member's taste, [genres, TASTE_GENRE_SIZE], at `offset`: for each genre how much the
 * recommender that wrote the logs favoured it, what was played of what was looked at, how much of that was watched, and
 * the survey, drawn to the member's own mean. What was looked at and not played is evidence as much as what was played.
 */
export const writeTasteFeatures = (out: Float32Array, offset: number, profile: MemberProfile): void => {
  const { genreFavour, genreFavourEvidence, genreExamined, genrePlayed, genreWatched } = profile;
  const genres = genreExamined.length;
  const evidence = sumOf(genreFavourEvidence);
  const played = sumOf(genrePlayed);
  const rate = (played + 3) / (sumOf(genreExamined) + 20);
  const watched = sumOf(genreWatched);
  for (let g = 0, at = offset; g < genres; g++, at += TASTE_GENRE_SIZE) {
    out[at] = genreFavour[g];
    out[at + 1] = Math.exp(genreFavour[g]);
    out[at + 2] = Math.log((genrePlayed[g] + 0.5) / (rate * genreExamined[g] + 0.5));
    out[at + 3] = Math.log1p(genrePlayed[g]);
    out[at + 4] = (genrePlayed[g] + 0.5) / (played / genres + 0.5);
    out[at + 5] = Math.log1p(genreExamined[g]);
    out[at + 6] = Math.log((genreWatched[g] + 0.5) / (watched / genres + 0.5));
    out[at + 7] = 0;
    out[at + 8] = Math.log1p(evidence);
    out[at + 9] = Math.log1p(played);
    out[at + 10] = Math.log1p(genreFavourEvidence[g]);
  }
  for (const genre of profile.surveyGenres) out[offset + genre * TASTE_GENRE_SIZE + 7] = 1;
};
