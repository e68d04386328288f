import { mean, standardError } from '../../math/statistics.ts';
import type { Overlap, WeighedLog } from './contract.ts';

export interface OverlapLimits {
  /** Least effective sample size: below it no interval can be trusted. Default 20. */
  readonly leastEffective?: number;
  /** Largest share of the target's choices on actions that the log never took. Default 0.02. */
  readonly mostNeverTaken?: number;
}

/** Standard errors by which the mean weight may miss 1; beyond, the target goes where the log does not. */
const MEAN_WEIGHT_REACH = 5;

/** @see Kish, "Survey Sampling", 1965 (effective sample size) */
export const overlapOfWeights = (weights: Float64Array, neverTakenShare: number): Overlap => {
  let [sum, squares, matched, largestWeight] = [0, 0, 0, 0];
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
    if (weight > 0) matched++;
    if (weight > largestWeight) largestWeight = weight;
  }
  return {
    n: weights.length,
    matched,
    effectiveSampleSize: squares > 0 ? (sum * sum) / squares : 0,
    meanWeight: mean(weights),
    meanWeightError: standardError(weights),
    largestWeight,
    neverTakenShare,
  };
};

export const overlapOf = ({ n, actionCount, actions, target, weights }: WeighedLog): Overlap => {
  const taken = new Uint8Array(actionCount);
  for (let i = 0; i < n; i++) taken[actions[i]] = 1;
  let neverTaken = 0;
  for (let a = 0; a < actionCount; a++) {
    if (taken[a] === 1) continue;
    for (let i = 0; i < n; i++) neverTaken += target[i * actionCount + a];
  }
  return overlapOfWeights(weights, neverTaken / n);
};

/** Why too few rounds count for a number, or undefined where they do not. */
export const tooFewOf = (
  { n, effectiveSampleSize }: Pick<Overlap, 'n' | 'effectiveSampleSize'>,
  { leastEffective = 20 }: OverlapLimits = {},
): string | undefined =>
  effectiveSampleSize < leastEffective
    ? `too little support: ${n} rounds are worth ${effectiveSampleSize.toFixed(1)} of the target's own, expected at least ${leastEffective}`
    : undefined;

/** Why the log can give no number for the target, or undefined where it can. */
export const refusalOf = (overlap: Overlap, limits: OverlapLimits = {}): string | undefined => {
  const { mostNeverTaken = 0.02 } = limits;
  const { n, matched, meanWeight, meanWeightError, neverTakenShare } = overlap;
  if (matched === 0) return `no support: in none of ${n} rounds was the action one that the target takes`;
  if (neverTakenShare > mostNeverTaken) {
    return `no support: ${percent(neverTakenShare)} of the target's choices fall on actions that the log never took, at most ${percent(mostNeverTaken)} may`;
  }
  const tooFew = tooFewOf(overlap, limits);
  if (tooFew !== undefined) return tooFew;
  if (Math.abs(meanWeight - 1) > MEAN_WEIGHT_REACH * meanWeightError + WEIGHT_ROUNDING) {
    return `no support, or wrong propensities: importance weights average ${meanWeight.toFixed(3)} +/- ${meanWeightError.toFixed(3)}, expected 1`;
  }
  return undefined;
};

const WEIGHT_ROUNDING = 1e-3;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
