import { RANKING_FEATURE_NAMES } from '../features/ranking-features.ts';
import type { DenseLayer } from '../math/dense.ts';
import { HEADS, type MultiTaskModel } from '../ranking/multi-task.ts';
import { SUMS } from './ranker-start.ts';
import type { LearnedOccasion } from './taste.ts';
import { CONTEXT_SIZE, OCCASION_FEATURES } from './taste-examples.ts';

/**
 * What the taste model counts for. No logs can choose it: on held-out pages the network alone foretells more. Those hold
 * few titles that suit the member as well as candidates do, where a network that bends as it likes is the less to be
 * relied on. Half is best, by a little, on the truth of four worlds.
 */
const TASTE_SHARE = 0.5;

/**
 * The ranker whose logits are the mean of the network's and the taste model's, a logarithmic opinion pool: two ways of
 * reading the same clicks, whose errors are partly their own.
 * @see Genest & Zidek, "Combining probability distributions", Statistical Science 1986
 */
export const blendWithTaste = (model: MultiTaskModel, occasion: LearnedOccasion): MultiTaskModel => ({
  ...model,
  layers: pooled(model.layers, tasteLayer(occasion), TASTE_SHARE),
});

/** The taste model's logits of click and finish, which are linear in the ranker's features. */
export const tasteLayer = ({ context, bias }: LearnedOccasion): DenseLayer => {
  const weights = new Float32Array(RANKING_FEATURE_NAMES.length * HEADS.length);
  HEADS.forEach((name, head) => {
    const weigh = (feature: string, weight: number): void => {
      weights[RANKING_FEATURE_NAMES.indexOf(feature) * HEADS.length + head] = weight;
    };
    for (const feature of SUMS[name]) weigh(feature, 1);
    const first = (head + 1) * CONTEXT_SIZE - OCCASION_FEATURES.length; // after the lifts
    OCCASION_FEATURES.forEach(([feature, scale], c) => {
      weigh(feature, context[first + c] * scale);
    });
  });
  return {
    inputSize: RANKING_FEATURE_NAMES.length,
    outputSize: HEADS.length,
    weights,
    bias: Float32Array.from(bias),
    activation: 'linear',
  };
};

/**
 * Layers whose output is (1 - share) that of `layers` and `share` that of `linear`, [inputs, outputs]. Two units for each
 * output in every hidden layer hand the linear sum on: relu(sum) - relu(-sum) = sum.
 */
const pooled = (layers: readonly DenseLayer[], linear: DenseLayer, share: number): readonly DenseLayer[] => {
  const carriers = 2 * linear.outputSize;
  return layers.map((layer, l) => {
    const [first, last] = [l === 0, l === layers.length - 1];
    const inputSize = layer.inputSize + (first ? 0 : carriers);
    const outputSize = layer.outputSize + (last ? 0 : carriers);
    const weights = new Float32Array(inputSize * outputSize);
    const bias = new Float32Array(outputSize);
    const scale = last ? 1 - share : 1;
    for (let o = 0; o < layer.outputSize; o++) {
      for (let i = 0; i < layer.inputSize; i++)
        weights[i * outputSize + o] = scale * layer.weights[i * layer.outputSize + o];
      bias[o] = scale * layer.bias[o];
    }
    for (let c = 0; c < carriers; c++) {
      const [output, sign] = [c >>> 1, c % 2 === 0 ? 1 : -1];
      const [from, to] = [layer.inputSize + c, layer.outputSize + c];
      if (last) weights[from * outputSize + output] = sign * share;
      else if (first) {
        for (let i = 0; i < inputSize; i++)
          weights[i * outputSize + to] = sign * linear.weights[i * linear.outputSize + output];
        bias[to] = sign * linear.bias[output];
      } else weights[from * outputSize + to] = 1;
    }
    return { ...layer, inputSize, outputSize, weights, bias };
  });
};
