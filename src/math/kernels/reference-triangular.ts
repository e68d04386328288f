import { packedLength } from '../linear-algebra.ts';

export interface ReferenceSolve {
  /** [n][d], 0 before row `from`. */
  readonly rows: Float64Array[];
  readonly means: Float64Array; // [n]
  readonly squares: Float64Array; // [n]
}

/** What `solveLower` gives, one right-hand side after the other. */
export const referenceSolveLower = (args: {
  readonly factor: Float64Array; // packed [d, d]
  readonly z: Float64Array; // [d]
  readonly pull: Float64Array; // [d]
  readonly x: Float32Array; // [n, d]
  readonly n: number;
  readonly from: number;
}): ReferenceSolve => {
  const { factor, z, pull, x, n, from } = args;
  const d = z.length;
  const rows = Array.from({ length: n }, () => new Float64Array(d));
  const means = new Float64Array(n);
  const squares = new Float64Array(n);
  rows.forEach((w, a) => {
    for (let i = from; i < d; i++) {
      let rest = x[a * d + i] - pull[i];
      for (let j = from; j < i; j++) rest -= factor[packedLength(i) + j] * w[j];
      w[i] = rest * (1 / factor[packedLength(i) + i]);
      means[a] += w[i] * z[i];
      squares[a] += w[i] * w[i];
    }
  });
  return { rows, means, squares };
};

/** What `rotateIn` does, one row after the other: the last of them is z with y. Returns what is left of y. */
export const referenceRotateIn = (args: {
  readonly factor: Float64Array; // packed [d, d], overwritten
  readonly z: Float64Array; // [d], overwritten
  readonly x: Float64Array; // [d]
  readonly y: number;
}): number => {
  const { factor, z, x, y } = args;
  const turns: { keep: number; take: number; pull: number }[] = [];
  let square = 1;
  let length = 1;
  const turnRow = (row: Float64Array, target: number): number => {
    let u = target;
    turns.forEach(({ keep, take, pull }, j) => {
      const entry = row[j];
      row[j] = keep * entry + take * u;
      u -= pull * entry;
    });
    return u;
  };
  x.forEach((target, i) => {
    const row = factor.subarray(packedLength(i), packedLength(i + 1));
    const pull = turnRow(row, target) * (1 / row[i]);
    square += pull * pull;
    const longer = Math.sqrt(square);
    turns.push({ keep: length / longer, take: pull / (length * longer), pull });
    row[i] = (row[i] * longer) / length;
    length = longer;
  });
  return turnRow(z, y) / length;
};
