import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { denseForwardPlain } from '../../src/math/dense.ts';
import { startingWeights } from '../../src/training/ranker-start.ts';

test('starts close to the sums of taste and lift, whatever is drawn', () => {
  const names = ['taste-click', 'age', 'fair-click-lift', 'taste-finish', 'fair-finish-lift'];
  const deviation = [0.5, 3, 0.7, 0.4, 0.9];
  const sizes = [names.length, 16, 8, 2];
  const rng = createRng(4);
  const layers = startingWeights({ sizes, names, deviation, rng }).map((weights, l) => ({
    inputSize: sizes[l],
    outputSize: sizes[l + 1],
    weights,
    bias: new Float32Array(sizes[l + 1]),
    activation: l < 2 ? ('relu' as const) : ('linear' as const),
  }));
  const rows = 200;
  const input = Float32Array.from({ length: rows * names.length }, () => 4 * (rng.next() - 0.5));
  const output = denseForwardPlain(layers, input, rows);
  const x = (row: number, f: number): number => deviation[f] * input[row * names.length + f];
  let [apart, size] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const sums = [x(row, 0) + x(row, 2), x(row, 3) + x(row, 4)];
    sums.forEach((sum, head) => {
      apart += (output[2 * row + head] - sum) ** 2;
      size += sum ** 2;
    });
  }
  expect(apart / size).toBeLessThan(0.1); // what is drawn is a tenth as loud, a hundredth in squares, and wider
});
