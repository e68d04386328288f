/** One fully connected layer: out = activation(in * weights + bias). */
export interface DenseLayer {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly weights: Float32Array; // [inputSize, outputSize]
  readonly bias: Float32Array; // [outputSize]
  readonly activation: 'relu' | 'linear';
}

/**
 * The output of the layers for `rows` inputs: [rows, outputSize of the last].
 * @throws RangeError when sizes do not fit
 */
export const denseForward = (
  layers: readonly DenseLayer[],
  input: Float32Array,
  rows: number,
): Float32Array => {
  let current = input;
  for (const layer of layers) {
    const { inputSize, outputSize, weights, bias, activation } = layer;
    if (current.length !== rows * inputSize) {
      throw new RangeError(`denseForward: expected ${rows} x ${inputSize} values, got ${current.length}`);
    }
    if (weights.length !== inputSize * outputSize || bias.length !== outputSize) {
      throw new RangeError(
        `denseForward: a ${inputSize} x ${outputSize} layer holds ${weights.length} weights and ${bias.length} biases`,
      );
    }
    const next = new Float32Array(rows * outputSize);
    for (let r = 0; r < rows; r++) {
      const out = next.subarray(r * outputSize, (r + 1) * outputSize);
      out.set(bias);
      for (let i = 0; i < inputSize; i++) {
        const x = current[r * inputSize + i];
        if (x === 0) continue; // one-hot inputs and ReLU leave many zeros
        const from = i * outputSize;
        for (let o = 0; o < outputSize; o++) out[o] += x * weights[from + o];
      }
      if (activation === 'relu') for (let o = 0; o < outputSize; o++) if (out[o] < 0) out[o] = 0;
    }
    current = next;
  }
  return current;
};
