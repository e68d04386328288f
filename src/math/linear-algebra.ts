import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/*
 * A lower triangle L of size d is packed by rows: row i is `factor[i (i + 1) / 2 ...]`, i + 1 long.
 */

/** Entries of a packed lower triangle with d rows. */
export const packedLength = (d: number): number => (d * (d + 1)) / 2;

/** The packed factor of scale^2 times the identity, [d, d]. */
export const scaledIdentityFactor = (d: number, scale: number): Float64Array => {
  const factor = new Float64Array(packedLength(d));
  for (let i = 0; i < d; i++) factor[packedLength(i) + i] = scale;
  return factor;
};

/** Solves L^T theta = projection into `out`, by back substitution over the rows of L. [d] */
export const solveTransposed = (factor: Float64Array, projection: Float64Array, out: Float64Array): void => {
  const d = projection.length;
  out.set(projection);
  for (let i = d - 1; i >= 0; i--) {
    const row = packedLength(i);
    const value = out[i] / factor[row + i];
    out[i] = value;
    for (let j = 0; j < i; j++) out[j] -= factor[row + j] * value;
  }
};

/** Solves L w = b into `out`, by forward substitution. [d] */
export const solveLower = (factor: Float64Array, b: Float64Array, out: Float64Array): void => {
  for (let i = 0, row = 0; i < b.length; row += ++i) {
    let rest = b[i];
    for (let j = 0; j < i; j++) rest -= factor[row + j] * out[j];
    out[i] = rest / factor[row + i];
  }
};

/** L L^T of a packed lower triangle with d rows, packed. */
export const multiplyByTransposed = (factor: Float64Array, d: number): Float64Array => {
  const product = new Float64Array(packedLength(d));
  for (let i = 0, at = 0; i < d; i++) {
    for (let j = 0; j <= i; j++, at++) {
      const [row, other] = [packedLength(i), packedLength(j)];
      for (let k = 0; k <= j; k++) product[at] += factor[row + k] * factor[other + k];
    }
  }
  return product;
};

/**
 * Turns a packed symmetric matrix with d rows into its factor, in place. No eigenvalue is below `least`, > 0, so no
 * squared pivot is: one that rounding put lower is raised to it.
 */
export const factorPacked = (matrix: Float64Array, d: number, least: number): void => {
  for (let i = 0; i < d; i++) {
    const row = packedLength(i);
    for (let j = 0; j <= i; j++) {
      const other = packedLength(j);
      let sum = matrix[row + j];
      for (let k = 0; k < j; k++) sum -= matrix[row + k] * matrix[other + k];
      matrix[row + j] = j < i ? sum / matrix[other + j] : Math.sqrt(Math.max(least, sum));
    }
  }
};

/**
 * Overwrites the first m columns of a square, symmetric, positive semi-definite matrix of row
 * length m (lower triangle read) by its factor's lower triangle. A pivot that is 0 within rounding
 * gives a column of zeros, so equal or dependent rows are no error.
 * @see Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., 2002, section 10.3
 */
export const factorSemidefinite = (matrix: Float64Array, m: number): void => {
  for (let i = 0; i < m; i++) {
    const diagonal = matrix[i * m + i];
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * m + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * m + k] * matrix[j * m + k];
      if (j < i) {
        const pivot = matrix[j * m + j];
        matrix[i * m + j] = pivot > 0 ? sum / pivot : 0;
      } else {
        matrix[i * m + i] = sum > diagonal * ROUNDING ? Math.sqrt(sum) : 0;
      }
    }
  }
};

const ROUNDING = 1e-12;

/**
 * The ridge solution in closed form, (X^T X + ridge I)^-1 X^T y, [d]: the oracle of incremental models.
 * @throws RangeError when rows and targets differ in number, or ridge is not > 0
 * @see Hoerl & Kennard, "Ridge Regression", 1970
 */
export const solveRidge = (
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  ridge: number,
): Float64Array => {
  if (rows.length !== targets.length) {
    throw new RangeError(`ridge: expected a target for each of ${rows.length} rows, got ${targets.length}`);
  }
  if (!(ridge > 0)) throw new RangeError(`ridge: expected > 0, got ${ridge}`);
  const x = new Matrix(rows.map((row) => Array.from(row)));
  const transposed = x.transpose();
  const precision = transposed.mmul(x).add(Matrix.eye(x.columns).mul(ridge)); // [d, d]
  const moment = transposed.mmul(Matrix.columnVector(Array.from(targets))); // [d, 1]
  return Float64Array.from(new CholeskyDecomposition(precision).solve(moment).to1DArray());
};
