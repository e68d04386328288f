/** A packed lower triangle: forward substitution for many right-hand sides at once, and updates of the triangle. */
import { packedLength } from '../linear-algebra.ts';
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkWords } from './shape.ts';

export interface SolveLowerArgs {
  /** float64, L packed by rows: row i has i + 1 entries. */
  readonly factor: Span;
  /** [d] float64, the weights of `means`. */
  readonly z: Span;
  /** [d] float64, taken from every right-hand side. */
  readonly pull: Span;
  /** [n, d] float32, the right-hand sides. */
  readonly x: Span;
  readonly n: number;
  readonly d: number;
  /** The first row to solve: those before it count as solved to 0. */
  readonly from: number;
  /** [d, lanesOf(n)] float64, written from row `from` on: column a is right-hand side a. */
  readonly rows: Span;
  /** [lanesOf(n)] float64, written. */
  readonly means: Span;
  /** [lanesOf(n)] float64, written. */
  readonly squares: Span;
}

export interface RotateInArgs {
  /** float64, L packed by rows; overwritten. */
  readonly factor: Span;
  /** [d] float64, L^-1 b; overwritten. */
  readonly z: Span;
  /** [d] float64, used up. */
  readonly x: Span;
  readonly y: number;
  readonly d: number;
  /** [3 d] float64, work. */
  readonly turns: Span;
}

export interface TriangularKernels {
  /**
   * rows[i, a] = (L^-1 (x_a - pull))_i, means[a] = sum_i rows[i, a] z[i], squares[a] = sum_i rows[i, a]^2, all over i
   * from `from` on. In float64 and in the order of a plain loop: the same bits everywhere.
   */
  solveLower(args: SolveLowerArgs): void;
  /**
   * Turns L, with L L^T = A, into the factor of A + x x^T in place, and z = L^-1 b into what belongs to b + x y. Returns
   * what is left of y: its square is by how much the least squares error min_theta grew. These are d Givens rotations,
   * of column j in the plane (j, x), whose angles are read off p = L^-1 x as it is found: x need not wait for them.
   * Nothing is ever subtracted from a square, so the error stays near the machine's precision over millions of updates
   * and needs no refresh. In float64 and in the order of a plain loop: the same bits everywhere. O(d^2).
   * @see Gill, Golub, Murray & Saunders, "Methods for Modifying Matrix Factorizations", Mathematics of Computation 28,
   * 1974, section 3; Golub & Van Loan, "Matrix Computations", 4th ed., 2013, section 6.5
   */
  rotateIn(args: RotateInArgs): number;
}

/** Columns of `rows` for n right-hand sides: what lies beyond n repeats the last. */
export const lanesOf = (n: number): number => Math.ceil(n / 4) * 4;

export function triangularKernels({ native }: KernelCore): TriangularKernels {
  return {
    solveLower({ factor, z, pull, x, n, d, from, rows, means, squares }) {
      if (!(Number.isSafeInteger(n) && n >= 0 && Number.isSafeInteger(from) && from >= 0)) {
        checkCounts('solveLower', { n, d, from });
      }
      const lanes = lanesOf(n);
      checkWords('solveLower', 'factor', factor, 2 * packedLength(d));
      checkWords('solveLower', 'z', z, 2 * d);
      checkWords('solveLower', 'pull', pull, 2 * d);
      checkWords('solveLower', 'x', x, n * d);
      checkWords('solveLower', 'rows', rows, 2 * d * lanes);
      checkWords('solveLower', 'means', means, 2 * lanes);
      checkWords('solveLower', 'squares', squares, 2 * lanes);
      if (n === 0) return;
      const [out, mean, square] = [rows.ptr, means.ptr, squares.ptr];
      native.solveLower(factor.ptr, z.ptr, pull.ptr, x.ptr, n, from, d, lanes, out, mean, square);
    },
    rotateIn({ factor, z, x, y, d, turns }) {
      if (!(Number.isSafeInteger(d) && d >= 0)) checkCounts('rotateIn', { d });
      checkWords('rotateIn', 'factor', factor, 2 * packedLength(d));
      checkWords('rotateIn', 'z', z, 2 * d);
      checkWords('rotateIn', 'x', x, 2 * d);
      checkWords('rotateIn', 'turns', turns, 6 * d);
      return native.rotateIn(factor.ptr, z.ptr, x.ptr, d, y, turns.ptr);
    },
  };
}
