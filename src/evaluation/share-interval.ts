import { normalQuantile } from '../math/statistics.ts';
import type { Interval } from './bootstrap.ts';

/**
 * Wilson's score interval of a share, `count` of `n`: within [0, 1], and not empty where all or none count.
 * @throws RangeError unless 0 <= count <= n and n > 0
 * @see Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927
 */
export const shareInterval = (count: number, n: number, level = 0.95): Interval => {
  if (!(n > 0 && count >= 0 && count <= n))
    throw new RangeError(`share: expected 0 to n of n, got ${count} of ${n}`);
  const z = normalQuantile((1 + level) / 2);
  const centre = (count + z ** 2 / 2) / (n + z ** 2);
  const reach = (z * Math.sqrt((count * (n - count)) / n + z ** 2 / 4)) / (n + z ** 2);
  return [Math.max(0, centre - reach), Math.min(1, centre + reach)];
};
