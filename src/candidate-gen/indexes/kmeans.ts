import type { Rng } from '../../domain/rng.ts';
import type { Kernels } from '../../math/kernels/kernels.ts';
import type { Block, Span } from '../../math/kernels/memory.ts';

/** Rows that are compared with all centroids at a time: their scores stay in a second-level cache. */
const ROWS_AT_ONCE = 256;

/** Draws of new centroids before the first iteration; in each the far rows are likelier. */
const SEEDING_ROUNDS = 16;

export interface KMeansOptions {
  /** [n, d], all finite. */
  readonly vectors: Float32Array;
  readonly dimension: number;
  /** At least 1, at most n. */
  readonly cells: number;
  readonly iterations: number;
  readonly rng: Rng;
}

/**
 * Centroids [cells, d] of Lloyd's algorithm on squared distance, in kernel memory: free the block. Distance, and
 * not the angle, because rows of a tight cell have nearly the same inner product with any query. Seeded in rounds
 * by distance, and a cell that loses its last row is moved to a row that is far from its own centroid: a centroid
 * between two natural clusters would make every query read both.
 * @see Bahmani et al., "Scalable k-means++", VLDB 2012
 */
export function trainCentroids(kernels: Kernels, options: KMeansOptions): Block {
  const { vectors, dimension: d, cells, iterations, rng } = options;
  const n = vectors.length / d;
  const rows = kernels.from(vectors);
  const centroids = kernels.alloc(cells * d);
  const ids = kernels.alloc(n);
  const best = kernels.alloc(n);
  const norms = squaredNorms(vectors, d);
  const far = new Float64Array(n).fill(1); // squared distance to the nearest centroid so far
  for (let have = 0, round = 0; have < cells; round++) {
    const count = Math.min(cells - have, Math.ceil(cells / SEEDING_ROUNDS));
    copyRows(vectors, d, drawRows(far, count, rng.fork(`seeds-${round}`)), centroids.f32, have);
    const fresh = centroids.words(have * d, (have + count) * d);
    assignRows(kernels, { rows, n, d, centroids: fresh, cells: count, ids, best });
    const nearest = best.f32;
    for (let i = 0; i < n; i++) {
      const distance = Math.max(0, norms[i] - 2 * nearest[i]);
      if (round === 0 || distance < far[i]) far[i] = distance;
    }
    have += count;
  }
  for (let iteration = 0; iteration < iterations; iteration++) {
    assignRows(kernels, { rows, n, d, centroids, cells, ids, best });
    const counts = averageRows(vectors, d, ids.u32, centroids.f32, cells);
    const empty = [...counts.keys()].filter((cell) => counts[cell] === 0);
    if (empty.length === 0) continue;
    const nearest = best.f32;
    for (let i = 0; i < n; i++) far[i] = Math.max(0, norms[i] - 2 * nearest[i]);
    const moved = drawRows(far, empty.length, rng.fork(`moved-${iteration}`));
    for (const [i, cell] of empty.entries()) {
      copyRows(vectors, d, moved.subarray(i, i + 1), centroids.f32, cell);
    }
  }
  best.free();
  ids.free();
  rows.free();
  return centroids;
}

export interface AssignArgs {
  /** [n, d] */
  readonly rows: Span;
  readonly n: number;
  readonly d: number;
  /** [cells, d] */
  readonly centroids: Span;
  readonly cells: number;
  /** [n] the nearest cell (u32), written. */
  readonly ids: Span;
  /** [n] x . c - |c|^2 / 2 of that cell, written: |x - c|^2 is |x|^2 minus twice it. */
  readonly best: Span;
}

/** Finds the nearest centroid of each row by matrix multiplication: the largest x . c - |c|^2 / 2. */
export function assignRows(kernels: Kernels, args: AssignArgs): void {
  const { rows, n, d, centroids, cells, ids, best } = args;
  const bias = kernels.alloc(cells);
  bias.f32.set(squaredNorms(centroids.f32.subarray(0, cells * d), d).map((norm) => -norm / 2));
  const scores = kernels.alloc(Math.min(n, ROWS_AT_ONCE) * cells);
  for (let from = 0; from < n; from += ROWS_AT_ONCE) {
    const to = Math.min(n, from + ROWS_AT_ONCE);
    const m = to - from;
    const a = rows.words(from * d, to * d);
    kernels.gemm({ m, n: cells, k: d, a, b: centroids, c: scores, transposeB: true });
    const part = { ids: ids.words(from, to), best: best.words(from, to) };
    kernels.argMaxRows({ x: scores, bias, m, n: cells, ...part });
  }
  scores.free();
  bias.free();
}

function squaredNorms(vectors: Float32Array, d: number): Float32Array {
  const norms = new Float32Array(vectors.length / d);
  for (let row = 0, at = 0; row < norms.length; row++) {
    let sum = 0;
    for (const end = at + d; at < end; at++) sum += vectors[at] * vectors[at];
    norms[row] = sum;
  }
  return norms;
}

/** `count` rows in proportion to their weights; any row where no weight is left. */
function drawRows(weights: Float64Array, count: number, rng: Rng): Uint32Array {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) cumulative[i] = total += weights[i];
  return Uint32Array.from({ length: count }, () => {
    const aim = rng.next() * total;
    if (!(total > 0)) return Math.floor(rng.next() * weights.length);
    let low = 0;
    let high = weights.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle] > aim) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

function copyRows(from: Float32Array, d: number, rows: Uint32Array, to: Float32Array, at: number): void {
  for (let i = 0; i < rows.length; i++) {
    to.set(from.subarray(rows[i] * d, (rows[i] + 1) * d), (at + i) * d);
  }
}

/** Rows per cell; each cell that has any gets their mean as its centroid. */
function averageRows(
  vectors: Float32Array,
  d: number,
  cellOf: Uint32Array,
  centroids: Float32Array,
  cells: number,
): Uint32Array {
  const counts = new Uint32Array(cells);
  const sums = new Float64Array(cells * d);
  for (let row = 0; row < cellOf.length; row++) {
    const to = cellOf[row] * d;
    const from = row * d;
    counts[cellOf[row]] += 1;
    for (let i = 0; i < d; i++) sums[to + i] += vectors[from + i];
  }
  for (let cell = 0; cell < cells; cell++) {
    if (counts[cell] === 0) continue;
    for (let i = cell * d; i < (cell + 1) * d; i++) centroids[i] = sums[i] / counts[cell];
  }
  return counts;
}
