import * as tf from '@tensorflow/tfjs';
import type { UnaryOp } from '../../math/kernels/native.ts';
import { binaryTensors } from './elementwise.ts';
import { allOf, input, type KernelCall, type SimdKernel, sizeOf } from './kernel-call.ts';

/** The activations of a fused multiplication that have a SIMD kernel. */
const ACTIVATIONS: Readonly<Record<string, UnaryOp>> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
};

/** a b for stacks of matrices [..., rows, columns]; one matrix goes with a whole stack. */
function multiply(call: KernelCall): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  if (!allOf('float32', [a, b])) return undefined;
  const [transposeA, transposeB] = [attrs['transposeA'] === true, attrs['transposeB'] === true];
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [kOfB, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  tf.util.assert(
    k === kOfB,
    () => `matMul: inner sizes of ${a.shape} and ${b.shape} must be equal, got ${k} and ${kOfB}`,
  );
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const [countA, countB, count] = [sizeOf(outerA), sizeOf(outerB), sizeOf(outer)];
  // broadcasting inside of a stack is left to the CPU kernel
  if ((countA !== count && countA !== 1) || (countB !== count && countB !== 1)) return undefined;
  const { info, span: c } = backend.allocate([...outer, m, n]);
  const [spanA, spanB] = [backend.span(a), backend.span(b)];
  if (countB === 1 && !transposeA) {
    // the stack is one tall matrix
    backend.kernels.gemm({ m: count * m, n, k, a: spanA, b: spanB, c, transposeB });
    return info;
  }
  for (let i = 0; i < count; i++) {
    const left = countA === 1 ? spanA : spanA.words(i * m * k);
    const right = countB === 1 ? spanB : spanB.words(i * k * n);
    backend.kernels.gemm({ m, n, k, a: left, b: right, c: c.words(i * m * n), transposeA, transposeB });
  }
  return info;
}

/** The bias as one row of n, if it is one. */
const isRow = (bias: tf.TensorInfo, n: number): boolean =>
  sizeOf(bias.shape) === n && bias.shape.at(-1) === n;

/** activation(a b + bias), each further step in place. */
function fusedMultiply(call: KernelCall): tf.TensorInfo | undefined {
  const { backend, attrs, inputs } = call;
  const { bias, preluActivationWeights } = inputs;
  const activation = (attrs['activation'] as string | null | undefined) ?? 'linear';
  const op = ACTIVATIONS[activation];
  if ((op === undefined && activation !== 'linear') || preluActivationWeights !== undefined) return undefined;
  if (bias !== undefined && bias !== null && bias.dtype !== 'float32') return undefined;
  let product = multiply(call);
  if (product === undefined) return undefined;
  const n = product.shape.at(-1)!;
  if (bias !== undefined && bias !== null) {
    if (isRow(bias, n)) {
      const out = backend.span(product);
      const rows = n === 0 ? 0 : sizeOf(product.shape) / n;
      backend.kernels.binary('add', { m: rows, n, a: out, b: backend.span(bias), out, spreadB: 'row' });
    } else {
      const sum = binaryTensors(backend, 'add', product, bias);
      backend.disposeIntermediateTensorInfo(product);
      product = sum;
    }
  }
  if (op !== undefined) {
    const out = backend.span(product);
    backend.kernels.unary(op, out, out, sizeOf(product.shape));
  }
  return product;
}

export const matmulKernels: Readonly<Record<string, SimdKernel>> = {
  BatchMatMul: multiply,
  _FusedMatMul: fusedMultiply,
};
