import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { TASTE_GENRE_SIZE } from '../../src/features/taste-features.ts';
import { CONTEXT_SIZE, type TasteExamples } from '../../src/training/taste-examples.ts';
import {
  createPageGradient,
  createTasteWeights,
  initialiseTaste,
} from '../../src/training/taste-gradient.ts';

const GENRES = 4;
const COUNTRIES = 2;
const HIDDEN = 3;
const THEME_SIZE = 3;

test('the gradient of a page is what moving each weight a little does to its loss (1e-5)', () => {
  const rng = createRng(9);
  const draws = (length: number): number[] => Array.from({ length }, () => rng.next() - 0.5);
  const examples: TasteExamples = {
    pages: 1,
    firstImpression: [0],
    members: new Float32Array(0),
    country: [1],
    firstRow: [0, 4],
    title: [0, 1, 2, 1],
    artwork: [0, 2, 3, 1],
    context: draws(4 * CONTEXT_SIZE),
    examined: [0.9, 0.5, 0.7, 0.3],
    clicked: [1, 0, 1, 0],
    finished: [1, Number.NaN, 0, Number.NaN],
    weight: [1, 4, 1, 4],
  };
  const titleGenres = { offsets: Uint32Array.of(0, 1, 3, 5), codes: Uint8Array.of(1, 1, 2, 2, 3) };
  const inputs = Float32Array.from(draws(GENRES * TASTE_GENRE_SIZE));
  const theme = Float32Array.from(draws(4 * THEME_SIZE));
  const shape = { hidden: HIDDEN, genres: GENRES, countries: COUNTRIES, themeSize: THEME_SIZE };
  const weights = createTasteWeights(shape);
  const gradient = createTasteWeights(shape);
  initialiseTaste(weights, GENRES, rng);
  weights.hiddenBias.fill(0.3);
  const addPage = createPageGradient(examples, inputs, { titleGenres, theme }, weights, gradient);
  addPage(0);
  const analytic = gradient.all.slice();
  const step = 1e-5;
  for (let i = 0; i < weights.all.length; i++) {
    const was = weights.all[i];
    weights.all[i] = was + step;
    const above = addPage(0);
    weights.all[i] = was - step;
    const below = addPage(0);
    weights.all[i] = was;
    // A central difference is off by step squared, and by float64 rounding over the step: about 1e-9 together.
    expect(Math.abs((above - below) / (2 * step) - analytic[i])).toBeLessThan(1e-5);
  }
  expect(analytic.filter((x) => x !== 0).length).toBeGreaterThan(analytic.length / 2);
});
