/**
 * Inverses of large symmetric positive definite matrices on the kernels, in place and in half the memory.
 * Block rows of the lower triangle lie one after the other; entries are float32, products run as GEMM, and
 * only the blocks on the diagonal are inverted in float64.
 */
import type { Kernels } from './kernels/kernels.ts';
import type { Block } from './kernels/memory.ts';

/** Rows of a block row: products with so many terms run at the kernels' full speed. */
const BLOCK = 256;

/** A symmetric matrix in kernel memory: call `free`. */
export interface SymmetricMatrix {
  readonly size: number;
  /** Block row I: [its rows, columns 0 up to its own last row], row by row. */
  readonly panels: readonly Block[];
  free(): void;
}

/** Bytes that a matrix of this size and its inversion take at most. */
export const symmetricBytes = (size: number): number => {
  let words = 0;
  for (let from = 0; from < size; from += BLOCK) {
    const end = Math.min(size, from + BLOCK);
    words += (end - from) * end;
  }
  return 4 * (words + 3 * size * BLOCK + 4 * BLOCK * BLOCK); // panels, two columns of blocks, one packed again
};

/** A matrix of zeros. @throws RangeError when the kernels' 4 GiB do not hold it */
export const createSymmetric = (kernels: Kernels, size: number): SymmetricMatrix => {
  const panels: Block[] = [];
  const free = (): void => {
    for (const panel of panels.splice(0)) panel.free();
  };
  try {
    for (let from = 0; from < size; from += BLOCK) {
      const end = Math.min(size, from + BLOCK);
      const panel = kernels.alloc((end - from) * end);
      panels.push(panel);
      panel.f32.fill(0);
    }
  } catch (thrown) {
    free();
    throw thrown;
  }
  return { size, panels, free };
};

const endOf = (size: number, block: number): number => Math.min(size, (block + 1) * BLOCK);

/** Adds to the entry of row i and column j <= i, which stands for that of row j and column i too. */
export const addEntry = ({ size, panels }: SymmetricMatrix, i: number, j: number, value: number): void => {
  const block = Math.floor(i / BLOCK);
  const [rows, first, width] = [panels[block].f32, block * BLOCK, endOf(size, block)];
  rows[(i - first) * width + j] += value;
  if (j >= first && j < i) rows[(j - first) * width + i] += value; // blocks on the diagonal are kept whole
};

/** Writes row i of the matrix, [size]. */
export const copyRow = ({ size, panels }: SymmetricMatrix, i: number, out: Float32Array): void => {
  const own = Math.floor(i / BLOCK);
  const width = endOf(size, own);
  const start = (i - own * BLOCK) * width;
  out.set(panels[own].f32.subarray(start, start + width));
  for (let block = own + 1; block < panels.length; block++) {
    const [rows, below] = [panels[block].f32, endOf(size, block)];
    for (let j = block * BLOCK, at = i; j < below; j++, at += below) out[j] = rows[at];
  }
};

/**
 * Overwrites the matrix by its inverse, by sweeping one block of rows after the other: n^3 operations.
 * With D = A_KK, C = A_:K: A becomes A - C D^-1 C^T, A_:K becomes C D^-1, A_KK becomes -D^-1; after all
 * blocks A is minus its inverse.
 * @throws RangeError when the matrix is not positive definite
 * @see Goodnight, "A tutorial on the SWEEP operator", The American Statistician 1979
 */
export const invertInPlace = (
  kernels: Kernels,
  matrix: SymmetricMatrix,
  onBlock: (done: number) => void = () => undefined,
): void => {
  const { size, panels } = matrix;
  const work = kernels.alloc(2 * size * BLOCK + BLOCK * BLOCK);
  try {
    for (let pivot = 0; pivot < panels.length; pivot++) {
      const from = pivot * BLOCK;
      const own = endOf(size, pivot) - from;
      const [column, swept] = [work.words(0, size * own), work.words(size * BLOCK, size * (BLOCK + own))];
      const inverse = work.words(2 * size * BLOCK);
      copyColumn(matrix, pivot, column.f32);
      const negative = negativeInverse(column.f32.subarray(from * own, (from + own) * own), own);
      inverse.f32.set(negative);
      kernels.gemm({ m: size, n: own, k: own, a: column, b: inverse, c: swept });
      for (let block = 0; block < panels.length; block++) {
        if (block === pivot) continue;
        const [first, end] = [block * BLOCK, endOf(size, block)];
        const shape = { m: end - first, n: end, k: own, transposeB: true, accumulate: true };
        kernels.gemm({ ...shape, a: swept.words(first * own), b: column, c: panels[block] });
      }
      swept.f32.set(negative, from * own);
      writeColumn(matrix, pivot, swept.f32);
      onBlock(pivot + 1);
    }
    for (const panel of panels)
      for (let at = 0, rows = panel.f32; at < rows.length; at++) rows[at] = -rows[at];
  } finally {
    work.free();
  }
};

/** The columns of one block as rows: out[i, c] = A[i, from + c]. */
const copyColumn = ({ size, panels }: SymmetricMatrix, block: number, out: Float32Array): void => {
  const [from, end] = [block * BLOCK, endOf(size, block)];
  const own = end - from;
  const rows = panels[block].f32;
  for (let c = 0; c < own; c++) {
    for (let i = 0; i < end; i++) out[i * own + c] = rows[c * end + i];
  }
  for (let below = block + 1; below < panels.length; below++) {
    const [first, width] = [below * BLOCK, endOf(size, below)];
    for (let i = first; i < width; i++) {
      const at = (i - first) * width + from;
      out.set(panels[below].f32.subarray(at, at + own), i * own);
    }
  }
};

/** The sign of swept columns is turned on the way: they come as C times -D^-1. */
const writeColumn = ({ size, panels }: SymmetricMatrix, block: number, swept: Float32Array): void => {
  const [from, end] = [block * BLOCK, endOf(size, block)];
  const own = end - from;
  const rows = panels[block].f32;
  for (let c = 0; c < own; c++) {
    for (let i = 0; i < from; i++) rows[c * end + i] = -swept[i * own + c];
    for (let i = from; i < end; i++) rows[c * end + i] = swept[i * own + c];
  }
  for (let below = block + 1; below < panels.length; below++) {
    const [first, width] = [below * BLOCK, endOf(size, below)];
    for (let i = first; i < width; i++) {
      const at = (i - first) * width + from;
      for (let c = 0; c < own; c++) panels[below].f32[at + c] = -swept[i * own + c];
    }
  }
};

/**
 * Minus the inverse of a small symmetric matrix, [n, n]: the same sweeps entry by entry, in float64.
 * @throws RangeError when a pivot is not > 0
 */
const negativeInverse = (matrix: Float32Array, n: number): Float64Array => {
  const a = Float64Array.from(matrix);
  const column = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k];
    if (!(pivot > 0)) {
      throw new RangeError(`invertInPlace: expected a positive definite matrix, got a pivot of ${pivot}`);
    }
    for (let i = 0; i < n; i++) column[i] = i === k ? 0 : a[i * n + k];
    for (let i = 0; i < n; i++) {
      const factor = column[i] / pivot;
      if (factor === 0) continue;
      for (let j = 0; j < n; j++) a[i * n + j] -= factor * column[j];
    }
    for (let i = 0; i < n; i++) a[i * n + k] = a[k * n + i] = column[i] / pivot;
    a[k * n + k] = -1 / pivot;
  }
  return a;
};
