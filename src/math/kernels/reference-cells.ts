/** The readable twins of the inverted file's kernels. */

/** The rows of the chosen cells in order, and scale * rowScales[row] * (query . codes[row]) of each. */
export function referenceScanCells(
  { query, codes, rowScales, starts }: ReferenceCells,
  chosen: ArrayLike<number>,
  scale: number,
): { readonly rows: Uint32Array; readonly out: Float32Array } {
  const rows: number[] = [];
  for (let i = 0; i < chosen.length; i++) {
    for (let row = starts[chosen[i]!]!; row < starts[chosen[i]! + 1]!; row++) rows.push(row);
  }
  const d = query.length;
  const out = Float32Array.from(rows, (row) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += query[k]! * codes[row * d + k]!;
    return scale * rowScales[row]! * sum;
  });
  return { rows: Uint32Array.from(rows), out };
}

export interface ReferenceCells {
  readonly query: Int8Array;
  readonly codes: Int8Array;
  readonly rowScales: Float32Array;
  readonly starts: Uint32Array;
}

/** For each row of x[m, n], the first column at which x + bias is largest, and that sum; NaN is passed over. */
export function referenceArgMaxRows(
  x: Float32Array,
  bias: Float32Array,
): { readonly ids: Uint32Array; readonly best: Float32Array } {
  const n = bias.length;
  const m = n === 0 ? 0 : x.length / n;
  const ids = new Uint32Array(m);
  const best = new Float32Array(m).fill(-Infinity);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const sum = Math.fround(x[i * n + j]! + bias[j]!);
      if (sum > best[i]!) {
        best[i] = sum;
        ids[i] = j;
      }
    }
  }
  return { ids, best };
}
