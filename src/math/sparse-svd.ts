import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { sharedKernels } from './kernels/kernels.ts';
import { type Span, withHeld } from './kernels/memory.ts';
import { normalSource, type Uniform } from './random.ts';

/** Entries row by row: those of row r are columns[offsets[r] .. offsets[r + 1]), with their values. */
export interface SparseRows {
  readonly columnCount: number;
  readonly offsets: Uint32Array; // [rows + 1]
  readonly columns: Uint32Array;
  readonly values: Float32Array; // as many as columns
}

export interface SingularVectors {
  /** Falling; fewer than asked where the matrix has no higher rank. */
  readonly values: Float64Array; // [rank]
  /** The right vectors, as columns. */
  readonly vectors: Float32Array; // [columnCount, rank]
}

/** Vectors beside those asked for, which carry most of the error. */
const SPARE = 16;
/** Turns of the iteration: taste is told as well with vectors that are not yet exact to the digit. */
const TURNS = 4;
/** Share of the largest value under which a direction is the noise of float32. */
const NOISE = 1e-3;
/** Share of the largest entry of a Gram matrix under which what is left of a column is noise too. */
const DEPENDENT = 1e-6;

/**
 * The largest singular values of a sparse matrix A, and their right vectors, by iteration of a drawn subspace:
 *   Q <- orthonormal columns of A^T A Q;  at the end Q is turned to the eigenvectors of (A Q)^T (A Q)
 * Values and vectors that lie closest to those left out are approximate.
 * @throws RangeError unless the rank is a whole number from 1
 * @see Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 2011
 */
export const singularVectors = (matrix: SparseRows, rank: number, uniform: Uniform): SingularVectors => {
  if (!Number.isSafeInteger(rank) || rank < 1)
    throw new RangeError(`singular vectors: expected a rank from 1, got ${rank}`);
  const kernels = sharedKernels();
  const rowCount = matrix.offsets.length - 1;
  const { columnCount } = matrix;
  const width = Math.min(rank + SPARE, rowCount, columnCount);
  return withHeld((hold) => {
    const [a, aT] = [matrix, transposed(matrix)].map(({ columns, values, offsets, columnCount: rows }) => ({
      ids: hold(kernels.from(columns)),
      weights: hold(kernels.from(values)),
      offsets: hold(kernels.from(offsets)),
      bags: offsets.length - 1,
      rows,
      d: width,
    }));
    const across = hold(kernels.alloc(rowCount * width));
    const basis = hold(kernels.alloc(columnCount * width));
    const next = hold(kernels.alloc(columnCount * width));
    const square = hold(kernels.alloc(width * width));
    const gramOf = (x: Span, count: number): Float32Array => {
      const product = { m: width, n: width, k: count, a: x, b: x, c: square, transposeA: true };
      kernels.gemm(product);
      return square.f32.slice();
    };
    /** to = from M, M being [width, width] or, where fewer columns are wanted, [width, n]. */
    const turn = (from: Span, by: Float32Array, to: Span): void => {
      square.f32.set(by);
      kernels.gemm({ m: columnCount, n: by.length / width, k: width, a: from, b: square, c: to });
    };
    basis.f32.set(Float32Array.from({ length: columnCount * width }, normalSource(uniform)));
    for (let t = 0; t < TURNS; t++) {
      kernels.embeddingBag({ ...a, table: basis, out: across });
      kernels.embeddingBag({ ...aT, table: across, out: next });
      turn(next, inverseFactor(gramOf(next, columnCount), width), basis);
    }
    kernels.embeddingBag({ ...a, table: basis, out: across });
    const { values, rotation } = spectrumOf(gramOf(across, rowCount), width, rank);
    turn(basis, rotation, next);
    return { values, vectors: next.f32.slice(0, columnCount * values.length) };
  });
};

const transposed = ({ columnCount, offsets, columns, values }: SparseRows): SparseRows => {
  const rowCount = offsets.length - 1;
  const starts = new Uint32Array(columnCount + 1);
  for (const column of columns) starts[column + 1]++;
  for (let c = 0; c < columnCount; c++) starts[c + 1] += starts[c];
  const next = starts.slice(0, columnCount);
  const rows = new Uint32Array(columns.length);
  const turned = new Float32Array(columns.length);
  for (let r = 0; r < rowCount; r++) {
    for (let at = offsets[r]; at < offsets[r + 1]; at++) {
      const to = next[columns[at]]++;
      rows[to] = r;
      turned[to] = values[at];
    }
  }
  return { columnCount: rowCount, offsets: starts, columns: rows, values: turned };
};

/**
 * L^-T for G = L L^T: X L^-T has orthonormal columns where G = X^T X. A column that depends on those before it
 * becomes zeros. Row-major [n, n].
 */
const inverseFactor = (gram: Float32Array, n: number): Float32Array => {
  const l = Float64Array.from(gram);
  let most = Number.MIN_VALUE;
  for (let i = 0; i < n; i++) most = Math.max(most, l[i * n + i]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i === j) l[i * n + i] = sum > DEPENDENT * most ? Math.sqrt(sum) : Number.POSITIVE_INFINITY;
      else l[i * n + j] = sum / l[j * n + j];
    }
  }
  // row i of (L^-1)^T is column i of L^-1: forward substitution, kept as rows
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    out[i * n + i] = 1 / l[i * n + i];
    for (let j = i + 1; j < n; j++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum -= l[j * n + k] * out[i * n + k];
      out[i * n + j] = sum / l[j * n + j];
    }
  }
  return Float32Array.from(out);
};

/** The largest eigenvalues' roots, and their vectors as columns [n, count]. */
const spectrumOf = (gram: Float32Array, n: number, most: number) => {
  const matrix = Matrix.from1DArray(n, n, gram);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const order = Array.from(realEigenvalues, (_, i) => i).sort(
    (i, j) => realEigenvalues[j] - realEigenvalues[i],
  );
  const floor = NOISE ** 2 * realEigenvalues[order[0]];
  const kept = order.filter((i) => realEigenvalues[i] > floor).slice(0, most);
  const rotation = new Float32Array(n * kept.length);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < kept.length; c++) rotation[r * kept.length + c] = eigenvectorMatrix.get(r, kept[c]);
  }
  return { values: Float64Array.from(kept, (i) => Math.sqrt(realEigenvalues[i])), rotation };
};
