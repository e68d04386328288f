import { Matrix } from 'ml-matrix';
import { expect, test } from 'vitest';
import { interactionsOf } from '../../../src/domain/interactions.ts';
import { createRng } from '../../../src/domain/rng.ts';
import { itemWeights, mostRank, scaledPairs, spectrumOf } from '../../../src/training/id-towers/spectrum.ts';

const lists = [[0, 1, 2], [1, 2], [2, 3], [0, 3, 4], [4]];
const train = interactionsOf(lists, 5);
const powers = { userDegreePower: 0.3, itemDegreePower: 0.4 };

test('pairs are scaled by how many items their user took, and by how many took their item', () => {
  const { columnCount, offsets, columns, values } = scaledPairs(train, powers);
  expect([columnCount, Array.from(offsets), Array.from(columns)]).toEqual([
    5,
    [0, 3, 5, 7, 10, 11],
    lists.flat(),
  ]);
  const degrees = [2, 2, 3, 2, 2];
  const expected = lists.flatMap((items) => items.map((i) => items.length ** -0.3 * degrees[i] ** -0.4));
  for (const [at, value] of expected.entries()) expect(values[at]).toBeCloseTo(value, 6);
});

test('the spectrum is that of the scaled pairs', () => {
  const rng = createRng(1);
  const { values, vectors } = spectrumOf(train, powers, 5, () => rng.next());
  const scaled = Matrix.zeros(5, 5);
  const pairs = scaledPairs(train, powers);
  for (const [u, items] of lists.entries())
    for (const [at, i] of items.entries()) scaled.set(u, i, pairs.values[pairs.offsets[u] + at]);
  const paths = scaled.transpose().mmul(scaled);
  const v = Matrix.from1DArray(5, 5, vectors);
  const again = v.mmul(Matrix.diag(Array.from(values, (s) => s * s))).mmul(v.transpose());
  for (let i = 0; i < 5; i++)
    for (let j = 0; j < 5; j++) expect(again.get(i, j)).toBeCloseTo(paths.get(i, j), 4);
});

test('weights fall with degree, and the rank stays within the data and the memory', () => {
  const weights = itemWeights(interactionsOf([[0, 1], [0]], 3), 0.5);
  expect(Array.from(weights)).toEqual([2 ** -0.5, 1, 1]);
  expect(mostRank({ userCount: 5, itemCount: 3 })).toBe(3);
  expect(mostRank({ userCount: 2 ** 20, itemCount: 2 ** 20 })).toBeLessThan(128); // memory, not the data
});
