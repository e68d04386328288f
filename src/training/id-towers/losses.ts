import { type Kernels, sharedKernels } from '../../math/kernels/kernels.ts';
import { type Block, withHeld } from '../../math/kernels/memory.ts';

/** What towers can learn from: how a user's items are told from the others. */
export const TOWER_LOSSES = ['sampled-softmax', 'cosine-contrastive'] as const;
export type TowerLoss = (typeof TOWER_LOSSES)[number];

/** One step's vectors: B users, and C items of which the first `negatives` are shared by all users. */
export interface LossInputs {
  readonly dimension: number;
  readonly queries: Float32Array; // [B, dimension] unit vectors
  readonly items: Float32Array; // [C, dimension]
  readonly negatives: number;
  /** Of the negatives, how many a user learns from: those that it scores highest. */
  readonly hardest: number;
  /** log(negatives * Q_j), Q_j being the chance with which negative j was drawn: [negatives]. */
  readonly logQ: Float32Array;
  /** The columns that user b took: positives[starts[b] .. starts[b + 1]). They are no negatives of b. */
  readonly starts: Uint32Array; // [B + 1]
  readonly positives: Uint32Array;
  readonly weights: Float32Array; // [pairs]
}

export interface LossOutcome {
  /** Weighted sum over all pairs; the gradients are its own. */
  readonly loss: number;
  readonly queryGradient: Float32Array; // [B, dimension]
  readonly itemGradient: Float32Array; // [C, dimension]
}

/** Scores held at once, in words: enough rows that packing the items for a product costs little beside it. */
const CHUNK_WORDS = 1 << 20;

/** Takes an item out of a user's softmax. */
const OUT = -1e4;

/**
 * Gradients of a chunk's rows: the scores, [m, negatives], are replaced by d loss / d score / rowFactor. What a user
 * took, and what is not among its hardest, scores OUT.
 */
type ChunkGradient = (chunk: { readonly scores: Block; readonly from: number; readonly m: number }) => void;

/**
 * The frame of both losses: scores of chunks of users against the shared negatives by one product, their
 * gradients by two. `chunk` turns scores into row-wise derivatives and sets each row's factor.
 */
const overChunks = (
  kernels: Kernels,
  { dimension: d, queries, items, negatives: n, hardest, starts, positives }: LossInputs,
  rowFactors: Float32Array,
  chunk: ChunkGradient,
): Pick<LossOutcome, 'queryGradient' | 'itemGradient'> => {
  const users = queries.length / d;
  const rows = Math.min(users, Math.max(6, Math.floor(CHUNK_WORDS / n / 6) * 6));
  return withHeld((hold) => {
    const q = hold(kernels.from(queries));
    const v = hold(kernels.from(items.subarray(0, n * d)));
    const scores = hold(kernels.alloc(rows * n));
    const scaled = hold(kernels.alloc(rows * d));
    const queryGrad = hold(kernels.alloc(users * d));
    const itemGrad = hold(kernels.alloc(n * d));
    for (let from = 0; from < users; from += rows) {
      const m = Math.min(rows, users - from);
      kernels.gemm({ m, n, k: d, a: q.words(from * d), b: v, c: scores, transposeB: true });
      const z = scores.f32;
      for (let b = 0; b < m; b++) {
        const own = positives.subarray(starts[from + b], starts[from + b + 1]);
        for (const column of own) if (column < n) z[b * n + column] = OUT;
      }
      if (hardest < n) keepHardest(kernels, { scores, m, n, hardest });
      chunk({ scores, from, m });
      kernels.gemm({ m, n: d, k: n, a: scores, b: v, c: queryGrad.words(from * d) });
      // the factors go to the small side of the second product
      const some = queries.slice(from * d, (from + m) * d);
      for (let b = 0; b < m; b++) {
        for (let at = b * d; at < (b + 1) * d; at++) some[at] *= rowFactors[from + b];
      }
      scaled.f32.set(some);
      const product = { m: n, n: d, k: m, a: scores, b: scaled, c: itemGrad };
      kernels.gemm({ ...product, transposeA: true, accumulate: from > 0 });
    }
    const queryGradient = queryGrad.f32.slice();
    for (let b = 0; b < users; b++) {
      for (let at = b * d; at < (b + 1) * d; at++) queryGradient[at] *= rowFactors[b];
    }
    const itemGradient = new Float32Array(items.length);
    itemGradient.set(itemGrad.f32);
    return { queryGradient, itemGradient };
  });
};

/** Takes all but the highest scores of each row out. */
const keepHardest = (
  kernels: Kernels,
  { scores, m, n, hardest }: { scores: Block; m: number; n: number; hardest: number },
): void => {
  const ids = kernels.alloc(hardest);
  const values = kernels.alloc(hardest);
  try {
    for (let b = 0; b < m; b++) {
      const row = scores.words(b * n, (b + 1) * n);
      const found = kernels.topK({ scores: row, n, k: hardest, ids, values });
      const least = values.f32[found - 1];
      const z = row.f32;
      for (let j = 0; j < n; j++) if (z[j] < least) z[j] = OUT;
    }
  } finally {
    ids.free();
    values.free();
  }
};

const dot = (a: Float32Array, i: number, b: Float32Array, j: number, d: number): number => {
  let even = 0;
  let odd = 0;
  let f = 0;
  for (; f + 1 < d; f += 2) {
    even += a[i + f] * b[j + f];
    odd += a[i + f + 1] * b[j + f + 1];
  }
  return f < d ? even + odd + a[i + f] * b[j + f] : even + odd;
};

/** Adds the gradient of one pair's own score: g * v_j to the query's, g * q_b to the item's. */
const addPair = (
  { queries, items, dimension: d }: LossInputs,
  { queryGradient, itemGradient }: Pick<LossOutcome, 'queryGradient' | 'itemGradient'>,
  b: number,
  column: number,
  g: number,
): void => {
  const [q, v] = [b * d, column * d];
  for (let f = 0; f < d; f++) {
    queryGradient[q + f] += g * items[v + f];
    itemGradient[v + f] += g * queries[q + f];
  }
};

/**
 * Sampled softmax: each pair against the shared negatives that its user did not take,
 *   loss(b, p) = log(e^z_bp + sum_j e^(z_bj - logQ_j)) - z_bp,   z = q . v / temperature
 * The correction makes the sum an unbiased estimate of that over the whole catalogue, however negatives are drawn.
 * @see Bengio & Senécal, "Adaptive importance sampling to accelerate training of a neural probabilistic language model", 2008
 * @see Wu et al., "On the effectiveness of sampled softmax loss for item recommendation", TOIS 2024
 */
export const sampledSoftmax = (inputs: LossInputs, temperature: number): LossOutcome => {
  const { dimension: d, queries, items, negatives: n, logQ, starts, positives, weights } = inputs;
  const kernels = sharedKernels();
  const users = queries.length / d;
  let loss = 0;
  const rowFactors = new Float32Array(users);
  const pairGradients = new Float32Array(positives.length);
  return withHeld((hold) => {
    const bias = hold(kernels.from(logQ));
    const losses = hold(kernels.alloc(users));
    const targets = hold(kernels.alloc(users));
    const gradients = overChunks(kernels, inputs, rowFactors, ({ scores, from, m }) => {
      const z = scores.f32;
      const targetScores = new Float64Array(m);
      for (let b = 0; b < m; b++) {
        let target = 0; // any column that is left: it only carries the sum out of the kernel
        while (target < n - 1 && z[b * n + target] === OUT) target++;
        targets.i32[b] = target;
        targetScores[b] = z[b * n + target] / temperature - logQ[target];
      }
      // gradScale undoes the scale: scores become the softmax itself, less 1 at the target
      const shape = { logits: scores, m, n, targets, loss: losses, bias };
      kernels.softmaxCrossEntropy({ ...shape, scale: 1 / temperature, gradScale: temperature });
      const sums = losses.f32.slice(0, m);
      for (let b = 0; b < m; b++) {
        z[b * n + targets.i32[b]] += 1;
        const logOthers = sums[b] + targetScores[b];
        let factor = 0;
        for (let at = starts[from + b]; at < starts[from + b + 1]; at++) {
          const own = dot(queries, (from + b) * d, items, positives[at] * d, d) / temperature;
          const all = Math.max(own, logOthers) + Math.log1p(Math.exp(-Math.abs(own - logOthers)));
          const missed = Math.exp(logOthers - all); // the probability of everything but the pair
          loss += weights[at] * (all - own);
          factor += (weights[at] * missed) / temperature;
          pairGradients[at] = (-weights[at] * missed) / temperature;
        }
        rowFactors[from + b] = factor;
      }
    });
    for (let b = 0; b < users; b++) {
      for (let at = starts[b]; at < starts[b + 1]; at++)
        addPair(inputs, gradients, b, positives[at], pairGradients[at]);
    }
    return { loss, ...gradients };
  });
};

/**
 * Cosine contrastive loss: pairs are drawn together, and negatives nearer than the margin are pushed away,
 *   loss(b, p) = 1 - q_b . v_p + negativeWeight * mean_j max(0, q_b . v_j - margin)
 * @see Mao et al., "SimpleX: a simple and strong baseline for collaborative filtering", CIKM 2021
 */
export const cosineContrastive = (
  inputs: LossInputs,
  { margin, negativeWeight }: { readonly margin: number; readonly negativeWeight: number },
): LossOutcome => {
  const { dimension: d, queries, items, negatives: n, starts, positives, weights } = inputs;
  const users = queries.length / d;
  const rowFactors = new Float32Array(users);
  for (let b = 0; b < users; b++) {
    for (let at = starts[b]; at < starts[b + 1]; at++) rowFactors[b] += (weights[at] * negativeWeight) / n;
  }
  let loss = 0;
  const gradients = overChunks(sharedKernels(), inputs, rowFactors, ({ scores, from, m }) => {
    const z = scores.f32.slice(0, m * n); // a copy on the heap: loops over shared memory are slow
    for (let b = 0; b < m; b++) {
      let over = 0;
      for (let j = b * n; j < (b + 1) * n; j++) {
        const excess = z[j] - margin;
        if (excess > 0) over += excess;
        z[j] = excess > 0 ? 1 : 0;
      }
      loss += rowFactors[from + b] * over;
    }
    scores.f32.set(z);
  });
  for (let b = 0; b < users; b++) {
    for (let at = starts[b]; at < starts[b + 1]; at++) {
      loss += weights[at] * (1 - dot(queries, b * d, items, positives[at] * d, d));
      addPair(inputs, gradients, b, positives[at], -weights[at]);
    }
  }
  return { loss, ...gradients };
};
