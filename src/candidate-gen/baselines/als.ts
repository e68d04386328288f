import { byItem, type Interactions } from '../../domain/interactions.ts';
import type { Rng } from '../../domain/rng.ts';
import { type Kernels, sharedKernels } from '../../math/kernels/kernels.ts';
import type { Block, Span } from '../../math/kernels/memory.ts';
import { normalSource } from '../../math/random.ts';
import { createFactorScorer, drawFactors, type FactorModel } from './factor-scorer.ts';
import { type FitContext, settingsOf, startFit } from './fit.ts';

export interface AlsConfig {
  readonly factors: number;
  readonly iterations: number;
  /** What all pairs weigh as not taken, beside what the taken ones weigh: it then suits sparse and dense data alike. */
  readonly unobservedRatio: number;
  /** Penalty of a factor row, times (its pairs + unobservedWeight times all pairs it could have)^frequencyPower. */
  readonly l2: number;
  /** 1 scales the penalty by frequency; 0 is the penalty of Hu, Koren & Volinsky. */
  readonly frequencyPower: number;
  /** Conjugate gradient steps of each solve, which starts at the row's last value. */
  readonly steps: number;
}

export const ALS_DEFAULTS: AlsConfig = {
  factors: 256,
  iterations: 8,
  unobservedRatio: 15,
  l2: 0.007,
  frequencyPower: 1,
  steps: 3,
};

/** Deviation of the length of a first factor row. */
const START = 0.1;

/** Rows solved together. */
const BATCH = 512;

/** Bytes that a fit needs at its peak. */
export const alsBytes = (train: Interactions, factors: number): number => {
  const batch = 4 * factors * Math.max(mostPairs(train), mostPairs(byItem(train)));
  return 8 * (train.userCount + train.itemCount) * factors + 8 * train.items.length + 2 * batch;
};

/**
 * Implicit ALS: the factors W, H that minimise
 *   sum over taken (u, i) of (1 - w_u . h_i)^2 + unobservedWeight sum over all (u, i) of (w_u . h_i)^2 + penalty
 * with unobservedWeight = unobservedRatio * taken pairs / all pairs.
 * Users and items take turns; a row's normal equations (sum of h h^T over what it took + unobservedWeight H^T H
 * + penalty I) w = sum of h are never formed: conjugate gradient multiplies by them.
 * @throws MarqueeError (caller) on a setting out of range, or more memory than there is
 * @see Hu, Koren & Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008
 * @see Takács, Pilászy & Tikk, "Applications of the conjugate gradient method for implicit feedback", RecSys 2011
 * @see Rendle et al., "Revisiting the performance of iALS on item recommendation benchmarks", 2021
 */
export const fitAls = (
  train: Interactions,
  chosen: Partial<AlsConfig>,
  { rng, ...context }: FitContext & { readonly rng: Rng },
): FactorModel => {
  const config = settingsOf('als', ALS_DEFAULTS, chosen, {
    factors: { least: 1, whole: true },
    iterations: { least: 1, whole: true },
    unobservedRatio: { least: 0 },
    l2: { least: 0, above: true },
    frequencyPower: { least: 0 },
    steps: { least: 1, whole: true },
  });
  const { factors, iterations, unobservedRatio } = config;
  const { userCount, itemCount } = train;
  const unobservedWeight = (unobservedRatio * train.items.length) / Math.max(1, userCount * itemCount);
  const solve = { ...config, unobservedWeight };
  const progress = startFit('als', alsBytes(train, factors), context);
  const takers = byItem(train);
  const kernels = sharedKernels();
  const users = kernels.alloc(userCount * factors);
  const items = kernels.alloc(itemCount * factors);
  try {
    const normal = normalSource(() => rng.next());
    const sd = START / Math.sqrt(factors);
    users.f32.set(drawFactors(normal, userCount, factors, sd));
    items.f32.set(drawFactors(normal, itemCount, factors, sd));
    const step = progress.step('als', 2 * iterations);
    for (let turn = 0; turn < 2 * iterations; turn++) {
      if (turn % 2 === 0) solveRows({ kernels, pairs: train, rows: users, others: items, config: solve });
      else solveRows({ kernels, pairs: takers, rows: items, others: users, config: solve });
      step.advance(turn + 1);
    }
    step.end();
    const learned = { userFactors: users.f32.slice(), itemFactors: items.f32.slice() };
    return createFactorScorer({ name: 'als', userCount, itemCount, factors, ...learned });
  } finally {
    users.free();
    items.free();
  }
};

export interface AlsTurn {
  readonly kernels: Kernels;
  /** What each row took, of the others. */
  readonly pairs: Interactions;
  readonly rows: Block; // [pairs.userCount, factors], moved towards their solutions
  readonly others: Block; // [pairs.itemCount, factors]
  readonly config: Omit<AlsConfig, 'iterations' | 'unobservedRatio'> & {
    /** Weight of a pair as not taken, beside 1 for one that was. */
    readonly unobservedWeight: number;
  };
}

/** Solves the normal equations of every row, with the others held. */
export const solveRows = ({ kernels, pairs, rows, others, config }: AlsTurn): void => {
  const { factors: d, unobservedWeight, l2, frequencyPower, steps } = config;
  const { userCount, itemCount, offsets, items } = pairs;
  const size = Math.min(BATCH, userCount);
  const most = mostPairs(pairs);
  const work = kernels.alloc(d * d + 2 * size * d + most * (d + 2) + size + 1);
  try {
    let taken = 0;
    const next = (words: number): Span => work.words(taken, (taken += words));
    const [gram, directions, products] = [next(d * d), next(size * d), next(size * d)];
    const [near, dots, ids, starts] = [next(most * d), next(most), next(most), next(size + 1)];
    kernels.gemm({ m: d, n: d, k: itemCount, a: others, b: others, c: gram, transposeA: true });
    for (let i = 0; i < d * d; i++) gram.f32[i] *= unobservedWeight;
    // Loops over heap arrays run several times as fast as over views of shared memory: p and q are copied.
    const [p, q, residuals] = [size, size, size].map((n) => new Float32Array(n * d));
    const squares = new Float64Array(size);

    for (let from = 0; from < userCount; from += size) {
      const m = Math.min(size, userCount - from);
      const first = offsets[from];
      ids.u32.set(items.subarray(first, offsets[from + m]));
      for (let r = 0; r <= m; r++) starts.u32[r] = offsets[from + r] - first;
      kernels.gatherRows({ table: others, rows: itemCount, d, ids, n: offsets[from + m] - first, out: near });
      const x = rows.f32.slice(from * d, (from + m) * d);

      /** q = (normal matrix of the row) p, for every row of the batch. */
      const multiply = (): void => {
        directions.f32.set(p);
        kernels.gemm({ m, n: d, k: d, a: directions, b: gram, c: products });
        for (let r = 0; r < m; r++) {
          const n = offsets[from + r + 1] - offsets[from + r];
          if (n === 0) continue;
          const b = near.words((offsets[from + r] - first) * d);
          kernels.scan({ query: directions.words(r * d), rows: b, n, d, out: dots });
          kernels.gemm({ m: 1, n: d, k: n, a: dots, b, c: products.words(r * d), accumulate: true });
        }
        q.set(products.f32);
        for (let r = 0; r < m; r++) {
          const frequency = offsets[from + r + 1] - offsets[from + r] + unobservedWeight * itemCount;
          addMultiple(q, r * d, l2 * frequency ** frequencyPower, p, r * d, d);
        }
      };
      p.set(x);
      multiply();
      const bags = { rows: itemCount, d, ids, offsets: starts, bags: m };
      kernels.embeddingBag({ ...bags, table: others, out: products }); // the right-hand sides
      residuals.set(products.f32);
      for (let r = 0; r < m; r++) {
        addMultiple(residuals, r * d, -1, q, r * d, d);
        squares[r] = dot(residuals, r * d, residuals, r * d, d);
      }
      p.set(residuals);
      for (let step = 0; step < steps; step++) {
        multiply();
        for (let r = 0; r < m; r++) {
          const at = r * d;
          const curvature = dot(p, at, q, at, d);
          if (!(curvature > 0)) continue; // solved: the direction is 0
          const length = squares[r] / curvature;
          addMultiple(x, at, length, p, at, d);
          addMultiple(residuals, at, -length, q, at, d);
          const left = dot(residuals, at, residuals, at, d);
          const kept = left / squares[r];
          squares[r] = left;
          for (let f = 0; f < d; f++) p[at + f] = residuals[at + f] + kept * p[at + f];
        }
      }
      rows.f32.set(x, from * d);
    }
  } finally {
    work.free();
  }
};

/** The largest number of pairs in a batch of rows. */
const mostPairs = ({ userCount, offsets }: Pick<Interactions, 'userCount' | 'offsets'>): number => {
  let most = 0;
  for (let from = 0; from < userCount; from += BATCH) {
    most = Math.max(most, offsets[Math.min(userCount, from + BATCH)] - offsets[from]);
  }
  return most;
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

/** a[i ..] += factor * b[j ..], d entries. */
const addMultiple = (
  a: Float32Array,
  i: number,
  factor: number,
  b: Float32Array,
  j: number,
  d: number,
): void => {
  for (let f = 0; f < d; f++) a[i + f] += factor * b[j + f];
};
