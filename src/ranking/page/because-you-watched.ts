import type { MemberProfile } from '../../domain/request.ts';
import { FINISHED_FRACTION } from '../../domain/tables.ts';
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

/** The titles that the member finished last, newest first, at most `count`. */
export const lastFinished = (
  { historyTitles, historyFractions }: MemberProfile,
  count: number,
): readonly number[] => {
  const finished: number[] = [];
  for (let i = historyTitles.length - 1; i >= 0 && finished.length < count; i--) {
    const title = historyTitles[i];
    if (historyFractions[i] >= FINISHED && !finished.includes(title)) finished.push(title);
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
  const nearest = watched.map(() => new Float32Array(titles.length).fill(Number.NaN)); // NaN is never selected
  const scales = watched.map((anchor) => inverseLength(vectors, anchor * size, size));
  for (let i = 0; i < titles.length; i++) {
    const from = titles[i] * size;
    let best = 0;
    let bestAnchor = -1;
    for (let a = 0; a < watched.length; a++) {
      const anchor = watched[a] * size;
      let sum = 0;
      for (let d = 0; d < size; d++) sum += vectors[from + d] * vectors[anchor + d];
      if (sum * scales[a] > best) {
        best = sum * scales[a];
        bestAnchor = a;
      }
    }
    if (bestAnchor >= 0) nearest[bestAnchor][i] = best * inverseLength(vectors, from, size);
  }
  return watched.map((anchor, a) => ({ watched: anchor, positions: topK(nearest[a], depth).sort() }));
};

const inverseLength = (vectors: Float32Array, from: number, size: number): number => {
  let square = 0;
  for (let d = 0; d < size; d++) square += vectors[from + d] ** 2;
  return square > 0 ? 1 / Math.sqrt(square) : 0;
};
