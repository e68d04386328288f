/** The readable twins of the kernels: plain loops, sums in float64. Tests hold the two together. */

export interface ReferenceGemmArgs {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Added to the product: the old C of an accumulating call. */
  readonly start?: Float32Array;
}

/** op(A)[m, k] op(B)[k, n] (+ start) as a new [m, n]. */
export function referenceGemm(args: ReferenceGemmArgs): Float32Array {
  const { m, n, k, a, b, start } = args;
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start?.[i * n + j] ?? 0;
      for (let p = 0; p < k; p++) {
        const x = args.transposeA ? a[p * m + i]! : a[i * k + p]!;
        const y = args.transposeB ? b[j * k + p]! : b[p * n + j]!;
        sum += x * y;
      }
      c[i * n + j] = sum;
    }
  }
  return c;
}

/** out[i] = query[d] . rows[i, d] */
export function referenceScan(query: Float32Array, rows: Float32Array, n: number): Float32Array {
  const d = query.length;
  return Float32Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += query[k]! * rows[i * d + k]!;
    return sum;
  });
}
