/**
 * Steps of Adam down a gradient, in place: for a few thousand weights in float64; tensors have kernels for it.
 * @see Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015
 */
export const createAdam = (weights: Float64Array): ((gradient: Float64Array, rate: number) => void) => {
  const [first, second] = [new Float64Array(weights.length), new Float64Array(weights.length)];
  let steps = 0;
  return (gradient, rate) => {
    steps++;
    const [unbiased, unbiasedSquare] = [1 - 0.9 ** steps, 1 - 0.999 ** steps];
    for (let i = 0; i < weights.length; i++) {
      first[i] += 0.1 * (gradient[i] - first[i]);
      second[i] += 0.001 * (gradient[i] ** 2 - second[i]);
      weights[i] -= (rate * first[i]) / unbiased / (Math.sqrt(second[i] / unbiasedSquare) + 1e-8);
    }
  };
};
