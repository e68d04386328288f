import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { type DenseLayer, denseForward, denseForwardPlain } from '../../src/math/dense.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';

const layersOf = (sizes: readonly number[], seed: number): DenseLayer[] => {
  const rng = createRng(seed);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => rng.next() - 0.5);
  return sizes.slice(1).map((outputSize, l) => ({
    inputSize: sizes[l],
    outputSize,
    weights: draw(sizes[l] * outputSize),
    bias: draw(outputSize),
    activation: l < sizes.length - 2 ? 'relu' : 'linear',
  }));
};

test('one layer, by hand', () => {
  const layer: DenseLayer = {
    inputSize: 2,
    outputSize: 2,
    weights: Float32Array.of(1, 2, 3, -4),
    bias: Float32Array.of(0.5, -1),
    activation: 'relu',
  };
  // [1, 2]: 1 + 6 + 0.5, and 2 - 8 - 1 below zero
  expect([...denseForward([layer], Float32Array.of(1, 2), 1)]).toEqual([7.5, 0]);
});

test('the kernels and the plain loops agree', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 4 }),
      fc.integer({ min: 0, max: 70 }),
      fc.integer(),
      (sizes, rows, seed) => {
        const layers = layersOf(sizes, seed);
        const rng = createRng(seed).fork('input');
        const input = Float32Array.from({ length: rows * sizes[0] }, () =>
          rng.next() < 0.3 ? 0 : rng.next() - 0.5,
        );
        const fast = denseForward(layers, input, rows);
        const slow = denseForwardPlain(layers, input, rows);
        expect(fast.length).toBe(slow.length);
        // Sums of at most 40 products below 0.25, three deep, in another order: far below 1e-4.
        for (let i = 0; i < fast.length; i++) expect(Math.abs(fast[i] - slow[i])).toBeLessThan(1e-4);
      },
    ),
    { numRuns: 60 },
  );
});

test('no layers hand the input through', () => {
  expect([...denseForward([], new Float32Array(0), 3)]).toEqual([]);
});

test('kernel memory is taken once per layer, however often it runs and also where it throws', () => {
  const layers = layersOf([20, 16, 2], 3);
  const { arena } = sharedKernels();
  const input = new Float32Array(500 * 20);
  denseForward(layers, input, 500);
  const before = arena.blocksInUse;
  for (let i = 0; i < 50; i++) denseForward(layers, input.subarray(0, 20 * i), i);
  expect(() => denseForward(layers, input, 3)).toThrow(RangeError);
  expect(arena.blocksInUse).toBeLessThanOrEqual(before); // less where dropped layers were collected meanwhile
});

test('refuses sizes that do not fit', () => {
  const layers = layersOf([3, 2], 1);
  expect(() => denseForward(layers, new Float32Array(5), 2)).toThrow(/expected 2 x 3 inputs, got 5/);
  expect(() => denseForward([...layers, ...layers], new Float32Array(6), 2)).toThrow(/3 x 2 layer after 2/);
});
