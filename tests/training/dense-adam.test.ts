import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import { createLearnedWeight } from '../../src/training/dense-adam.ts';

beforeAll(async () => {
  await useBackend({ backend: 'simd', threads: 1 });
});

test('moves as the optimizer of TensorFlow.js does', () => {
  const initial = Float32Array.of(1, -2, 0.5, 3, 0, -0.25);
  const weight = createLearnedWeight(initial, [2, 3]);
  const variable = tf.variable(tf.tensor(initial, [2, 3]));
  const optimizer = tf.train.adam(0.02);
  for (let step = 0; step < 25; step++) {
    tf.tidy(() => {
      const gradient = tf.sub(tf.square(variable), tf.scalar(1 + (step % 3)));
      weight.learn(gradient, 0.02);
      optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
    });
  }
  const expected = variable.dataSync();
  // 25 float32 steps in another order of operations
  for (const [i, value] of expected.entries()) expect(Math.abs(weight.values[i] - value)).toBeLessThan(1e-5);
  expect([...weight.tensor().dataSync()]).toEqual([...weight.values]);
  expect(Math.abs(weight.values[0] - initial[0])).toBeGreaterThan(0.1);
  weight.free();
});

test('a tensor keeps what it was made of, and all memory is given back', () => {
  const { arena } = sharedKernels();
  const before = arena.bytesInUse;
  const weight = createLearnedWeight(Float32Array.of(1, 2), [2]);
  const held = arena.bytesInUse;
  const tensor = weight.tensor();
  const gradient = tf.tensor1d([1, 1]);
  weight.learn(gradient, 0.5);
  expect([...tensor.dataSync()]).toEqual([1, 2]);
  expect(weight.values[0]).toBeCloseTo(0.5, 5);
  expect(arena.bytesInUse).toBe(held);
  weight.free();
  expect(arena.bytesInUse).toBe(before);
  tf.dispose([tensor, gradient]);
});

test('refuses what does not fit its shape', () => {
  expect(() => createLearnedWeight(new Float32Array(5), [2, 3])).toThrow(/expected 6 values/);
  const weight = createLearnedWeight(new Float32Array(2), [2]);
  expect(() => weight.learn(tf.scalar(1), 0.1)).toThrow(/expected 2 gradients, got 1/);
  weight.free();
});
