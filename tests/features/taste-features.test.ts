import { expect, test } from 'vitest';
import { emptyProfile, foldPlay, foldShown } from '../../src/features/profile.ts';
import { TASTE_GENRE_SIZE, writeTasteFeatures } from '../../src/features/taste-features.ts';

const genres = { offsets: Uint32Array.of(0, 1, 2), codes: Uint8Array.of(1, 2) };

test('the numbers of each genre, by hand', () => {
  const shown = [
    { title: 0, examined: 1 },
    { title: 0, examined: 0.5 },
    { title: 1, examined: 1 },
  ];
  const known = { genreFavour: Float64Array.of(0, 0.8, 0), genreFavourEvidence: Float64Array.of(0, 2, 0) };
  const seen = foldShown({ ...emptyProfile(3), ...known, surveyGenres: Uint8Array.of(2) }, shown, genres);
  const profile = foldPlay(seen, { title: 0, time: 1, watchedFraction: 0.75 }, genres);
  const out = new Float32Array(1 + 3 * TASTE_GENRE_SIZE);
  writeTasteFeatures(out, 1, profile);
  const of = (genre: number): number[] => [
    ...out.subarray(1 + genre * TASTE_GENRE_SIZE).subarray(0, TASTE_GENRE_SIZE),
  ];
  const rate = (1 + 3) / (2.5 + 20);
  const expected = [
    [0, 1, 0, 0, 0.5 / (1 / 3 + 0.5), 0, Math.log(0.5 / (0.25 + 0.5)), 0],
    [
      ...[0.8, Math.exp(0.8), Math.log(1.5 / (rate * 1.5 + 0.5)), Math.log(2), 1.5 / (1 / 3 + 0.5)],
      ...[Math.log(2.5), Math.log(1.25 / 0.75), 0],
    ],
    [
      ...[0, 1, Math.log(0.5 / (rate + 0.5)), 0, 0.5 / (1 / 3 + 0.5)],
      ...[Math.log(2), Math.log(0.5 / 0.75), 1],
    ],
  ].map((row, genre) => [...row, Math.log(3), Math.log(2), genre === 1 ? Math.log(3) : 0]);
  for (const [genre, row] of expected.entries())
    row.forEach((x, f) => {
      expect(of(genre)[f], `number ${f} of genre ${genre}`).toBeCloseTo(x, 5);
    });
  expect(out[0]).toBe(0);
});
