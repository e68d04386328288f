import { Matrix, solve } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { interactionsOf } from '../../../src/domain/interactions.ts';
import { createRng } from '../../../src/domain/rng.ts';
import { sharedKernels } from '../../../src/math/kernels/kernels.ts';
import { type RegressionShape, regressionStart } from '../../../src/training/id-towers/regression.ts';
import { spectrumOf } from '../../../src/training/id-towers/spectrum.ts';

const lists = [
  [0, 1, 2],
  [1, 2],
  [2, 3, 0],
  [0, 3, 4],
  [4, 1],
  [1, 3],
]; // of full rank
const ITEMS = 5;
const DEGREES = [3, 4, 3, 3, 2];
const train = interactionsOf(lists, ITEMS);

const spectrum = (rank: number, of = train) => {
  const rng = createRng(1);
  return spectrumOf(of, { userDegreePower: 0.3, itemDegreePower: 0.3 }, rank, () => rng.next());
};

const SHAPE: RegressionShape = {
  dimension: ITEMS,
  userDegreePower: 0.3,
  historyDegreePower: 0.2,
  historyDropout: 0.6,
};

/** How much having i in a history speaks for j, but for a common factor: [ITEMS, ITEMS]. */
const mapOf = (shape: RegressionShape, rank: number): Matrix => {
  const { histories, items } = regressionStart(train, spectrum(rank), shape);
  const [from, to] = [histories, items].map((table) => Matrix.from1DArray(ITEMS, shape.dimension, table));
  return from.mmul(to.transpose());
};

/** The least squares map from what is shown to what is not, over all ways to part a history, as likely as each is. */
const leastSquares = ({
  userDegreePower,
  historyDegreePower,
  historyDropout: p,
}: RegressionShape): Matrix => {
  const shown: number[][] = [];
  const sought: number[][] = [];
  for (const items of lists) {
    const row = new Array<number>(ITEMS).fill(0);
    for (const i of items) row[i] = items.length ** -userDegreePower * DEGREES[i] ** -historyDegreePower;
    for (let kept = 0; kept < 1 << items.length; kept++) {
      const isKept = (i: number): boolean => ((kept >> items.indexOf(i)) & 1) === 1;
      const chance = items.reduce((product, i) => product * (isKept(i) ? 1 - p : p), 1);
      const weighted = row.map((value) => Math.sqrt(chance) * value);
      shown.push(weighted.map((value, i) => (items.includes(i) && isKept(i) ? value : 0)));
      sought.push(weighted.map((value, i) => (items.includes(i) && isKept(i) ? 0 : value)));
    }
  }
  const map = solve(new Matrix(shown), new Matrix(sought), true);
  for (let i = 0; i < ITEMS; i++) {
    // what is found is what was taken, and not what degrees made of it
    for (let j = 0; j < ITEMS; j++) map.set(i, j, map.get(i, j) * DEGREES[j] ** historyDegreePower);
  }
  return map;
};

describe('in full rank it is the least squares map from what is shown of a history to what is not', () => {
  test.each([
    SHAPE,
    { ...SHAPE, historyDropout: 0.2 },
    { ...SHAPE, userDegreePower: 0, historyDegreePower: 0.5 },
  ])('%o', (shape) => {
    const found = mapOf(shape, ITEMS);
    const expected = leastSquares(shape);
    const scale = found.norm() / expected.norm();
    for (let i = 0; i < ITEMS; i++) {
      for (let j = 0; j < ITEMS; j++) expect(found.get(i, j)).toBeCloseTo(scale * expected.get(i, j), 3);
    }
  });
});

test('both tables have rows of mean squared length 1, and zeros where there are no directions', () => {
  const before = sharedKernels().arena.blocksInUse;
  for (const table of Object.values(regressionStart(train, spectrum(2), { ...SHAPE, dimension: 4 }))) {
    expect(table.length).toBe(4 * ITEMS);
    expect(table.reduce((sum: number, entry: number) => sum + entry ** 2, 0) / ITEMS).toBeCloseTo(1, 4);
    for (let i = 0; i < ITEMS; i++) expect(Array.from(table.subarray(4 * i + 2, 4 * i + 4))).toEqual([0, 0]);
  }
  expect(sharedKernels().arena.blocksInUse).toBe(before);
});

test('a smaller dimension keeps the largest directions', () => {
  const wide = regressionStart(train, spectrum(ITEMS), { ...SHAPE, dimension: 2 });
  const narrow = regressionStart(train, spectrum(2), { ...SHAPE, dimension: 2 });
  for (const [at, entry] of wide.histories.entries())
    expect(Math.abs(entry)).toBeCloseTo(Math.abs(narrow.histories[at]), 3);
});

test('with no dropout the map is found too, and no pairs make no directions', () => {
  const { items } = regressionStart(train, spectrum(ITEMS), { ...SHAPE, historyDropout: 0 });
  expect(items.every((entry) => Number.isFinite(entry))).toBe(true);
  const empty = interactionsOf([[], []], 3);
  const tables = regressionStart(empty, spectrum(2, empty), { ...SHAPE, dimension: 2 });
  for (const table of Object.values(tables)) expect(Array.from(table)).toEqual([0, 0, 0, 0, 0, 0]);
});
