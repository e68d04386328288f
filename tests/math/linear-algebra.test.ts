import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factorSemidefinite, solveRidge, solveTransposed } from '../../src/math/linear-algebra.ts';

const expectClose = (got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number) => {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i] - wanted[i])).toBeLessThan(tolerance);
};

const vectors = (size: number) =>
  fc.array(
    fc.array(
      fc.integer({ min: -500, max: 500 }).map((n) => n / 100),
      { minLength: size, maxLength: size },
    ),
    { minLength: 1, maxLength: 12 },
  );

describe('solveTransposed', () => {
  it('undoes the transpose of the factor', () => {
    // L = [[2, 0], [1, 4]], so L^T = [[2, 1], [0, 4]]; L^T (3, 5) = (11, 20)
    const out = new Float64Array(2);
    solveTransposed(Float64Array.of(2, 1, 4), Float64Array.of(11, 20), out);
    expectClose(out, [3, 5], 1e-15);
  });
});

describe('factorSemidefinite', () => {
  it('matches a factor worked by hand', () => {
    // [[4, 2], [2, 10]] = L L^T with L = [[2, 0], [1, 3]]
    const matrix = Float64Array.of(4, 2, 2, 10);
    factorSemidefinite(matrix, 2);
    expectClose([matrix[0], matrix[2], matrix[3]], [2, 1, 3], 1e-15);
  });

  it('takes matrices without full rank', () => {
    fc.assert(
      fc.property(vectors(2), (points) => {
        const n = points.length;
        const gram = new Float64Array(n * n);
        const dot = (i: number, j: number) => points[i][0] * points[j][0] + points[i][1] * points[j][1];
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) gram[i * n + j] = dot(i, j);
        factorSemidefinite(gram, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) {
            let sum = 0;
            for (let k = 0; k <= j; k++) sum += gram[i * n + k] * gram[j * n + k];
            // entries up to 50; a pivot below 1e-12 of the diagonal counts as 0: sqrt(1e-12) of it is lost
            expect(Math.abs(sum - dot(i, j))).toBeLessThan(1e-4);
          }
        }
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('gives zeros for a matrix of zeros', () => {
    const matrix = new Float64Array(9);
    factorSemidefinite(matrix, 3);
    expect(matrix.every((value) => value === 0)).toBe(true);
  });
});

describe('solveRidge', () => {
  it('matches a solution worked by hand', () => {
    // X^T X + 1 = 1 + 4 + 1 = 6, X^T y = 3 + 10 = 13
    expectClose(solveRidge([[1], [2]], [3, 5], 1), [13 / 6], 1e-14);
  });

  it('refuses rows without targets and a ridge of 0', () => {
    expect(() => solveRidge([[1]], [], 1)).toThrow(RangeError);
    expect(() => solveRidge([[1]], [1], 0)).toThrow(RangeError);
  });
});
