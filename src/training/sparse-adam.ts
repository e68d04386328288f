import { embeddingSlots } from '../math/kernels/embedding.ts';
import { type Kernels, sharedKernels } from '../math/kernels/kernels.ts';
import { type Block, withHeld } from '../math/kernels/memory.ts';

/**
 * Rows of a table to be added up: bag b is the sum of weights[l] * row ids[l] for l from offsets[b] up to
 * offsets[b + 1]; an empty bag is a row of zeros.
 */
export interface Bags {
  readonly ids: Uint32Array;
  readonly weights: Float32Array; // as many as ids
  readonly offsets: Uint32Array; // [bags + 1]
}

/**
 * An embedding table whose rows are updated only where a batch touched them, so that the cost of a step
 * does not grow with the table. Moments of untouched rows stand still ("lazy" Adam).
 * @see Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015
 */
export interface SparseTable {
  /** [rows, size], a view of kernel memory: copy what is to outlive `free`. */
  readonly values: Float32Array;
  /** The bags' sums: [bags, size]. @throws RangeError on an id or offset out of range */
  lookUp(bags: Bags): Float32Array;
  /** A step of Adam down the gradient of what `lookUp` gave for these bags: [bags, size]. */
  learn(bags: Bags, gradient: Float32Array, learningRate: number): void;
  /** Gives the kernel memory back. */
  free(): void;
}

const BETA2 = 0.999;
const EPSILON = 1e-8;

/** @throws RangeError where the values are no whole number of rows */
export const createSparseTable = (initial: Float32Array, size: number): SparseTable => {
  const rows = initial.length / size;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`sparse table: ${initial.length} values are no whole number of rows of ${size}`);
  }
  const kernels = sharedKernels();
  const params = kernels.from(initial);
  const firstMoment = kernels.from(new Float32Array(initial.length));
  const secondMoment = kernels.from(new Float32Array(initial.length));
  const slots = embeddingSlots(kernels, rows);
  let steps = 0;

  return {
    values: params.f32,
    lookUp(bags) {
      const count = bags.offsets.length - 1;
      return withHeld((hold) => {
        const out = hold(kernels.alloc(count * size));
        kernels.embeddingBag({ table: params, rows, d: size, ...bagsIn(kernels, bags, hold), out });
        return out.f32.slice();
      });
    },
    learn(bags, gradient, learningRate) {
      withHeld((hold) => {
        const gradOut = hold(kernels.from(gradient));
        const most = Math.min(bags.ids.length, rows);
        const unique = hold(kernels.alloc(most));
        const grads = hold(kernels.alloc(most * size));
        const blocks = bagsIn(kernels, bags, hold);
        const shape = { rows, d: size };
        const count = kernels.embeddingBagBackward({ ...shape, ...blocks, gradOut, slots, unique, grads });
        steps++;
        const moments = { params, firstMoment, secondMoment };
        // Epsilon beside the uncorrected root, as in the paper's faster form: the kernel adds it to the corrected.
        const epsilon = EPSILON / Math.sqrt(1 - BETA2 ** steps);
        const rates = { learningRate, step: steps, beta2: BETA2, epsilon };
        kernels.adamRows({ ...moments, grads, ...shape, ids: unique, count, ...rates });
      });
    },
    free() {
      for (const block of [params, firstMoment, secondMoment, slots]) block.free();
    },
  };
};

type Hold = (block: Block) => Block;

const bagsIn = (kernels: Kernels, { ids, weights, offsets }: Bags, hold: Hold) => ({
  ids: hold(kernels.from(ids)),
  weights: hold(kernels.from(weights)),
  offsets: hold(kernels.from(offsets)),
  bags: offsets.length - 1,
});
