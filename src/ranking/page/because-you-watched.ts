import type { MemberProfile } from '../../domain/request.ts';
import { FINISHED_FRACTION } from '../../domain/tables.ts';
import { dislikedTitles } from '../../features/profile.ts';
import { sharedKernels } from '../../math/kernels/kernels.ts';
import { topK } from '../../math/top-k.ts';

/** Where titles lie: those that the same members watch are near one another. */
export interface TitleVectors {
  readonly vectors: Float32Array; // [titles, size]
  readonly size: number;
}

/** Titles of the pool that are like one that the member finished. */
export interface Alike {
  readonly watched: number;
  /** Positions in the pool, in its order. */
  readonly positions: Uint32Array;
}

/** Fractions of a history are kept in single precision, where 0.7 is a little less. */
const FINISHED = Math.fround(FINISHED_FRACTION);

/** The titles that the member finished last and has not turned down, newest first, at most `count`. */
export const lastFinished = (profile: MemberProfile, count: number): readonly number[] => {
  const { historyTitles, historyFractions } = profile;
  const disliked = dislikedTitles(profile);
  const finished: number[] = [];
  for (let i = historyTitles.length - 1; i >= 0 && finished.length < count; i--) {
    const title = historyTitles[i];
    if (historyFractions[i] < FINISHED || disliked.has(title)) continue;
    if (!finished.includes(title)) finished.push(title);
  }
  return finished;
};

/**
 * For each of `watched` the `depth` titles of the pool with the largest cosine to it, of those above 0. A title
 * of the pool goes to the one that it is nearest to, so that each row is about another thing.
 * @see Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001
 */
export const alikeOf = (
  watched: readonly number[],
  titles: Uint32Array,
  { vectors, size }: TitleVectors,
  depth: number,
): Alike[] => {
  const [n, h] = [titles.length, watched.length];
  if (n === 0 || h === 0) return [];
  const kernels = sharedKernels();
  const work = kernels.alloc((n + h) * size + n * h);
  try {
    const anchors = work.words(n * size);
    const products = work.words((n + h) * size);
    writeRows(work.f32, titles, vectors, size);
    writeRows(anchors.f32, watched, vectors, size);
    const scales = inverseLengths(anchors.f32, h, size);
    kernels.gemm({ m: n, n: h, k: size, a: work, b: anchors, c: products, transposeB: true });
    const lengths = inverseLengths(work.f32, n, size);
    const nearest = watched.map(() => new Float32Array(n).fill(Number.NaN)); // NaN is never selected
    for (let i = 0, at = 0; i < n; i++) {
      let best = 0;
      let bestAnchor = -1;
      for (let a = 0; a < h; a++) {
        const cosine = products.f32[at++] * scales[a] * lengths[i];
        if (cosine > best) {
          best = cosine;
          bestAnchor = a;
        }
      }
      if (bestAnchor >= 0) nearest[bestAnchor][i] = best;
    }
    return watched.map((anchor, a) => ({ watched: anchor, positions: topK(nearest[a], depth).sort() }));
  } finally {
    work.free();
  }
};

const writeRows = (out: Float32Array, rows: ArrayLike<number>, vectors: Float32Array, size: number): void => {
  for (let i = 0; i < rows.length; i++)
    out.set(vectors.subarray(rows[i] * size, (rows[i] + 1) * size), i * size);
};

/** 1 / length of each row of [n, size], 0 for a row of zeros. */
const inverseLengths = (rows: Float32Array, n: number, size: number): Float32Array => {
  const scales = new Float32Array(n);
  for (let i = 0, at = 0; i < n; i++) {
    let square = 0;
    for (const end = at + size; at < end; at++) square += rows[at] * rows[at];
    scales[i] = square > 0 ? 1 / Math.sqrt(square) : 0;
  }
  return scales;
};
