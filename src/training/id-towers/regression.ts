import type { Interactions } from '../../domain/interactions.ts';
import { type Kernels, sharedKernels } from '../../math/kernels/kernels.ts';
import { withHeld } from '../../math/kernels/memory.ts';
import type { SingularVectors, SparseRows } from '../../math/sparse-svd.ts';
import { addEntry, copyRow, createSymmetric, invertInPlace } from '../../math/symmetric-inverse.ts';
import { itemWeights, scaledPairs } from './spectrum.ts';

export interface RegressionShape {
  readonly dimension: number;
  readonly userDegreePower: number;
  /** An item that n took counts n^-historyDegreePower in a history. */
  readonly historyDegreePower: number;
  /** Share of each history that is taken to be missing while the rest is to find it; below 1. */
  readonly historyDropout: number;
}

/** Embeddings of items as parts of a history, and as what is to be found: [itemCount, dimension] each. */
export interface ItemTables {
  readonly histories: Float32Array;
  readonly items: Float32Array;
}

/** Share of its mean that a Gram matrix's diagonal is raised by, for float32 to invert it. */
const RIDGE = 1e-5;

/**
 * The item embeddings that a regression starts from: of all linear maps from histories to items that pass through the
 * vectors V of a spectrum, the one with least squared error where a share p of each history is missing and all that is
 * missing is to be found. With pairs scaled by degrees, X = D_users^-a R D_items^-b,
 *   M = (G + p / (1 - p) S)^-1 (G - S),   G = (X V)^T X V,   S = V^T diag(X^T X) V
 * a history h scores items as h D_items^-b V M V^T D_items^b: in a history an item is its row of V, to be found it is
 * its row of D_items^b V M^T. Both are scaled to a mean squared length of 1; directions that are not there are 0.
 * @see Steck, "Autoencoders that don't overfit towards the identity", NeurIPS 2020, for the regression in full rank
 */
export const regressionStart = (
  train: Interactions,
  spectrum: SingularVectors,
  { dimension, historyDegreePower, historyDropout, userDegreePower }: RegressionShape,
): ItemTables => {
  const { itemCount } = train;
  const rank = Math.min(spectrum.values.length, dimension);
  const basis = ofWidth(spectrum.vectors, itemCount, rank);
  const pairs = scaledPairs(train, { userDegreePower, itemDegreePower: historyDegreePower });
  const found = rank === 0 ? basis : regressed(pairs, basis, historyDropout / (1 - historyDropout));
  const popularity = itemWeights(train, -historyDegreePower);
  for (let i = 0; i < itemCount; i++)
    for (let at = i * rank; at < (i + 1) * rank; at++) found[at] *= popularity[i];
  const [histories, items] = [basis, found].map((table) =>
    ofWidth(scaled(table, itemCount), itemCount, dimension),
  );
  return { histories, items };
};

/** V M^T, [columnCount, rank]; `noise` is p / (1 - p). */
const regressed = (pairs: SparseRows, basis: Float32Array, noise: number): Float32Array =>
  withHeld((hold) => {
    const kernels = sharedKernels();
    const { columnCount, columns, values, offsets } = pairs;
    const rowCount = offsets.length - 1;
    const rank = basis.length / columnCount;
    const square = { m: rank, n: rank };
    const vectors = hold(kernels.from(basis));
    const seen = hold(kernels.alloc(rowCount * rank));
    kernels.embeddingBag({
      table: vectors,
      rows: columnCount,
      d: rank,
      ids: hold(kernels.from(columns)),
      weights: hold(kernels.from(values)),
      offsets: hold(kernels.from(offsets)),
      bags: rowCount,
      out: seen,
    });
    const all = hold(kernels.alloc(rank * rank)); // G
    kernels.gemm({ ...square, k: rowCount, a: seen, b: seen, c: all, transposeA: true });
    const squares = new Float64Array(columnCount);
    for (let at = 0; at < columns.length; at++) squares[columns[at]] += values[at] ** 2;
    const work = hold(kernels.from(basis));
    for (let i = 0; i < columnCount; i++) {
      const root = Math.sqrt(squares[i]);
      for (let at = i * rank; at < (i + 1) * rank; at++) work.f32[at] *= root;
    }
    const own = hold(kernels.alloc(rank * rank)); // S
    kernels.gemm({ ...square, k: columnCount, a: work, b: work, c: own, transposeA: true });
    const penalised = hold(kernels.from(all.f32.map((entry, at) => entry + noise * own.f32[at])));
    invert(kernels, penalised.f32, rank);
    const shared = hold(kernels.from(all.f32.map((entry, at) => entry - own.f32[at])));
    const map = hold(kernels.alloc(rank * rank));
    kernels.gemm({ ...square, k: rank, a: shared, b: penalised, c: map });
    kernels.gemm({ m: columnCount, n: rank, k: rank, a: vectors, b: map, c: work });
    return work.f32.slice();
  });

/** Overwrites a symmetric matrix by its inverse: [size, size]. */
const invert = (kernels: Kernels, entries: Float32Array, size: number): void => {
  const matrix = createSymmetric(kernels, size);
  try {
    let trace = 0;
    for (let i = 0; i < size; i++) trace += entries[i * size + i];
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) addEntry(matrix, i, j, entries[i * size + j]);
      addEntry(matrix, i, i, (RIDGE * trace) / size);
    }
    invertInPlace(kernels, matrix);
    for (let i = 0; i < size; i++) copyRow(matrix, i, entries.subarray(i * size, (i + 1) * size));
  } finally {
    matrix.free();
  }
};

/** Scales a table in place, so that its rows have a mean squared length of 1. */
const scaled = (table: Float32Array, rows: number): Float32Array => {
  let square = 0;
  for (const entry of table) square += entry * entry;
  const scale = square > 0 ? Math.sqrt(rows / square) : 0;
  for (let at = 0; at < table.length; at++) table[at] *= scale;
  return table;
};

/** A copy of a table whose rows end earlier, or go on with zeros: [rows, width]. */
const ofWidth = (table: Float32Array, rows: number, width: number): Float32Array => {
  const copy = new Float32Array(rows * width);
  const own = table.length / rows;
  const kept = Math.min(own, width);
  for (let r = 0; r < rows; r++) copy.set(table.subarray(r * own, r * own + kept), r * width);
  return copy;
};
