import { chiSquareTail } from '../../math/distributions.ts';

export interface SampleRatio {
  readonly chiSquare: number;
  readonly p: number;
  /** The split is not what was planned: nothing measured on it is to be believed until the cause is known. */
  readonly mismatch: boolean;
}

/** So rare a split by chance alone is a fault instead. One experiment in 2,000 is accused wrongly. */
export const MISMATCH_ALPHA = 0.0005;

const verdict = (chiSquare: number, df: number): SampleRatio => {
  const p = chiSquareTail(chiSquare, df);
  return { chiSquare, p, mismatch: p < MISMATCH_ALPHA };
};

/**
 * Units counted in each arm against the planned shares, by Pearson's chi-square: sum (n_k - n s_k)^2 / (n s_k).
 * For counts of which no more is known than the plan.
 * @throws RangeError when counts and shares differ in number, or nothing was counted
 * @see Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019
 */
export const sampleRatio = (counts: ArrayLike<number>, shares: ArrayLike<number>): SampleRatio => {
  let [total, chiSquare] = [0, 0];
  for (let k = 0; k < counts.length; k++) total += counts[k];
  if (counts.length !== shares.length || counts.length < 2 || !(total > 0)) {
    throw new RangeError(
      `sample ratio: expected units in two arms or more, got ${counts.length} counts of ${total} units and ${shares.length} shares`,
    );
  }
  for (let k = 0; k < counts.length; k++) {
    const expected = total * shares[k];
    chiSquare += (counts[k] - expected) ** 2 / expected;
  }
  return verdict(chiSquare, counts.length - 1);
};

/**
 * Units exposed in each arm against the units assigned to it, by the chi-square of homogeneity. Assignment is a hash,
 * so how many fell to each arm is known and not a matter of chance any more; only who came is. It sees a loss of
 * exposures sooner than `sampleRatio` by the factor 1 / sqrt(1 - share exposed) in standard errors.
 * @throws RangeError unless each arm has units assigned, and no more exposed than those
 */
export const exposureRatio = (exposed: ArrayLike<number>, assigned: ArrayLike<number>): SampleRatio => {
  let [units, met] = [0, 0];
  for (let k = 0; k < assigned.length; k++) {
    if (!(assigned[k] > 0 && exposed[k] >= 0 && exposed[k] <= assigned[k])) {
      throw new RangeError(
        `exposure ratio: expected at most as many exposed as assigned in arm ${k}, got ${exposed[k]} of ${assigned[k]}`,
      );
    }
    units += assigned[k];
    met += exposed[k];
  }
  const rate = met / units;
  if (rate === 0 || rate === 1) return verdict(0, Math.max(1, assigned.length - 1));
  let chiSquare = 0;
  for (let k = 0; k < assigned.length; k++) {
    chiSquare += (exposed[k] - assigned[k] * rate) ** 2 / (assigned[k] * rate * (1 - rate));
  }
  return verdict(chiSquare, assigned.length - 1);
};
