import type { Rng } from '../domain/rng.ts';
import { HEADS, type Head } from '../ranking/multi-task.ts';

/** Features whose sum is close to each head's logit, as the models that they come from were taught. */
export const SUMS: Readonly<Record<Head, readonly string[]>> = {
  click: ['taste-click', 'fair-click-lift'],
  finish: ['taste-finish', 'fair-finish-lift'],
};

/** What is drawn for the outputs is this small a share of the usual, so that the sums are heard over it. */
const QUIET = 0.1;

/**
 * Weights of the layers to start from, [inputs, outputs] each: drawn, but for two units a head in every hidden layer,
 * which hand the head's sum on to its output, one where it is above its mean and one where it is below:
 *   relu(sum) - relu(-sum) = sum
 * A network that has to find the sum first spends much of what the clicks tell on it. Inputs are less their means and
 * over `deviation`.
 */
export const startingWeights = (options: {
  /** Inputs, hidden layers, outputs. */
  readonly sizes: readonly number[];
  readonly names: readonly string[];
  readonly deviation: ArrayLike<number>;
  readonly rng: Rng;
}): Float32Array[] => {
  const { sizes, names, deviation, rng } = options;
  const last = sizes.length - 2;
  const carriers = 2 * HEADS.length;
  return sizes.slice(1).map((outputs, layer) => {
    const inputs = sizes[layer];
    const spread = Math.sqrt(12 / inputs) * (layer === last ? QUIET : 1);
    const weights = Float32Array.from({ length: inputs * outputs }, () => (rng.next() - 0.5) * spread);
    if (layer === last) {
      for (let c = 0; c < carriers; c++)
        for (let h = 0; h < outputs; h++) weights[c * outputs + h] = h === c >>> 1 ? signOf(c) : 0;
      return weights;
    }
    for (let c = 0; c < carriers; c++) {
      const summed = SUMS[HEADS[c >>> 1]];
      for (let i = 0; i < inputs; i++) {
        const first = summed.includes(names[i]) ? signOf(c) * deviation[i] : 0;
        weights[i * outputs + c] = layer === 0 ? first : i === c ? 1 : 0;
      }
    }
    return weights;
  });
};

const signOf = (carrier: number): number => (carrier % 2 === 0 ? 1 : -1);
