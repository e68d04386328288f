import { twoSidedQuantile, twoSidedTail } from '../../math/distributions.ts';
import type { Interval } from '../bootstrap.ts';
import type { Moments, PairMoments } from './moments.ts';

/** What an arm did beside the control, as one test estimates it. */
export interface Effect {
  /** Treatment less control, in the metric's unit. */
  readonly estimate: number;
  readonly standardError: number;
  /** Of Student's t; Infinity where the normal is taken. */
  readonly degreesOfFreedom: number;
  /** Two-sided p value of no effect; 1 where nothing varies and nothing differs. */
  readonly p: number;
  /** The metric in the control arm: what a relative effect is relative to. */
  readonly control: number;
}

/** @throws RangeError where a standard error is not a number: an arm without units, or a ratio over nothing */
export const effectOf = (effect: Omit<Effect, 'p'>, nullStandardError = effect.standardError): Effect => {
  const { estimate, standardError, degreesOfFreedom } = effect;
  if (!(standardError >= 0 && Number.isFinite(estimate))) {
    throw new RangeError(
      `effect: expected numbers, got ${estimate} with a standard error of ${standardError}`,
    );
  }
  const p = estimate === 0 ? 1 : twoSidedTail(estimate / nullStandardError, degreesOfFreedom);
  return { ...effect, p };
};

/** The interval of the effect at a level, default 0.95: estimate -/+ t standard errors. */
export const effectInterval = (
  { estimate, standardError, degreesOfFreedom }: Omit<Effect, 'p' | 'control'>,
  level = 0.95,
): Interval => {
  const reach = twoSidedQuantile(1 - level, degreesOfFreedom) * standardError;
  return [estimate - reach, estimate + reach];
};

/**
 * Difference of means with unequal variances.
 *   SE^2 = s0^2/n0 + s1^2/n1,   df = SE^4 / (sum_k (s_k^2/n_k)^2 / (n_k - 1))
 * @see Welch, "The generalization of 'Student's' problem", Biometrika 1947
 */
export const welchEffect = (control: Moments, treatment: Moments): Effect => {
  const v0 = control.variance / control.n;
  const v1 = treatment.variance / treatment.n;
  const spread = v0 + v1;
  const df = spread ** 2 / (v0 ** 2 / (control.n - 1) + v1 ** 2 / (treatment.n - 1));
  return effectOf({
    estimate: treatment.mean - control.mean,
    standardError: Math.sqrt(spread),
    degreesOfFreedom: spread > 0 ? df : Number.POSITIVE_INFINITY,
    control: control.mean,
  });
};

/**
 * Difference of two proportions: the interval with each arm's own variance p (1 - p) / n, the p value with the pooled
 * one, which holds under no effect.
 * @throws RangeError unless both are shares of at least one unit
 * @see Fleiss, Levin & Paik, "Statistical Methods for Rates and Proportions", 2003, section 3.2
 */
export const proportionEffect = (
  control: Pick<Moments, 'n' | 'mean'>,
  treatment: Pick<Moments, 'n' | 'mean'>,
): Effect => {
  for (const { n, mean } of [control, treatment]) {
    if (!(n > 0 && mean >= 0 && mean <= 1)) {
      throw new RangeError(`proportion: expected a share of units in [0, 1], got ${mean} of ${n}`);
    }
  }
  const own = ({ n, mean }: Pick<Moments, 'n' | 'mean'>): number => (mean * (1 - mean)) / n;
  const pooled = (control.n * control.mean + treatment.n * treatment.mean) / (control.n + treatment.n);
  return effectOf(
    {
      estimate: treatment.mean - control.mean,
      standardError: Math.sqrt(own(control) + own(treatment)),
      degreesOfFreedom: Number.POSITIVE_INFINITY,
      control: control.mean,
    },
    Math.sqrt(pooled * (1 - pooled) * (1 / control.n + 1 / treatment.n)),
  );
};

/**
 * Difference of ratios of sums, sum a / sum b over units, by the delta method: units are independent, what a unit
 * does many times is not.
 *   R = mean(a) / mean(b),   Var(R) = (s_a^2 - 2 R s_ab + R^2 s_b^2) / (n mean(b)^2)
 * @throws RangeError where an arm's denominators sum to 0
 * @see Deng, Knoblich & Lu, "Applying the Delta Method in Metric Analytics", KDD 2018
 */
export const ratioEffect = (control: PairMoments, treatment: PairMoments): Effect => {
  const ratio = ({ a, b }: PairMoments): number => a.mean / b.mean;
  const spread = (arm: PairMoments): number => {
    const r = ratio(arm);
    const residual = arm.a.variance - 2 * r * arm.covariance + r * r * arm.b.variance;
    return Math.max(0, residual) / (arm.n * arm.b.mean ** 2);
  };
  return effectOf({
    estimate: ratio(treatment) - ratio(control),
    standardError: Math.sqrt(spread(control) + spread(treatment)),
    degreesOfFreedom: Number.POSITIVE_INFINITY,
    control: ratio(control),
  });
};
