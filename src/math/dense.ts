import { type Kernels, sharedKernels } from './kernels/kernels.ts';
import { freeWith } from './kernels/left-behind.ts';
import type { Block } from './kernels/memory.ts';

/** One fully connected layer: out = activation(in * weights + bias). A layer that has run is not to be changed. */
export interface DenseLayer {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly weights: Float32Array; // [inputSize, outputSize]
  readonly bias: Float32Array; // [outputSize]
  readonly activation: 'relu' | 'linear';
}

/**
 * The output of the layers for `rows` inputs: [rows, outputSize of the last]. Runs on the kernels, to which each
 * layer is copied once: what is changed in it after that is not seen.
 * @throws RangeError when sizes do not fit
 */
export const denseForward = (
  layers: readonly DenseLayer[],
  input: Float32Array,
  rows: number,
): Float32Array => {
  checkSizes(layers, input, rows);
  if (layers.length === 0) return input.slice();
  const kernels = sharedKernels();
  const widest = layers.reduce((most, { outputSize }) => Math.max(most, outputSize), layers[0].inputSize);
  const work = kernels.alloc(2 * rows * widest);
  try {
    const halves = [work.words(0, rows * widest), work.words(rows * widest)] as const;
    halves[0].f32.set(input);
    let from = 0;
    for (const layer of layers) {
      const { inputSize: k, outputSize: n, activation } = layer;
      const { weights, bias } = heldBy(kernels, layer);
      const [a, c] = [halves[from], halves[1 - from]];
      kernels.gemm({ m: rows, n, k, a, b: weights, c }); // [rows, n]
      kernels.binary('add', { m: rows, n, a: c, b: bias, out: c, spreadB: 'row' });
      if (activation === 'relu') kernels.unary('relu', c, c, rows * n);
      from = 1 - from;
    }
    return halves[from].f32.slice(0, rows * layers[layers.length - 1].outputSize);
  } finally {
    work.free();
  }
};

interface HeldLayer {
  readonly weights: Block;
  readonly bias: Block;
}

const held = new WeakMap<DenseLayer, HeldLayer>();

const heldBy = (kernels: Kernels, layer: DenseLayer): HeldLayer => {
  let blocks = held.get(layer);
  if (blocks === undefined) {
    blocks = { weights: kernels.from(layer.weights), bias: kernels.from(layer.bias) };
    held.set(layer, blocks);
    freeWith(layer, [blocks.weights, blocks.bias]);
  }
  return blocks;
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
        const from = i * outputSize;
        for (let o = 0; o < outputSize; o++) out[o] += x * weights[from + o];
      }
      if (activation === 'relu') for (let o = 0; o < outputSize; o++) if (out[o] < 0) out[o] = 0;
    }
    current = next;
  }
  return current;
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
