import { quantileOfSorted } from '../../math/statistics.ts';
import type { BootstrapOptions, Interval } from '../bootstrap.ts';

/** Numerators and denominators of one arm, in parts of its units: a unit each, or many units of a bucket summed. */
export interface ArmSums {
  readonly numerator: Float64Array; // [parts]
  readonly denominator: Float64Array; // [parts]
}

export interface UnitColumns {
  readonly numerator: ArrayLike<number>; // [units]
  /** 1 for each unit where it is not given: the ratio is then the mean. */
  readonly denominator?: ArrayLike<number>; // [units]
  readonly arm: Uint8Array; // [units]
}

/**
 * An arm's sums in at most `buckets` parts, unit i in part i mod buckets of its arm: what millions of units need to be
 * resampled thousands of times. The order of units must say nothing of the metric.
 * @see Chamandy et al., "Estimating Uncertainty for Massive Data Streams", 2012 (bucketing before resampling)
 */
export const bucketSums = (
  { numerator, denominator, arm }: UnitColumns,
  which: number,
  buckets: number,
): ArmSums => {
  let units = 0;
  for (let i = 0; i < arm.length; i++) if (arm[i] === which) units++;
  const parts = Math.min(buckets, units);
  const sums = { numerator: new Float64Array(parts), denominator: new Float64Array(parts) };
  let part = 0;
  for (let i = 0; i < arm.length; i++) {
    if (arm[i] !== which) continue;
    sums.numerator[part] += numerator[i];
    sums.denominator[part] += denominator === undefined ? 1 : denominator[i];
    part = part + 1 === parts ? 0 : part + 1;
  }
  return sums;
};

/**
 * Percentile bootstrap interval of the difference of two ratios of sums, treatment less control; parts are resampled
 * within each arm.
 * @throws RangeError on an arm without parts, or fewer than 100 resamples
 * @see Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, section 8.3 (two-sample problems)
 */
export const bootstrapEffectInterval = (
  control: ArmSums,
  treatment: ArmSums,
  { uniform, resamples = 1000, level = 0.95 }: BootstrapOptions,
): Interval => {
  for (const { numerator } of [control, treatment]) {
    if (numerator.length === 0)
      throw new RangeError('bootstrap: expected units in both arms, got none in one');
  }
  if (!(resamples >= 100)) throw new RangeError(`resamples: expected at least 100, got ${resamples}`);
  const redraw = ({ numerator, denominator }: ArmSums): number => {
    const parts = numerator.length;
    let [above, below] = [0, 0];
    for (let i = 0; i < parts; i++) {
      const drawn = Math.floor(uniform() * parts);
      above += numerator[drawn];
      below += denominator[drawn];
    }
    return above / below;
  };
  const differences = Float64Array.from({ length: resamples }, () => redraw(treatment) - redraw(control));
  differences.sort();
  // rank p (B + 1) of B, as an exact test has it; `quantileOfSorted` counts in steps of B - 1
  const end = (p: number): number =>
    quantileOfSorted(differences, Math.min(1, Math.max(0, (p * (resamples + 1) - 1) / (resamples - 1))));
  return [end((1 - level) / 2), end((1 + level) / 2)];
};
