import * as tf from '@tensorflow/tfjs';
import type { DenseLayer } from '../math/dense.ts';

/** A trained layer as plain arrays, for a server without a tensor library. */
export const exportLayer = (
  weights: tf.Tensor,
  bias: tf.Tensor,
  activation: DenseLayer['activation'],
): DenseLayer => {
  const [inputSize, outputSize] = weights.shape;
  return {
    inputSize,
    outputSize,
    weights: Float32Array.from(weights.dataSync()),
    bias: Float32Array.from(bias.dataSync()),
    activation,
  };
};

/** A variable that starts at a tensor's values and is all that is left of it. */
export const variableOf = (initial: tf.Tensor): tf.Variable => {
  const variable = tf.variable(initial);
  initial.dispose();
  return variable;
};
