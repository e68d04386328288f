/** What the tests need of one column in one arm. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Of the sample, with n - 1. */
  readonly variance: number;
}

/** What they need of two columns of the same units in one arm. */
export interface PairMoments {
  readonly n: number;
  readonly a: Moments;
  readonly b: Moments;
  readonly covariance: number;
}

/**
 * Two columns' moments in each arm, [arms]: one pass for the means, one for squares about them, so that large means
 * cost no digits. Units with an arm beyond `arms` (such as 255, not exposed) are left out.
 * @throws RangeError on columns of unequal length, or an arm of fewer than two units
 */
export const pairMomentsByArm = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  arm: Uint8Array,
  arms: number,
): PairMoments[] => {
  if (a.length !== arm.length || b.length !== arm.length) {
    throw new RangeError(`moments: columns of ${a.length} and ${b.length} values for ${arm.length} units`);
  }
  const n = new Float64Array(arms);
  const sumA = new Float64Array(arms);
  const sumB = new Float64Array(arms);
  for (let i = 0; i < arm.length; i++) {
    const k = arm[i];
    if (k >= arms) continue;
    n[k]++;
    sumA[k] += a[i];
    sumB[k] += b[i];
  }
  for (let k = 0; k < arms; k++) {
    if (n[k] < 2) throw new RangeError(`moments: expected at least two units in arm ${k}, got ${n[k]}`);
    sumA[k] /= n[k];
    sumB[k] /= n[k];
  }
  const squaresA = new Float64Array(arms);
  const squaresB = new Float64Array(arms);
  const products = new Float64Array(arms);
  for (let i = 0; i < arm.length; i++) {
    const k = arm[i];
    if (k >= arms) continue;
    const offA = a[i] - sumA[k];
    const offB = b[i] - sumB[k];
    squaresA[k] += offA * offA;
    squaresB[k] += offB * offB;
    products[k] += offA * offB;
  }
  return Array.from(n, (count, k) => ({
    n: count,
    a: { n: count, mean: sumA[k], variance: squaresA[k] / (count - 1) },
    b: { n: count, mean: sumB[k], variance: squaresB[k] / (count - 1) },
    covariance: products[k] / (count - 1),
  }));
};

/** One column's moments in each arm, as `pairMomentsByArm`. */
export const momentsByArm = (values: ArrayLike<number>, arm: Uint8Array, arms: number): Moments[] =>
  pairMomentsByArm(values, values, arm, arms).map(({ a }) => a);
