/** Several hypotheses at once. Every function returns adjusted p values in the order given: reject where <= alpha. */

/** Indexes from the smallest p value to the largest. */
const ascending = (p: ArrayLike<number>): number[] =>
  Array.from({ length: p.length }, (_, i) => i).sort((a, b) => p[a] - p[b]);

const expectProbabilities = (p: ArrayLike<number>): void => {
  for (let i = 0; i < p.length; i++) {
    if (!(p[i] >= 0 && p[i] <= 1)) throw new RangeError(`p value ${i}: expected in [0, 1], got ${p[i]}`);
  }
};

/**
 * Holm's adjusted p values: the chance of any false rejection is at most alpha, whatever the dependence.
 *   adjusted_(k) = max_{j <= k} min(1, (m - j + 1) p_(j))
 * @throws RangeError on a p value outside [0, 1]
 * @see Holm, "A simple sequentially rejective multiple test procedure", 1979
 */
export const holm = (p: ArrayLike<number>): Float64Array => {
  expectProbabilities(p);
  const adjusted = new Float64Array(p.length);
  let most = 0;
  ascending(p).forEach((i, rank) => {
    most = Math.max(most, Math.min(1, (p.length - rank) * p[i]));
    adjusted[i] = most;
  });
  return adjusted;
};

/**
 * Benjamini and Hochberg's adjusted p values: the expected share of false ones among those rejected is at most alpha,
 * where tests are independent or positively dependent.
 *   adjusted_(k) = min_{j >= k} min(1, m p_(j) / j)
 * @throws RangeError on a p value outside [0, 1]
 * @see Benjamini & Hochberg, "Controlling the False Discovery Rate", JRSS B 1995
 */
export const benjaminiHochberg = (p: ArrayLike<number>): Float64Array => {
  expectProbabilities(p);
  const adjusted = new Float64Array(p.length);
  let least = 1;
  const order = ascending(p);
  for (let rank = p.length; rank > 0; rank--) {
    const i = order[rank - 1];
    least = Math.min(least, (p.length * p[i]) / rank);
    adjusted[i] = least;
  }
  return adjusted;
};

/** The level of each of `count` intervals that hold all together at `level` (Bonferroni, Dunn 1961). */
export const levelOfEach = (level: number, count: number): number => 1 - (1 - level) / count;
