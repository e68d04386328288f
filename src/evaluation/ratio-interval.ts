import type { BootstrapOptions, Interval } from './bootstrap.ts';

/**
 * Percentile bootstrap interval of mean(a) / mean(b) over the same users, who are resampled together: by what
 * factor one system's mean exceeds another's.
 * @throws RangeError on unequal lengths or no values
 * @see Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, section 10.3 (ratios)
 */
export const ratioOfMeansInterval = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { uniform, resamples = 1000, level = 0.95 }: BootstrapOptions,
): Interval => {
  const n = a.length;
  if (n === 0 || n !== b.length) throw new RangeError(`ratio of means: ${n} and ${b.length} users`);
  const ratios = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let [above, below] = [0, 0];
    for (let i = 0; i < n; i++) {
      const drawn = Math.floor(uniform() * n);
      above += a[drawn];
      below += b[drawn];
    }
    ratios[r] = above / below;
  }
  ratios.sort();
  const tail = (1 - level) / 2;
  return [ratios[Math.floor(tail * resamples)], ratios[Math.ceil((1 - tail) * resamples) - 1]];
};
