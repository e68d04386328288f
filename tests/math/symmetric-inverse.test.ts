import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import {
  addEntry,
  copyRow,
  createSymmetric,
  invertInPlace,
  type SymmetricMatrix,
} from '../../src/math/symmetric-inverse.ts';

/** Ones on a drawn third of the entries, and `ridge` more on the diagonal: diagonally dominant. */
const drawn = (size: number, ridge: number): SymmetricMatrix => {
  const matrix = createSymmetric(sharedKernels(), size);
  const rng = createRng(4);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) if (rng.next() < 1 / 3) addEntry(matrix, i, j, 1);
    addEntry(matrix, i, i, ridge);
  }
  return matrix;
};

const rowsOf = (matrix: SymmetricMatrix): Float32Array[] =>
  Array.from({ length: matrix.size }, (_, i) => {
    const row = new Float32Array(matrix.size);
    copyRow(matrix, i, row);
    return row;
  });

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

describe('the inverse of a symmetric matrix', () => {
  it.each([0, 1, 2, 255, 256, 257, 600])('times the matrix is the identity: size %i', (size) => {
    const matrix = drawn(size, size);
    try {
      const before = rowsOf(matrix);
      for (let i = 0; i < size; i += 7)
        expect(before[i][Math.floor(i / 2)]).toBe(before[Math.floor(i / 2)][i]);
      const blocks: number[] = [];
      invertInPlace(sharedKernels(), matrix, (done) => blocks.push(done));
      const after = rowsOf(matrix);
      let worst = 0;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          worst = Math.max(worst, Math.abs(dot(before[i], after[j]) - (i === j ? 1 : 0)));
        }
      }
      // Condition 2 here; a float32 sum of 600 terms errs by about sqrt(600) * 6e-8 = 1.5e-6.
      expect(worst).toBeLessThan(1e-5);
      expect(blocks.at(-1) ?? 0).toBe(Math.ceil(size / 256));
    } finally {
      matrix.free();
    }
  });

  it('refuses a matrix that is not positive definite, and gives back its work space', () => {
    const before = sharedKernels().arena.blocksInUse;
    const matrix = drawn(300, 1);
    expect(() => invertInPlace(sharedKernels(), matrix)).toThrow(RangeError);
    matrix.free();
    expect(sharedKernels().arena.blocksInUse).toBe(before);
  });
});
