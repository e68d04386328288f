/** A 95 % interval: lower end, upper end. */
export type Interval = readonly [lower: number, upper: number];

export interface BootstrapOptions {
  readonly uniform: () => number;
  /** Default 1,000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
}

/**
 * Percentile bootstrap interval of the mean over users.
 * @throws RangeError on no values, fewer than 100 resamples, or a level outside (0, 1)
 * @see Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 1979
 */
export const bootstrapMeanInterval = (
  values: ArrayLike<number>,
  { uniform, resamples = 1000, level = 0.95 }: BootstrapOptions,
): Interval => {
  const n = values.length;
  if (n === 0) throw new RangeError('bootstrap: expected at least one value, got none');
  if (!(resamples >= 100)) throw new RangeError(`resamples: expected at least 100, got ${resamples}`);
  if (!(level > 0 && level < 1)) throw new RangeError(`level: expected between 0 and 1, got ${level}`);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(uniform() * n)];
    means[r] = sum / n;
  }
  means.sort();
  const tail = (1 - level) / 2;
  return [means[Math.floor(tail * resamples)], means[Math.ceil((1 - tail) * resamples) - 1]];
};

/**
 * Interval of the mean difference a - b over the same users, who are resampled together.
 * @throws RangeError on unequal lengths, and as `bootstrapMeanInterval`
 */
export const pairedBootstrapInterval = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: BootstrapOptions,
): Interval => {
  if (a.length !== b.length) throw new RangeError(`paired bootstrap: ${a.length} and ${b.length} users`);
  return bootstrapMeanInterval(
    Float64Array.from({ length: a.length }, (_, i) => a[i] - b[i]),
    options,
  );
};
