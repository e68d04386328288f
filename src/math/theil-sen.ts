import { quantile } from './statistics.ts';

export interface TheilSenSlope {
  /** The median of the slopes through all pairs of points. */
  readonly slope: number;
  /** 95 %. */
  readonly interval: readonly [number, number];
}

/**
 * The slope of y on x that a quarter of the points, wherever they lie, cannot carry off: the median over pairs i < j of
 * (y_j - y_i) / (x_j - x_i). Its interval is between the slopes of ranks (N -+ C) / 2 of N pairs, where
 * C = 1.96 sqrt(n (n - 1)(2n + 5) / 18): Kendall's variance of how many pairs rise, without ties.
 * @throws RangeError on unequal lengths, on fewer than 5 points, or on an x that is there twice
 * @see Theil, 1950; Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 1968
 */
export const theilSen = (x: ArrayLike<number>, y: ArrayLike<number>): TheilSenSlope => {
  const n = x.length;
  if (y.length !== n) throw new RangeError(`y: expected ${n} values, as of x, got ${y.length}`);
  if (n < 5) throw new RangeError(`x: expected at least 5 points, got ${n}`);
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (x[i] === x[j]) throw new RangeError(`x: expected distinct values, got ${x[i]} twice`);
      slopes[at++] = (y[j] - y[i]) / (x[j] - x[i]);
    }
  }
  slopes.sort();
  const half = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const low = Math.max(0, Math.floor((slopes.length - half) / 2));
  return { slope: quantile(slopes, 0.5), interval: [slopes[low], slopes[slopes.length - 1 - low]] };
};
