import { type Kernels, sharedKernels } from './kernels/kernels.ts';
import type { Block } from './kernels/memory.ts';

/** One fully connected layer: out = activation(in * weights + bias). */
export interface DenseLayer {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly weights: Float32Array; // [inputSize, outputSize]
  readonly bias: Float32Array; // [outputSize]
  readonly activation: 'relu' | 'linear';
}

/** From this many rows on, copying into kernel memory costs less than it saves. */
const KERNEL_ROWS = 8;

/**
 * The output of the layers for `rows` inputs: [rows, outputSize of the last]. Many rows go through the kernels,
 * few through plain loops that pass over the zeros of one-hot inputs.
 * @throws RangeError when sizes do not fit
 */
export const denseForward = (
  layers: readonly DenseLayer[],
  input: Float32Array,
  rows: number,
): Float32Array => {
  checkSizes(layers, input, rows);
  return rows < KERNEL_ROWS ? denseForwardPlain(layers, input, rows) : onKernels(layers, input, rows);
};

/** The readable twin of `denseForward`: the same sums in plain loops. */
export const denseForwardPlain = (
  layers: readonly DenseLayer[],
  input: Float32Array,
  rows: number,
): Float32Array => {
  checkSizes(layers, input, rows);
  let current = input;
  for (const { inputSize, outputSize, weights, bias, activation } of layers) {
    const next = new Float32Array(rows * outputSize);
    for (let r = 0; r < rows; r++) {
      const out = next.subarray(r * outputSize, (r + 1) * outputSize);
      out.set(bias);
      for (let i = 0; i < inputSize; i++) {
        const x = current[r * inputSize + i];
        if (x === 0) continue;
        const from = i * outputSize;
        for (let o = 0; o < outputSize; o++) out[o] += x * weights[from + o];
      }
      if (activation === 'relu') for (let o = 0; o < outputSize; o++) if (out[o] < 0) out[o] = 0;
    }
    current = next;
  }
  return current;
};

const onKernels = (layers: readonly DenseLayer[], input: Float32Array, rows: number): Float32Array => {
  const kernels: Kernels = sharedKernels();
  const held: Block[] = [];
  const hold = (block: Block): Block => {
    held.push(block);
    return block;
  };
  try {
    let current = hold(kernels.from(input));
    for (const { inputSize, outputSize, weights, bias, activation } of layers) {
      const next = hold(kernels.alloc(rows * outputSize));
      const b = hold(kernels.from(weights));
      kernels.gemm({ m: rows, n: outputSize, k: inputSize, a: current, b, c: next });
      const values = next.f32;
      for (let r = 0, at = 0; r < rows; r++) {
        for (let o = 0; o < outputSize; o++, at++) {
          const x = values[at] + bias[o];
          values[at] = activation === 'relu' && x < 0 ? 0 : x;
        }
      }
      current = next;
    }
    return Float32Array.from(current.f32);
  } finally {
    for (const block of held) block.free();
  }
};

const checkSizes = (layers: readonly DenseLayer[], input: Float32Array, rows: number): void => {
  let size = layers[0]?.inputSize ?? 0;
  if (input.length !== rows * size) {
    throw new RangeError(`dense: expected ${rows} x ${size} inputs, got ${input.length}`);
  }
  for (const { inputSize, outputSize, weights, bias } of layers) {
    if (inputSize !== size || weights.length !== inputSize * outputSize || bias.length !== outputSize) {
      throw new RangeError(
        `dense: a ${inputSize} x ${outputSize} layer after ${size} values holds ${weights.length} weights and ${bias.length} biases`,
      );
    }
    size = outputSize;
  }
};
