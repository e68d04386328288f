/**
 * Inference that may be looked at as often as one likes: p values and intervals that hold at all times together, by
 * mixing the likelihood ratio over normal effects N(0, mixing variance). V is the squared standard error now.
 *   Lambda = sqrt(V / (V + m)) exp(m d^2 / (2 V (V + m))),   P(ever Lambda >= 1 / alpha | no effect) <= alpha
 * For estimates that are near normal it holds asymptotically, so looking begins at a hundred units or so.
 * @see Robbins, "Statistical methods related to the law of the iterated logarithm", 1970; Johari, Koomen, Pekelis &
 *   Walsh, "Always valid inference", Operations Research 2022; Waudby-Smith et al., "Time-uniform central limit theory
 *   and asymptotic confidence sequences", Annals of Statistics 2024
 */
import type { Interval } from '../bootstrap.ts';
import type { Effect } from './effect.ts';

export type SequentialEffect = Pick<Effect, 'estimate' | 'standardError'>;

/**
 * The mixing variance under which the interval is narrowest at the planned end, where the standard error is
 * `plannedStandardError`: V (-2 log alpha + log(1 - 2 log alpha)). It is fixed before the first look.
 * @throws RangeError unless the error is > 0 and the level in (0, 1)
 */
export const mixingVariance = (plannedStandardError: number, level = 0.95): number => {
  if (!(plannedStandardError > 0 && level > 0 && level < 1)) {
    throw new RangeError(
      `mixing variance: expected a standard error > 0 and a level in (0, 1), got ${plannedStandardError} and ${level}`,
    );
  }
  const tail = -2 * Math.log(1 - level);
  return plannedStandardError ** 2 * (tail + Math.log(1 + tail));
};

/** The always-valid p value of one look, min(1, 1 / Lambda). The running minimum over looks is valid too. */
export const alwaysValidP = ({ estimate, standardError }: SequentialEffect, mixing: number): number => {
  const v = standardError ** 2;
  if (v === 0) return 1;
  const logLambda = 0.5 * Math.log(v / (v + mixing)) + (mixing * estimate ** 2) / (2 * v * (v + mixing));
  return Math.min(1, Math.exp(-logLambda));
};

/**
 * The interval of one look in the confidence sequence: those effects that the mixture does not reject.
 *   d -/+ sqrt(V (V + m) / m (log((V + m) / V) - 2 log alpha))
 */
export const alwaysValidInterval = (
  { estimate, standardError }: SequentialEffect,
  mixing: number,
  level = 0.95,
): Interval => {
  const v = standardError ** 2;
  if (v === 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const tail = Math.log((v + mixing) / v) - 2 * Math.log(1 - level);
  const reach = Math.sqrt(((v * (v + mixing)) / mixing) * tail);
  return [estimate - reach, estimate + reach];
};
