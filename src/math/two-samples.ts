/** Whether two samples come from one distribution. */
import { chiSquareTail } from './distributions.ts';

/** Of each sample's counts, so that an empty bin is no infinity. */
const PSEUDO_COUNT = 0.5;

/**
 * Population stability index of counts in the same bins:
 *   PSI = sum_b (a_b - e_b) log(a_b / e_b),   e and a the bins' shares, half a count added to each
 * By custom below 0.1 nothing changed, and from 0.25 on much did. It is symmetric, and at least 0.
 * @throws RangeError on unequal lengths, or a sample of nothing
 * @see Siddiqi, "Credit Risk Scorecards", 2006
 */
export const populationStability = (expected: ArrayLike<number>, actual: ArrayLike<number>): number => {
  const [n, m] = [sampleSize(expected, actual), sampleSize(actual, expected)];
  const [e, a] = [n + PSEUDO_COUNT * expected.length, m + PSEUDO_COUNT * expected.length];
  let sum = 0;
  for (let b = 0; b < expected.length; b++) {
    const before = (expected[b] + PSEUDO_COUNT) / e;
    const now = (actual[b] + PSEUDO_COUNT) / a;
    sum += (now - before) * Math.log(now / before);
  }
  return sum;
};

/**
 * P(a PSI at least as large | both samples of one distribution), of n and m independent values in `bins` bins:
 * then PSI / (1/n + 1/m) is about chi-square with bins - 1 degrees of freedom. 1 for one bin.
 * @see Yurdakul, "Statistical properties of population stability index", 2018
 */
export const stabilityTail = (psi: number, bins: number, { n, m }: SampleSizes): number =>
  bins < 2 ? 1 : chiSquareTail(psi / (1 / n + 1 / m), bins - 1);

export interface SampleSizes {
  readonly n: number;
  readonly m: number;
}

/**
 * Largest distance of the empirical distribution functions of two ascending samples, sup_x |F(x) - G(x)|.
 * @throws RangeError on a sample of nothing
 * @see Smirnov, "Table for estimating the goodness of fit of empirical distributions", 1948
 */
export const kolmogorovSmirnov = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length === 0 || b.length === 0) throw new RangeError('samples: expected values in both, got none');
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i], b[j]);
    while (i < a.length && a[i] === at) i++;
    while (j < b.length && b[j] === at) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
};

/**
 * The same of counts in the same bins, looked at where bins meet. At most the distance of the values themselves, and
 * short of it by at most the largest share of a bin.
 * @throws RangeError on unequal lengths, or a sample of nothing
 */
export const kolmogorovSmirnovOfCounts = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const [n, m] = [sampleSize(a, b), sampleSize(b, a)];
  let [left, right, largest] = [0, 0, 0];
  for (let bin = 0; bin < a.length; bin++) {
    left += a[bin];
    right += b[bin];
    largest = Math.max(largest, Math.abs(left / n - right / m));
  }
  return largest;
};

/**
 * P(a distance at least as large | both samples of one distribution), of n and m independent values:
 *   2 sum_k (-1)^(k-1) exp(-2 k^2 x^2),   x = d (r + 0.12 + 0.11 / r),   r = sqrt(n m / (n + m))
 * Too large, so on the safe side, where values repeat.
 * @see Kolmogorov, 1933; Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics", 1970
 */
export const kolmogorovSmirnovTail = (distance: number, { n, m }: SampleSizes): number => {
  const root = Math.sqrt((n * m) / (n + m));
  const x = distance * (root + 0.12 + 0.11 / root);
  if (x < 0.2) return 1; // the sum is 1 to 12 digits there, and slow to say so
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * (k * x) ** 2);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
};

const sampleSize = (counts: ArrayLike<number>, others: ArrayLike<number>): number => {
  let sum = 0;
  for (let b = 0; b < counts.length; b++) sum += counts[b];
  if (counts.length !== others.length || !(sum > 0)) {
    throw new RangeError(
      `counts: expected two samples in the same bins, got ${sum} in ${counts.length} bins and others in ${others.length}`,
    );
  }
  return sum;
};
