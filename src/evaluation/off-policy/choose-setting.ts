import { mean, quantileOfSorted, standardError } from '../../math/statistics.ts';
import type { Contributions } from './contract.ts';

/** Of the positive importance weights: what a clip, a switch or a shrinkage may be. */
const QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99] as const;

/** Thresholds at quantiles of the log's own positive weights, ascending, and Infinity, which changes nothing. */
export const candidateThresholds = (weights: Float64Array): number[] => {
  const positive = weights.filter((weight) => weight > 0).sort();
  if (positive.length === 0) return [Infinity];
  return [...new Set(QUANTILES.map((p) => quantileOfSorted(positive, p))), Infinity];
};

/**
 * The candidate of least mean squared error, as far as the log tells: variance and the square of the most bias that
 * its shortfalls allow, their mean and one standard error. Candidates without bias have none.
 * @throws RangeError on no candidates
 * @see Su, Dimakopoulou, Krishnamurthy & Dudík, ICML 2020, section 5 (their bound of the bias is Bernstein's)
 */
export const leastErrorOf = (candidates: readonly Contributions[]): Contributions => {
  if (candidates.length === 0) throw new RangeError('off-policy: expected at least one candidate');
  const errorOf = ({ influences, shortfalls }: Contributions): number => {
    const bias = shortfalls === undefined ? 0 : Math.abs(mean(shortfalls)) + standardError(shortfalls);
    return standardError(influences) ** 2 + bias ** 2;
  };
  const errors = candidates.map(errorOf);
  return candidates[errors.indexOf(Math.min(...errors))];
};
