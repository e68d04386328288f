import * as tf from '@tensorflow/tfjs';
import { sharedKernels } from '../math/kernels/kernels.ts';

/**
 * A weight that Adam moves on the kernels. TensorFlow.js's own optimizer makes a dozen calls for each weight, which
 * for weights as small as a tower's cost more than their arithmetic.
 * @see Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015
 */
export interface LearnedWeight {
  readonly shape: readonly number[];
  /** A view of kernel memory: copy what is to outlive `free`. */
  readonly values: Float32Array;
  /** The weight as it is now, as a tensor of its own. */
  tensor(): tf.Tensor;
  /** A step of Adam down the gradient. */
  learn(gradient: tf.Tensor, learningRate: number): void;
  /** Gives the kernel memory back. */
  free(): void;
}

/** @throws RangeError where the values do not fill the shape */
export const createLearnedWeight = (initial: Float32Array, shape: readonly number[]): LearnedWeight => {
  const n = tf.util.sizeFromShape([...shape]);
  if (initial.length !== n) {
    throw new RangeError(`learned weight: expected ${n} values for [${shape}], got ${initial.length}`);
  }
  const kernels = sharedKernels();
  const params = kernels.from(initial);
  const firstMoment = kernels.from(new Float32Array(n));
  const secondMoment = kernels.from(new Float32Array(n));
  let steps = 0;
  return {
    shape,
    values: params.f32,
    tensor: () => tf.tensor(params.f32.slice(), [...shape]),
    learn(gradient, learningRate) {
      if (gradient.size !== n)
        throw new RangeError(`learned weight: expected ${n} gradients, got ${gradient.size}`);
      const grads = kernels.from(gradient.dataSync() as Float32Array);
      steps++;
      kernels.adam({ params, firstMoment, secondMoment, grads, n, learningRate, step: steps });
      grads.free();
    },
    free() {
      for (const block of [params, firstMoment, secondMoment]) block.free();
    },
  };
};
