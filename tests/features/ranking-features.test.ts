import { describe, expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { RANKING_FEATURE_NAMES, rankingFeatures } from '../../src/features/ranking-features.ts';
import { emptyTitleCounts } from '../../src/features/title-counts.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { plantedFixture } from '../contracts/fixture.ts';

const DIMENSION = 24;
const { dataset, request } = plantedFixture();
const { titles, vocabulary } = dataset;
const size = titles.ids.length;

const inputsOf = (member: number, seed = 3) => {
  const rng = createRng(seed);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => rng.next() - 0.5);
  const itemVectors = draw(size * DIMENSION);
  itemVectors.fill(0, 5 * DIMENSION, 6 * DIMENSION); // a vector of zeros has no direction
  return {
    request: request(member),
    affinity: { query: draw(DIMENSION), itemVectors, dimension: DIMENSION },
    taste: { member: draw(4), titleVectors: draw(4 * size), titleLifts: draw(2 * size), size: 2 },
    counts: emptyTitleCounts(size),
    titles,
    vocabulary,
  };
};

const every = Array.from({ length: size }, (_, title) => title);
const column = (name: string): number => RANKING_FEATURE_NAMES.indexOf(name);

describe('similarity to the history', () => {
  test.each([1, 7, 8, 60])('is what cosines by hand say, for %d items (1e-5)', (count) => {
    const inputs = inputsOf(2);
    const { itemVectors } = inputs.affinity;
    const vector = (t: number): Float32Array => itemVectors.subarray(t * DIMENSION, (t + 1) * DIMENSION);
    const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, d) => sum + x * b[d], 0);
    const { historyTitles, historyFractions } = inputs.request.profile;
    const weight = [...historyFractions].map((fraction) => 0.1 + fraction);
    const total = weight.reduce((sum, w) => sum + w, 0);
    const items = every.slice(0, count);
    const { values } = rankingFeatures(inputs, items);
    for (const [i, title] of items.entries()) {
      const cosines = [...historyTitles].map((played) => {
        const lengths = Math.sqrt(dot(vector(title), vector(title)) * dot(vector(played), vector(played)));
        return lengths > 0 ? dot(vector(title), vector(played)) / lengths : 0;
      });
      const value = (name: string): number => values[i * RANKING_FEATURE_NAMES.length + column(name)];
      const mean = cosines.reduce((sum, c) => sum + c, 0) / cosines.length;
      const liked = cosines.reduce((sum, c, h) => sum + c * weight[h], 0) / total;
      expect(Math.abs(value('history-mean-similarity') - mean)).toBeLessThan(1e-5);
      expect(Math.abs(value('history-max-similarity') - Math.max(...cosines))).toBeLessThan(1e-5);
      expect(Math.abs(value('history-liked-similarity') - liked)).toBeLessThan(1e-5);
      expect(value('retrieval-score')).toBeCloseTo(dot(inputs.affinity.query, vector(title)), 5);
      const [m, v] = [inputs.taste.member, inputs.taste.titleVectors.subarray(4 * title)];
      expect(value('taste-click')).toBeCloseTo(m[0] * v[0] + m[1] * v[1], 5);
      const lifts = inputs.taste.titleLifts;
      expect(['fair-click-lift', 'fair-finish-lift'].map(value)).toEqual([
        lifts[2 * title],
        lifts[2 * title + 1],
      ]);
      expect(value('taste-finish')).toBeCloseTo(m[2] * v[2] + m[3] * v[3], 5);
    }
  });

  test('is 0 without a history', () => {
    const { values } = rankingFeatures(inputsOf(-1), every);
    for (const title of every) {
      const row = values.subarray(title * RANKING_FEATURE_NAMES.length);
      expect(row[column('history-max-similarity')]).toBe(0);
      expect(row[column('history-mean-similarity')]).toBe(0);
    }
  });
});

test('the features of a title do not depend on what stands beside it (1e-6)', () => {
  const inputs = inputsOf(4);
  const together = rankingFeatures(inputs, every).values;
  for (const title of every) {
    const alone = rankingFeatures(inputs, [title]).values;
    alone.forEach((value, f) => {
      expect(Math.abs(value - together[title * RANKING_FEATURE_NAMES.length + f])).toBeLessThan(1e-6);
    });
  }
});

test('says of the device what the vocabulary calls it', () => {
  const inputs = inputsOf(0);
  const on = (device: string) =>
    rankingFeatures(
      { ...inputs, request: { ...inputs.request, device: vocabulary.devices.indexOf(device) } },
      [7],
    );
  const hours = titles.runtimeMinutes[7] / 60;
  expect(on('tv').values[column('is-tv')]).toBe(1);
  expect(on('tv').values[column('tv-runtime')]).toBeCloseTo(hours, 5);
  expect(on('phone').values[column('is-tv')]).toBe(0);
  expect(on('phone').values[column('tv-runtime')]).toBe(0);
});

test('no items give no rows, and kernel memory is given back', () => {
  const inputs = inputsOf(1);
  expect(rankingFeatures(inputs, []).values.length).toBe(0);
  const before = sharedKernels().arena.blocksInUse;
  for (let i = 0; i < 20; i++) rankingFeatures(inputs, every);
  expect(sharedKernels().arena.blocksInUse).toBe(before);
});
