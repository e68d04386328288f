import * as tf from '@tensorflow/tfjs';
import { input, type KernelCall, type SimdKernel, sizeOf } from './kernel-call.ts';

type Reduction = 'sum' | 'mean' | 'max';

/** A reduction over neighbouring axes: [outer, reduced, inner]; other axes are left to the CPU kernel. */
function reduce(how: Reduction, call: KernelCall, axisAttr: string): tf.TensorInfo | undefined {
  const { backend, attrs } = call;
  const x = input(call, 'x');
  if (x.dtype !== 'float32' || sizeOf(x.shape) === 0) return undefined;
  const axes = tf.util.parseAxisParam(attrs[axisAttr] as number | number[], x.shape);
  const sorted = axes.toSorted((a, b) => a - b);
  const [first, last] = [sorted[0] ?? 0, sorted.at(-1) ?? -1];
  if (sorted.some((axis, i) => axis !== first + i)) return undefined;
  const outer = sizeOf(x.shape.slice(0, first));
  const reduced = sizeOf(x.shape.slice(first, last + 1));
  const inner = sizeOf(x.shape.slice(last + 1));
  const keptShape =
    attrs['keepDims'] === true ? x.shape.map((n, axis) => (sorted.includes(axis) ? 1 : n)) : undefined;
  const { info, span: out } = backend.allocate(
    keptShape ?? x.shape.filter((_, axis) => !sorted.includes(axis)),
  );
  const from = backend.span(x);
  const { kernels } = backend;
  if (inner === 1) kernels[how]({ x: from, m: outer, n: reduced, axis: 'last', out });
  else {
    for (let i = 0; i < outer; i++) {
      const part = { x: from.words(i * reduced * inner), out: out.words(i * inner) };
      kernels[how]({ ...part, m: reduced, n: inner, axis: 'first' });
    }
  }
  return info;
}

/** Softmax over the last axis, or its logarithm. */
const softmaxKernel =
  (kernel: 'softmaxRows' | 'logSoftmaxRows', axisAttr: string): SimdKernel =>
  (call) => {
    const { backend, attrs } = call;
    const logits = input(call, 'logits');
    const rank = logits.shape.length;
    const axis = attrs[axisAttr] as number;
    if (logits.dtype !== 'float32' || (axis !== -1 && axis !== rank - 1)) return undefined;
    const n = logits.shape.at(-1) ?? 1;
    const { info, span: out } = backend.allocate(logits.shape);
    const m = n === 0 ? 0 : sizeOf(logits.shape) / n;
    backend.kernels[kernel]({ x: backend.span(logits), m, n, out });
    return info;
  };

export const reductionKernels: Readonly<Record<string, SimdKernel>> = {
  Sum: (call) => reduce('sum', call, 'axis'),
  Mean: (call) => reduce('mean', call, 'axis'),
  Max: (call) => reduce('max', call, 'reductionIndices'),
  Softmax: softmaxKernel('softmaxRows', 'dim'),
  LogSoftmax: softmaxKernel('logSoftmaxRows', 'axis'),
};
