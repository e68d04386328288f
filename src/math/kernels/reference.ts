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

/** out[i] = scale * rowScales[i] * (query . rows[i]) over int8 rows. */
export function referenceScanInt8(
  query: Int8Array,
  rows: Int8Array,
  rowScales: Float32Array,
  scale: number,
): Float32Array {
  const d = query.length;
  return rowScales.map((rowScale, i) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += query[k]! * rows[i * d + k]!;
    return scale * rowScale * sum;
  });
}

/** Indexes of the k best, by sorting all that are not NaN: falling score, then rising index. */
export function referenceTopK(scores: Float32Array, k: number): Uint32Array {
  const valid = Array.from(scores.keys()).filter((i) => !Number.isNaN(scores[i]));
  const difference = (i: number, j: number): number =>
    scores[i] === scores[j] ? i - j : scores[i]! > scores[j]! ? -1 : 1;
  return Uint32Array.from(valid.sort(difference).slice(0, k));
}
