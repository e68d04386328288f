/** The k best of n scores by selection. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkWords } from './shape.ts';

export interface TopKArgs {
  /** [n] */
  readonly scores: Span;
  readonly n: number;
  readonly k: number;
  /** [k] indexes (u32), best first, written. */
  readonly ids: Span;
  /** [k] their scores, written. */
  readonly values: Span;
}

export interface TopKKernels {
  /**
   * How many of the k places were filled: min(k, scores that are not NaN). Falling score, then rising index;
   * exact whatever the distribution, fastest where few scores stand out.
   */
  topK(args: TopKArgs): number;
}

export function topKKernels({ native, arena }: KernelCore): TopKKernels {
  return {
    topK({ scores, n, k, ids, values }) {
      checkCounts('topK', { n, k });
      const most = Math.min(n, k);
      checkWords('topK', 'scores', scores, n);
      checkWords('topK', 'ids', ids, most);
      checkWords('topK', 'values', values, most);
      const work = arena.alloc(native.topKWorkWords(n, most));
      const found = native.topK(scores.ptr, n, most, ids.ptr, values.ptr, work.ptr);
      work.free();
      return found;
    },
  };
}
