/** Mean of the values. @throws RangeError on none */
export const mean = (values: ArrayLike<number>): number => {
  if (values.length === 0) throw new RangeError('mean: expected at least one value, got none');
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
};

/**
 * Sample variance, sum (x - mean)^2 / (n - 1); 0 for one value.
 * @throws RangeError on none
 */
export const variance = (values: ArrayLike<number>): number => {
  const centre = mean(values);
  if (values.length === 1) return 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i] - centre) ** 2;
  return squares / (values.length - 1);
};

/** Standard error of the mean, sqrt(variance / n). @throws RangeError on no values */
export const standardError = (values: ArrayLike<number>): number =>
  Math.sqrt(variance(values) / values.length);

/**
 * The p-quantile of ascending values, interpolated between order statistics at (n - 1) p.
 * @throws RangeError on no values, or p outside [0, 1]
 * @see Hyndman & Fan, "Sample Quantiles in Statistical Packages", 1996 (type 7)
 */
export const quantileOfSorted = (ascending: ArrayLike<number>, p: number): number => {
  const n = ascending.length;
  if (n === 0) throw new RangeError('quantile: expected at least one value, got none');
  if (!(p >= 0 && p <= 1)) throw new RangeError(`quantile: expected p in [0, 1], got ${p}`);
  const place = (n - 1) * p;
  const below = Math.floor(place);
  const above = Math.min(below + 1, n - 1);
  return ascending[below] + (place - below) * (ascending[above] - ascending[below]);
};

/** `quantileOfSorted` of values in any order, which are left as they are. */
export const quantile = (values: ArrayLike<number>, p: number): number =>
  quantileOfSorted(Float64Array.from(values).sort(), p);

const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/**
 * P(Z <= z) of the standard normal, to about 1e-15 absolute.
 *   1/2 + density(z) (z + z^3/3 + z^5/(3 5) + ...)
 * @see Marsaglia, "Evaluating the Normal Distribution", 2004
 */
export const normalCdf = (z: number): number => {
  if (z > 8.5) return 1;
  if (z < -8.5) return 0;
  let term = z;
  let sum = z;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + sum * normalDensity(z);
};

/**
 * The z with P(Z <= z) = p.
 * @throws RangeError unless p is in [1e-12, 1 - 1e-12], beyond which `normalCdf` cannot tell p apart
 */
export const normalQuantile = (p: number): number => {
  if (!(p >= 1e-12 && p <= 1 - 1e-12)) {
    throw new RangeError(`normal quantile: expected p in [1e-12, 1 - 1e-12], got ${p}`);
  }
  let z = 0; // from the centre Newton's steps never overshoot: the curve bends the same way all along
  for (let step = 0; step < 100; step++) {
    const move = (p - normalCdf(z)) / normalDensity(z);
    z += move;
    if (Math.abs(move) < 1e-14) break;
  }
  return z;
};

/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Log-odds, log(p / (1 - p)); infinite at 0 and 1. */
export const logit = (p: number): number => Math.log(p / (1 - p));
