import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { interactionsOf } from '../../../src/domain/interactions.ts';
import { createRng } from '../../../src/domain/rng.ts';
import {
  itemWeights,
  mostRank,
  spectralStart,
  spectrumOf,
} from '../../../src/training/id-towers/spectrum.ts';

const lists = [[0, 1, 2], [1, 2], [2, 3], [0, 3, 4], [4]];
const train = interactionsOf(lists, 5);
const powers = { userDegreePower: 0.3, itemDegreePower: 0.4 };

const spectrum = (rank: number) => {
  const rng = createRng(1);
  return spectrumOf(train, powers, rank, () => rng.next());
};

test('with power 2, products of embeddings are the paths of two pairs between items', () => {
  const degrees = [2, 2, 3, 2, 2];
  const scaled = Matrix.zeros(5, 5);
  for (const [u, items] of lists.entries()) {
    for (const i of items) scaled.set(u, i, items.length ** -0.3 * degrees[i] ** -0.4);
  }
  const paths = scaled.transpose().mmul(scaled);
  const table = Matrix.from1DArray(
    5,
    5,
    spectralStart(spectrum(5), train, { dimension: 5, startPower: 2, popularityPower: 0 }),
  );
  const products = table.mmul(table.transpose());
  const scale = products.get(0, 0) / paths.get(0, 0);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 5; j++) expect(products.get(i, j)).toBeCloseTo(scale * paths.get(i, j), 3);
  }
  expect(products.trace() / 5).toBeCloseTo(1, 4); // lengths are 1 on average
});

test('directions beyond the rank are zeros, and weights fall with degree', () => {
  const table = spectralStart(spectrum(2), train, { dimension: 4, startPower: 1, popularityPower: 0 });
  for (let i = 0; i < 5; i++) expect(Array.from(table.subarray(4 * i + 2, 4 * i + 4))).toEqual([0, 0]);
  const weights = itemWeights(interactionsOf([[0, 1], [0]], 3), 0.5);
  expect(Array.from(weights)).toEqual([2 ** -0.5, 1, 1]);
  expect(mostRank({ userCount: 5, itemCount: 3 })).toBe(3);
  expect(mostRank({ userCount: 2 ** 20, itemCount: 2 ** 20 })).toBeLessThan(128); // memory, not the data
});

test('popularity lengthens the vectors of items by a power of how many took them', () => {
  const shape = { dimension: 3, startPower: 1 };
  const even = spectralStart(spectrum(3), train, { ...shape, popularityPower: 0 });
  const popular = spectralStart(spectrum(3), train, { ...shape, popularityPower: 0.5 });
  const ratio = (item: number): number => popular[3 * item] / even[3 * item];
  expect(ratio(2) / ratio(1)).toBeCloseTo((3 / 2) ** 0.5, 4);
  expect(ratio(3) / ratio(1)).toBeCloseTo(1, 4);
});

test('no pairs make no directions', () => {
  const empty = interactionsOf([[], []], 3);
  const rng = createRng(1);
  const none = spectrumOf(empty, powers, 2, () => rng.next());
  const table = spectralStart(none, empty, { dimension: 2, startPower: 1, popularityPower: 0 });
  expect(Array.from(table)).toEqual([0, 0, 0, 0, 0, 0]);
});
