import type * as tf from '@tensorflow/tfjs';
import type { SimdBackend } from './storage.ts';

/** What TensorFlow.js hands to a kernel. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: SimdBackend;
}

/** A kernel of the simd backend; `undefined` leaves the call to the CPU backend's kernel. */
export type SimdKernel = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** The input of that name. Kernels are called with all of their required inputs. */
export const input = ({ inputs }: KernelCall, name: string): tf.TensorInfo => inputs[name]!;

/** True if every input has the type. */
export const allOf = (dtype: tf.DataType, tensors: readonly tf.TensorInfo[]): boolean =>
  tensors.every((tensor) => tensor.dtype === dtype);

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
