/** Operations element by element, with broadcasting of rows, columns and scalars. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import type { BinaryOp, UnaryOp } from './native.ts';
import { checkCounts, checkWords } from './shape.ts';

/** How an operand fills [m, n]: entirely, as one row [n], one column [m], or one number [1]. */
export type Spread = 'matrix' | 'row' | 'column' | 'scalar';

export interface BinaryArgs {
  readonly m: number;
  readonly n: number;
  readonly a: Span;
  readonly b: Span;
  /** [m, n], written. May be an operand of the same spread. */
  readonly out: Span;
  /** Default 'matrix'. */
  readonly spreadA?: Spread;
  readonly spreadB?: Spread;
}

export interface ElementwiseKernels {
  /** out[i] = op(x[i]) for i in [0, n). `out` may be `x`. exp, log and their kin lie within 1e-6 of the exact value. */
  unary(op: UnaryOp, x: Span, out: Span, n: number): void;
  /** out[i, j] = a op b, with NaN and signed zeros as JavaScript's own operators and Math.max have them. */
  binary(op: BinaryOp, args: BinaryArgs): void;
}

/** Strides from row to row and from column to column. */
const stridesOf = (spread: Spread, n: number): readonly [number, number] =>
  spread === 'matrix' ? [n, 1] : spread === 'row' ? [0, 1] : spread === 'column' ? [1, 0] : [0, 0];

const wordsOf = (spread: Spread, m: number, n: number): number =>
  spread === 'matrix' ? m * n : spread === 'row' ? n : spread === 'column' ? m : 1;

/** Elements that make up for waking a worker, cheap operations being bound by memory. */
const GRAIN = 1 << 17;

export function elementwiseKernels(core: KernelCore): ElementwiseKernels {
  return {
    unary(op, x, out, n) {
      checkCounts(op, { n });
      checkWords(op, 'x', x, n);
      checkWords(op, 'out', out, n);
      core.run(
        `unary_${op}`,
        core
          .split(n, { grain: GRAIN, align: 4 })
          .map(([from, to]) => [x.ptr + 4 * from, out.ptr + 4 * from, to - from]),
      );
    },
    binary(op, { m, n, a, b, out, spreadA = 'matrix', spreadB = 'matrix' }) {
      checkCounts(op, { m, n });
      checkWords(op, 'a', a, wordsOf(spreadA, m, n));
      checkWords(op, 'b', b, wordsOf(spreadB, m, n));
      checkWords(op, 'out', out, m * n);
      // where no row or column repeats, all is one column of numbers
      const flat = [spreadA, spreadB].every((spread) => spread === 'matrix' || spread === 'scalar');
      const [ar, ac] = stridesOf(spreadA, n);
      const [br, bc] = stridesOf(spreadB, n);
      if (flat) {
        core.run(
          `binary_${op}`,
          core.split(m * n, { grain: GRAIN, align: 4 }).map(([from, to]) => {
            const operands = [a.ptr + 4 * from * ac, 0, ac, b.ptr + 4 * from * bc, 0, bc];
            return [...operands, out.ptr + 4 * from, 1, to - from];
          }),
        );
      } else {
        core.run(
          `binary_${op}`,
          core.split(m, { grain: Math.ceil(GRAIN / (n + 1)), align: 1 }).map(([from, to]) => {
            const operands = [a.ptr + 4 * from * ar, ar, ac, b.ptr + 4 * from * br, br, bc];
            return [...operands, out.ptr + 4 * from * n, to - from, n];
          }),
        );
      }
    },
  };
}
