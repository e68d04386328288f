import { mean, normalCdf, normalQuantile, standardError, variance } from '../../math/statistics.ts';
import { bootstrapMeanInterval, type Interval } from '../bootstrap.ts';
import { ratioOfMeansInterval } from '../ratio-interval.ts';
import type { Contributions, IntervalMethod } from './contract.ts';

export interface IntervalOptions {
  readonly method: IntervalMethod;
  readonly level: number;
  readonly uniform: () => number;
}

/** The size of the bias that the shortfalls show, noise and all; 0 for an estimator without bias. */
export const biasOf = ({ shortfalls }: Contributions): number =>
  shortfalls === undefined ? 0 : Math.abs(mean(shortfalls));

/**
 * An interval of the target's value: `normal` or `bootstrap` around the estimate, both wide enough for the bias
 * that the log shows; or `empirical-bernstein`, which holds for any number of rounds. Undefined where the
 * estimator has no independent, bounded terms, which the last one needs.
 */
export const intervalOf = (
  parts: Contributions,
  { method, level, uniform }: IntervalOptions,
): Interval | undefined => {
  const { value, influences, ratio, bounds } = parts;
  if (method === 'empirical-bernstein') {
    if (bounds === undefined) return undefined;
    const { below, above, span } = bounds;
    return [
      mean(below) - bernsteinReach(below, span, level),
      mean(above) + bernsteinReach(above, span, level),
    ];
  }
  const [bias, error] = [biasOf(parts), standardError(influences)];
  if (method === 'normal') {
    const reach = error > 0 ? error * biasedQuantile(bias / error, level) : bias;
    return [value - reach, value + reach];
  }
  const drift = value - mean(influences);
  const [lower, upper] =
    ratio === undefined
      ? bootstrapMeanInterval(influences, { uniform, level }).map((end) => end + drift)
      : ratioOfMeansInterval(ratio.of, ratio.by, { uniform, level });
  const wider = error > 0 ? error * (biasedQuantile(bias / error, level) - biasedQuantile(0, level)) : bias;
  return [lower - wider, upper + wider];
};

/**
 * Half the width of the two-sided empirical Bernstein interval of the mean of independent terms that differ by `span` at most:
 *   sqrt(2 variance ln(4 / delta) / n) + 7 span ln(4 / delta) / (3 (n - 1)),   delta = 1 - level
 * Infinite for one term.
 * @see Maurer & Pontil, "Empirical Bernstein bounds and sample variance penalization", COLT 2009, theorem 4
 */
export const bernsteinReach = (terms: ArrayLike<number>, span: number, level: number): number => {
  const n = terms.length;
  const odds = Math.log(4 / (1 - level));
  return Math.sqrt((2 * variance(terms) * odds) / n) + (7 * span * odds) / (3 * (n - 1));
};

/**
 * The level quantile of |N(bias, 1)|: standard errors to each side of an estimate whose bias may be as large, in
 * standard errors, for the interval to hold the truth with that probability.
 * @see Armstrong & Kolesár, "Optimal inference in a class of regression models", Econometrica 2018
 */
export const biasedQuantile = (bias: number, level: number): number => {
  const z = normalQuantile((1 + level) / 2);
  let [low, high] = [0, bias + z];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle - bias) - normalCdf(-middle - bias) < level) low = middle;
    else high = middle;
  }
  return high;
};
