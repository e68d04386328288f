import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { type SparseRows, singularVectors } from '../../src/math/sparse-svd.ts';

/** A matrix with about a third of its entries, and the same in full. */
const drawn = (rows: number, columns: number, entry: (r: number, c: number) => number) => {
  const rng = createRng(5);
  const full = Matrix.zeros(rows, columns);
  const [offsets, ids, values]: [number[], number[], number[]] = [[0], [], []];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      if (rng.next() > 0.35) continue;
      full.set(r, c, entry(r, c));
      ids.push(c);
      values.push(entry(r, c));
    }
    offsets.push(ids.length);
  }
  const sparse: SparseRows = {
    columnCount: columns,
    offsets: Uint32Array.from(offsets),
    columns: Uint32Array.from(ids),
    values: Float32Array.from(values),
  };
  return { sparse, full };
};

const uniform = (seed: number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

test('values and what the vectors span are those of a dense decomposition', () => {
  const { sparse, full } = drawn(60, 40, (r, c) => 1 + ((r * 7 + c * 3) % 5));
  const before = sharedKernels().arena.blocksInUse;
  const { values, vectors } = singularVectors(sparse, 40, uniform(1));
  const exact = new SingularValueDecomposition(full);
  expect(values.length).toBe(40);
  for (let i = 0; i < 40; i++) expect(values[i] / exact.diagonal[i]).toBeCloseTo(1, 2);
  // A V has orthogonal columns of the values' lengths
  const turned = full.mmul(Matrix.from1DArray(40, 40, vectors));
  const gram = turned.transpose().mmul(turned);
  for (let i = 0; i < 40; i++) {
    for (let j = 0; j < 40; j++)
      expect(gram.get(i, j) / exact.diagonal[0] ** 2).toBeCloseTo(
        i === j ? (values[i] / exact.diagonal[0]) ** 2 : 0,
        4,
      );
  }
  expect(sharedKernels().arena.blocksInUse).toBe(before);
});

test('the first few are right where more are left out', () => {
  const { sparse, full } = drawn(150, 120, (r, c) => (r % 3 === c % 3 ? 3 : 0.2));
  const { values } = singularVectors(sparse, 3, uniform(2));
  const exact = new SingularValueDecomposition(full).diagonal;
  expect(values.length).toBe(3);
  for (let i = 0; i < 3; i++) expect(values[i] / exact[i]).toBeCloseTo(1, 2);
});

test('a matrix of low rank gives no more vectors than it has, and a wrong rank is refused', () => {
  const rows = 20;
  const sparse: SparseRows = {
    columnCount: 6,
    offsets: Uint32Array.from({ length: rows + 1 }, (_, r) => 2 * r),
    columns: Uint32Array.from({ length: 2 * rows }, (_, i) => (Math.floor(i / 2) % 2) * 2 + (i % 2)),
    values: new Float32Array(2 * rows).fill(1),
  };
  const { values, vectors } = singularVectors(sparse, 6, uniform(3));
  expect(Array.from(values, (value) => Number(value.toFixed(3)))).toEqual([4.472, 4.472]); // sqrt(10 * 2)
  expect(vectors.length).toBe(12);
  expect(() => singularVectors(sparse, 0, uniform(3))).toThrow('expected a rank from 1, got 0');
});
