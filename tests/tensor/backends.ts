import * as tf from '@tensorflow/tfjs';
import { registerSimdBackend } from '../../src/tensor/simd/register.ts';

registerSimdBackend();

export interface Drawn {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Evaluated {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const read = (tensor: tf.Tensor): Evaluated => ({
  shape: tensor.shape,
  values: Array.from(tensor.dataSync()),
});

/** tf.tidy for results that are not tensors, which it would walk value by value. */
export function tidy<T>(f: () => T): T {
  const results: T[] = [];
  tf.tidy(() => {
    results.push(f());
  });
  return results[0]!;
}

/** Runs `f` on a backend. */
export function on<T>(backend: string, f: () => T): T {
  if (!tf.setBackend(backend)) throw new Error(`the backend ${backend} did not start`);
  return f();
}

/**
 * The value of f, and the gradient of the sum of f times fixed weights with respect to each input: with weights
 * that differ, an error in one element cannot hide behind another.
 */
export function valueAndGrads(f: (...x: tf.Tensor[]) => tf.Tensor, inputs: readonly Drawn[]): Evaluated[] {
  return tidy(() => {
    const tensors = inputs.map(({ shape, values }) => tf.tensor(values, [...shape]));
    const value = f(...tensors);
    const weights = tf.tensor(
      Float32Array.from({ length: value.size }, (_, i) => Math.sin(i + 1)),
      value.shape,
    );
    const grads = tf.grads((...x: tf.Tensor[]) =>
      f(...x)
        .mul(weights)
        .sum(),
    )(tensors);
    return [read(value), ...grads.map(read)];
  });
}

/** The value of f alone, for what has no gradient. */
export function valuesOf(
  f: (...x: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  inputs: readonly Drawn[],
): Evaluated[] {
  return tidy(() => {
    const value = f(...inputs.map(({ shape, values }) => tf.tensor(values, [...shape])));
    return (Array.isArray(value) ? value : [value]).map(read);
  });
}

/** The first disagreement as text, or undefined. NaN and infinities agree with themselves alone. */
export function disagreement(
  got: readonly Evaluated[],
  expected: readonly Evaluated[],
  tolerance = 2e-5,
): string | undefined {
  for (const [t, { shape, values }] of expected.entries()) {
    const own = got[t];
    if (own === undefined || own.shape.join() !== shape.join())
      return `tensor ${t}: shape ${own?.shape}, not ${shape}`;
    for (const [i, wanted] of values.entries()) {
      const value = own.values[i]!;
      if (Object.is(value, wanted) || value === wanted) continue;
      if (!(Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted)))) {
        return `tensor ${t}, element ${i}: ${value}, not ${wanted}`;
      }
    }
  }
  return undefined;
}
