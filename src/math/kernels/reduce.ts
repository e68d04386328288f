/** Sums and maxima along an axis of a matrix, and its transpose. */
import type { KernelCore } from './core.ts';
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

/** Elements that make up for waking a worker. */
const GRAIN = 1 << 17;

export function reduceKernels(core: KernelCore): ReduceKernels {
  const { native } = core;
  /** Rows for the last axis, columns for the first: each result is summed by one thread, in one order. */
  const piecesOf = ({ m, n, axis }: ReduceArgs) =>
    axis === 'last'
      ? core.split(m, { grain: Math.ceil(GRAIN / (n + 1)), align: 1 })
      : core.split(n, { grain: Math.ceil(GRAIN / (m + 1)), align: 16 });
  const scaledSum = (where: string, args: ReduceArgs, scale: number): void => {
    const { x, m, n, axis, out } = args;
    checkReduce(where, args);
    const last = axis === 'last';
    core.run(
      last ? 'sumLast' : 'sumFirst',
      piecesOf(args).map(([from, to]) =>
        last
          ? [x.ptr + 4 * from * n, to - from, n, scale, out.ptr + 4 * from]
          : [x.ptr + 4 * from, m, to - from, n, scale, out.ptr + 4 * from],
      ),
    );
  };
  return {
    sum: (args) => scaledSum('sum', args, 1),
    mean: (args) => scaledSum('mean', args, 1 / (args.axis === 'last' ? args.n : args.m)),
    max(args) {
      const { x, m, n, axis, out } = args;
      checkReduce('max', args);
      const last = axis === 'last';
      core.run(
        last ? 'maxLast' : 'maxFirst',
        piecesOf(args).map(([from, to]) =>
          last
            ? [x.ptr + 4 * from * n, to - from, n, out.ptr + 4 * from]
            : [x.ptr + 4 * from, m, to - from, n, out.ptr + 4 * from],
        ),
      );
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
