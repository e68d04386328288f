/** Sums and maxima along an axis of a matrix, and its transpose. */
import type { KernelCore } from './kernels.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkWords } from './shape.ts';

export interface ReduceArgs {
  /** [m, n] */
  readonly x: Span;
  readonly m: number;
  readonly n: number;
  /** 'last' gives [m], one number per row; 'first' gives [n], one per column. */
  readonly axis: 'first' | 'last';
  /** Written. */
  readonly out: Span;
}

export interface ReduceKernels {
  /** Sums; an empty axis gives 0. */
  sum(args: ReduceArgs): void;
  /** Means; an empty axis gives NaN. */
  mean(args: ReduceArgs): void;
  /** Maxima; an empty axis gives -Infinity, NaN wins over everything. */
  max(args: ReduceArgs): void;
  /** out[n, m] = x[m, n] transposed. Not in place. */
  transpose(args: { readonly x: Span; readonly m: number; readonly n: number; readonly out: Span }): void;
}

export function reduceKernels({ native }: KernelCore): ReduceKernels {
  const scaledSum = (where: string, args: ReduceArgs, scale: number): void => {
    const { x, m, n, axis, out } = args;
    checkReduce(where, args);
    if (axis === 'last') native.sumLast(x.ptr, m, n, scale, out.ptr);
    else native.sumFirst(x.ptr, m, n, n, scale, out.ptr);
  };
  return {
    sum: (args) => scaledSum('sum', args, 1),
    mean: (args) => scaledSum('mean', args, 1 / (args.axis === 'last' ? args.n : args.m)),
    max(args) {
      const { x, m, n, axis, out } = args;
      checkReduce('max', args);
      if (axis === 'last') native.maxLast(x.ptr, m, n, out.ptr);
      else native.maxFirst(x.ptr, m, n, n, out.ptr);
    },
    transpose({ x, m, n, out }) {
      checkCounts('transpose', { m, n });
      checkWords('transpose', 'x', x, m * n);
      checkWords('transpose', 'out', out, m * n);
      native.transpose(x.ptr, m, n, out.ptr);
    },
  };
}

function checkReduce(where: string, { x, m, n, axis, out }: ReduceArgs): void {
  checkCounts(where, { m, n });
  checkWords(where, 'x', x, m * n);
  checkWords(where, 'out', out, axis === 'last' ? m : n);
}
