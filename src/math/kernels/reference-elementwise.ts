/** The readable twins of the element-wise and reduction kernels, and of softmax. */
import type { Spread } from './elementwise.ts';
import type { BinaryOp, UnaryOp } from './native.ts';

/** Half to even, as IEEE 754 rounds. */
function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

export const REFERENCE_UNARY: Readonly<Record<UnaryOp, (x: number) => number>> = {
  abs: Math.abs,
  neg: (x) => -x,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  log: Math.log,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  step: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0),
  sign: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  elu: (x) => (x < 0 ? Math.exp(x) - 1 : x),
};

export const REFERENCE_BINARY: Readonly<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  squaredDifference: (a, b) => Math.fround(a - b) ** 2,
};

/** The element of an operand that stands at row i and column j of [m, n]. */
export function spreadIndex(spread: Spread, i: number, j: number, n: number): number {
  if (spread === 'matrix') return i * n + j;
  return spread === 'row' ? j : spread === 'column' ? i : 0;
}

/** Sum, mean or max of x[m, n] along an axis. */
export function referenceReduce(
  how: 'sum' | 'mean' | 'max',
  {
    x,
    m,
    n,
    axis,
  }: { readonly x: Float32Array; readonly m: number; readonly n: number; readonly axis: 'first' | 'last' },
): Float32Array {
  const [length, reduced] = axis === 'last' ? [m, n] : [n, m];
  return Float32Array.from({ length }, (_, i) => {
    const values = Array.from({ length: reduced }, (__, j) =>
      axis === 'last' ? x[i * n + j]! : x[j * n + i]!,
    );
    if (how === 'max') return values.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = values.reduce((a, b) => a + b, 0);
    return how === 'sum' ? sum : sum / reduced;
  });
}

/** Softmax of each row of x[m, n], or its logarithm. */
export function referenceSoftmax(x: Float32Array, m: number, n: number, log: boolean): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    const row = x.subarray(i * n, (i + 1) * n);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
    out.set(
      row.map((value) => (log ? value - top - Math.log(sum) : Math.exp(value - top) / sum)),
      i * n,
    );
  }
  return out;
}

export interface ReferenceCrossEntropyArgs {
  readonly logits: Float32Array;
  readonly m: number;
  readonly n: number;
  readonly targets: ArrayLike<number>;
  readonly scale: number;
  readonly bias?: Float32Array;
  readonly rowIds?: ArrayLike<number>;
  readonly columnIds?: ArrayLike<number>;
  readonly gradScale: number;
}

/** Losses [m] and the gradient [m, n] of gradScale * loss with respect to the logits. */
export function referenceCrossEntropy(args: ReferenceCrossEntropyArgs): {
  loss: Float32Array;
  grad: Float32Array;
} {
  const { logits, m, n, targets, scale, bias, rowIds, columnIds, gradScale } = args;
  const loss = new Float32Array(m);
  const grad = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    const target = targets[i]!;
    const z = Array.from({ length: n }, (_, j) => {
      const hit = rowIds !== undefined && j !== target && columnIds?.[j] === rowIds[i];
      return hit ? -Infinity : logits[i * n + j]! * scale - (bias?.[j] ?? 0);
    });
    const top = Math.max(...z);
    const sum = z.reduce((total, value) => total + Math.exp(value - top), 0);
    loss[i] = Math.log(sum) + top - z[target]!;
    for (let j = 0; j < n; j++) {
      const probability = Math.exp(z[j]! - top) / sum;
      grad[i * n + j] = gradScale * scale * (probability - (j === target ? 1 : 0));
    }
  }
  return { loss, grad };
}
