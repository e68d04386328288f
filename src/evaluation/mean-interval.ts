import { mean, normalQuantile, standardError } from '../math/statistics.ts';
import type { Interval } from './bootstrap.ts';

/**
 * Normal interval of the mean, mean -/+ z standard errors. Right for many values; for few or skewed ones
 * use the bootstrap.
 * @throws RangeError on no values, a value that is not finite, or a level outside (0, 1)
 */
export const meanInterval = (values: ArrayLike<number>, level = 0.95): Interval => {
  if (!(level > 0 && level < 1)) throw new RangeError(`level: expected between 0 and 1, got ${level}`);
  const centre = mean(values);
  if (!Number.isFinite(centre))
    throw new RangeError(`values: expected finite numbers, got a mean of ${centre}`);
  const reach = normalQuantile((1 + level) / 2) * standardError(values);
  return [centre - reach, centre + reach];
};
