import type { CandidateList } from '../../domain/request.ts';
import type { Kernels } from '../../math/kernels/kernels.ts';
import type { Span } from '../../math/kernels/memory.ts';

/**
 * Rows that a coarse search keeps when k are wanted: the codes' error moves a row by a few places, and what is
 * kept beyond k lets the exact scores put it back.
 */
export const keptFor = (k: number): number => k + 32 + (k >>> 3);

export interface RescoreArgs {
  /** [d] */
  readonly query: Span;
  /** [size, d] */
  readonly vectors: Span;
  readonly size: number;
  readonly d: number;
  /** [count] rows of `vectors` (u32), in any order, all different. */
  readonly rows: Span;
  readonly count: number;
  readonly k: number;
  /** The caller's number of each row; default: the row itself. */
  readonly ids?: Uint32Array;
}

/** The k of the rows with the largest exact inner products, best first, equal scores by their ids. */
export function rescore(kernels: Kernels, args: RescoreArgs): CandidateList {
  const { query, vectors, size, d, rows, count, k, ids } = args;
  const out = kernels.alloc(count);
  const order = kernels.alloc(count);
  const values = kernels.alloc(count);
  kernels.scanIds({ query, rows: vectors, n: count, d, out, ids: rows, rowCount: size });
  const found = kernels.topK({ scores: out, n: count, k: count, ids: order, values });
  const scores = values.f32.slice(0, found);
  const items = order.u32.slice(0, found);
  const rowOf = rows.u32;
  for (let i = 0; i < found; i++) items[i] = ids === undefined ? rowOf[items[i]] : ids[rowOf[items[i]]];
  values.free();
  order.free();
  out.free();
  orderTies(items, scores);
  return found <= k ? { items, scores } : { items: items.slice(0, k), scores: scores.slice(0, k) };
}

/** Sorts the items of each run of equal scores. */
function orderTies(items: Uint32Array, scores: Float32Array): void {
  for (let from = 0; from < items.length; ) {
    let to = from + 1;
    while (to < items.length && scores[to] === scores[from]) to++;
    if (to > from + 1) items.subarray(from, to).sort();
    from = to;
  }
}
