/**
 * An embedding table whose rows are updated only where a batch touched them, so that the cost of a step
 * does not grow with the table. Moments of untouched rows stand still ("lazy" Adam).
 * @see Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015
 */
export interface SparseTable {
  readonly values: Float32Array; // [rows, size]
  /** Adds a gradient of one row, [size] values of `gradient` from `offset`, times `scale`. */
  accumulate(row: number, gradient: Float32Array, offset: number, scale: number): void;
  /** Applies what was accumulated, and clears it. */
  step(learningRate: number): void;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export const createSparseTable = (values: Float32Array, size: number): SparseTable => {
  const rows = values.length / size;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`sparse table: ${values.length} values are no whole number of rows of ${size}`);
  }
  const mean = new Float32Array(values.length);
  const square = new Float32Array(values.length);
  const slotOf = new Int32Array(rows).fill(-1);
  let touched: number[] = [];
  let gradients = new Float32Array(1024 * size);
  let steps = 0;
  return {
    values,
    accumulate(row, gradient, offset, scale) {
      let slot = slotOf[row];
      if (slot < 0) {
        slot = touched.length;
        slotOf[row] = slot;
        touched.push(row);
        if ((slot + 1) * size > gradients.length) {
          const grown = new Float32Array(gradients.length * 2);
          grown.set(gradients);
          gradients = grown;
        }
        gradients.fill(0, slot * size, (slot + 1) * size);
      }
      const to = slot * size;
      for (let d = 0; d < size; d++) gradients[to + d] += scale * gradient[offset + d];
    },
    step(learningRate) {
      steps++;
      const rate = (learningRate * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps);
      for (let slot = 0; slot < touched.length; slot++) {
        const from = slot * size;
        const to = touched[slot] * size;
        for (let d = 0; d < size; d++) {
          const g = gradients[from + d];
          const m = (mean[to + d] = BETA1 * mean[to + d] + (1 - BETA1) * g);
          const v = (square[to + d] = BETA2 * square[to + d] + (1 - BETA2) * g * g);
          values[to + d] -= (rate * m) / (Math.sqrt(v) + EPSILON);
        }
        slotOf[touched[slot]] = -1;
      }
      touched = [];
    },
  };
};
