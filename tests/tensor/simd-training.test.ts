/** The simd backend over many steps: what is learned, and what is kept of memory. */
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { registerSimdBackend } from '../../src/tensor/simd/register.ts';
import { SimdBackend } from '../../src/tensor/simd/storage.ts';
import { tidy } from './backends.ts';

const kernels = registerSimdBackend();

describe('training on the simd backend', () => {
  /** Losses of a small network with batch norm, dropout off, and an embedding, over some steps of Adam. */
  async function losses(backend: string): Promise<number[]> {
    tf.setBackend(backend);
    const kernelInitializer = tf.initializers.glorotUniform({ seed: 7 });
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [6], units: 8, activation: 'relu', kernelInitializer }),
        tf.layers.batchNormalization(),
        tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' });
    const x = tf.tensor2d(
      Float32Array.from({ length: 32 * 6 }, (_, i) => Math.sin(i * i)),
      [32, 6],
    );
    const y = tf.oneHot(
      tf.tensor1d(
        Array.from({ length: 32 }, (_, i) => i % 3),
        'int32',
      ),
      3,
    );
    const history = await model.fit(x, y, { epochs: 15, batchSize: 8, shuffle: false, verbose: 0 });
    tf.dispose([x, y]);
    model.dispose();
    return history.history['loss'] as number[];
  }

  it('a layers model trains to the same losses', async () => {
    const [expected, got] = [await losses('cpu'), await losses('simd')];
    expect(got.at(-1)).toBeLessThan(0.7 * got[0]!);
    for (const [i, loss] of expected.entries()) expect(got[i]).toBeCloseTo(loss, 3);
  });

  it('gives all memory back, and reads stay good after it', () => {
    tf.setBackend('simd');
    const before = kernels.arena.bytesInUse;
    const { read, part } = tidy(() => {
      const x = tf.relu(tf.tensor1d([1, 2, 3, 4]));
      return { read: x.dataSync(), part: tf.slice(x, 1, 2).dataSync() };
    });
    tidy(() => tf.relu(tf.fill([4], 9)).dataSync());
    expect([...read]).toEqual([1, 2, 3, 4]);
    expect([...part]).toEqual([2, 3]);
    expect(kernels.arena.bytesInUse).toBe(before);
  });

  it('does not grow over a long run', () => {
    tf.setBackend('simd');
    const w = tf.variable(tf.ones([64, 32]));
    const optimizer = tf.train.adam(0.01);
    const step = () =>
      tidy(() => optimizer.minimize(() => tf.mean(tf.square(tf.matMul(tf.ones([16, 64]), w))) as tf.Scalar));
    for (let i = 0; i < 5; i++) step();
    const [used, reserved] = [kernels.arena.bytesInUse, kernels.arena.bytesReserved];
    for (let i = 0; i < 300; i++) step();
    expect([kernels.arena.bytesInUse, kernels.arena.bytesReserved]).toEqual([used, reserved]);
    w.dispose();
    optimizer.dispose();
  });

  it('moves tensors between backends', () => {
    tf.setBackend('simd');
    const x = tf.relu(tf.tensor1d([-1, 2]));
    tf.setBackend('cpu');
    const y = tf.add(x, 1);
    expect([...y.dataSync()]).toEqual([1, 3]);
    tf.setBackend('simd');
    expect([...tf.mul(y, x).dataSync()]).toEqual([0, 6]);
    expect(tf.backend()).toBeInstanceOf(SimdBackend);
  });

  afterAll(() => kernels.close());
});
