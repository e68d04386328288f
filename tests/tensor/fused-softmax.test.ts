import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inBatchSoftmax } from '../../src/tensor/fused-softmax.ts';
import { registerSimdBackend } from '../../src/tensor/simd/register.ts';
import { disagreement, on, tidy, valueAndGrads } from './backends.ts';

const kernels = registerSimdBackend();
const floats = (length: number, high: number) =>
  fc
    .array(fc.double({ min: -high, max: high, noNaN: true }), {
      minLength: length,
      maxLength: length,
      size: 'max',
    })
    .map((values) => Float32Array.from(values));

const drawn = fc
  .record({ batch: fc.integer({ min: 1, max: 30 }), d: fc.integer({ min: 1, max: 12 }) })
  .chain(({ batch, d }) =>
    fc.record({
      query: floats(batch * d, 2).map((values) => ({ shape: [batch, d], values })),
      item: floats(batch * d, 2).map((values) => ({ shape: [batch, d], values })),
      logQ: fc.option(floats(batch, 5), { nil: undefined }),
      ids: fc.option(
        fc.array(fc.nat(9), { minLength: batch, maxLength: batch }).map((ids) => Int32Array.from(ids)),
        { nil: undefined },
      ),
      temperature: fc.constantFrom(1, 0.1, 3),
    }),
  );

/** The definition in float64: the loss alone. */
function definition(
  query: Float32Array,
  item: Float32Array,
  options: {
    batch: number;
    d: number;
    logQ?: Float32Array | undefined;
    ids?: Int32Array | undefined;
    temperature: number;
  },
): number {
  const { batch, d, logQ, ids, temperature } = options;
  let total = 0;
  for (let i = 0; i < batch; i++) {
    const z = (j: number): number => {
      let dot = 0;
      for (let k = 0; k < d; k++) dot += query[i * d + k]! * item[j * d + k]!;
      return dot / temperature - (logQ?.[j] ?? 0);
    };
    const taken = [...Array(batch).keys()].filter((j) => j === i || ids === undefined || ids[j] !== ids[i]);
    const top = Math.max(...taken.map(z));
    total += Math.log(taken.reduce((sum, j) => sum + Math.exp(z(j) - top), 0)) + top - z(i);
  }
  return total / batch;
}

describe('in-batch softmax', () => {
  it('is its definition on both backends, with the same gradients', () => {
    fc.assert(
      fc.property(drawn, ({ query, item, ...given }) => {
        const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const loss = (...x: tf.Tensor[]) => inBatchSoftmax(x[0] as tf.Tensor2D, x[1] as tf.Tensor2D, options);
        const composed = on('cpu', () => valueAndGrads(loss, [query, item]));
        const fused = on('simd', () => valueAndGrads(loss, [query, item]));
        const [batch, d] = query.shape as [number, number];
        const exact = definition(query.values, item.values, { batch, d, ...given });
        expect(Math.abs(fused[0]!.values[0]! - exact)).toBeLessThan(1e-5 * Math.max(10, exact));
        expect(disagreement(fused, composed, 1e-4)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on the rows that are computed at once', () => {
    const [batch, d] = [700, 8]; // more than one chunk
    const values = Float32Array.from({ length: batch * d }, (_, i) => Math.sin(i * 1.7));
    const ids = Int32Array.from({ length: batch }, (_, i) => i % 90);
    const loss = on('simd', () => {
      const [q, v] = [tf.tensor2d(values, [batch, d]), tf.tensor2d(values.toReversed(), [batch, d])];
      return tidy(() => inBatchSoftmax(q, v, { ids, temperature: 0.5 }).dataSync()[0]!);
    });
    const exact = definition(values, values.toReversed(), { batch, d, ids, temperature: 0.5 });
    expect(loss).toBeCloseTo(exact, 4);
  });

  it('gives all memory back, with a gradient and without', () => {
    tf.setBackend('simd');
    const before = kernels.arena.bytesInUse;
    tidy(() => {
      const [q, v] = [tf.randomNormal<tf.Rank.R2>([50, 4]), tf.randomNormal<tf.Rank.R2>([50, 4])];
      inBatchSoftmax(q, v);
      tf.grads((...x: tf.Tensor[]) => inBatchSoftmax(x[0] as tf.Tensor2D, x[1] as tf.Tensor2D))([q, v]);
    });
    expect(kernels.arena.bytesInUse).toBe(before);
  });

  it('refuses what does not fit', () => {
    const [q, v] = [tf.zeros([2, 3]), tf.zeros([2, 4])] as [tf.Tensor2D, tf.Tensor2D];
    expect(() => inBatchSoftmax(q, v)).toThrow(RangeError);
    expect(() => inBatchSoftmax(q, q, { ids: new Int32Array(3) })).toThrow(/ids must have 2 values, got 3/);
    expect(() => inBatchSoftmax(q, q, { temperature: 0 })).toThrow(/temperature must be > 0/);
  });
});
