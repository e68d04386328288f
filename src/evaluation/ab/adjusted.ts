import { type Effect, effectOf, welchEffect } from './effect.ts';
import type { Moments, PairMoments } from './moments.ts';

/**
 * Difference of means less what a covariate from before the exposure explains of it (CUPED). In each arm `a` is the
 * metric and `b` the covariate.
 *   theta = pooled Cov(a, b) / pooled Var(b),   metric - theta (covariate - its mean)
 * A covariate that varies in no arm explains nothing, which leaves Welch's test.
 * @see Deng, Xu, Kohavi & Walker, "Improving the Sensitivity of Online Controlled Experiments", WSDM 2013
 */
export const cupedEffect = (control: PairMoments, treatment: PairMoments): Effect => {
  const theta = cupedTheta(control, treatment);
  const residual = ({ n, a, b, covariance }: PairMoments): Moments => ({
    n,
    mean: a.mean - theta * b.mean,
    variance: Math.max(0, a.variance - 2 * theta * covariance + theta ** 2 * b.variance),
  });
  return { ...welchEffect(residual(control), residual(treatment)), control: control.a.mean };
};

/** The slope of the metric on the covariate within arms. */
export const cupedTheta = (control: PairMoments, treatment: PairMoments): number => {
  const pooled = (of: (arm: PairMoments) => number): number =>
    (control.n - 1) * of(control) + (treatment.n - 1) * of(treatment);
  const spread = pooled(({ b }) => b.variance);
  return spread > 0 ? pooled(({ covariance }) => covariance) / spread : 0;
};

/** One stratum of the units, such as a country: both arms' moments in it. */
export interface Stratum {
  readonly name: string;
  readonly control: Moments;
  readonly treatment: Moments;
}

/**
 * Difference of means within strata, weighted by the strata's share of all units: what chance put unevenly into the
 * arms is taken out.
 *   sum_k w_k (mean1_k - mean0_k),   SE^2 = sum_k w_k^2 (s0_k^2/n0_k + s1_k^2/n1_k)
 * @throws RangeError on no strata, or naming the stratum that has fewer than two units of an arm
 * @see Miratrix, Sekhon & Yu, "Adjusting treatment effect estimates by post-stratification", JRSS B 2013
 */
export const stratifiedEffect = (strata: readonly Stratum[]): Effect => {
  if (strata.length === 0) throw new RangeError('strata: expected at least one, got none');
  const units = strata.reduce((sum, { control, treatment }) => sum + control.n + treatment.n, 0);
  let [estimate, spread, level] = [0, 0, 0];
  for (const { name, control, treatment } of strata) {
    if (control.n < 2 || treatment.n < 2) {
      throw new RangeError(
        `stratum ${name}: expected at least two units in each arm, got ${control.n} and ${treatment.n}`,
      );
    }
    const weight = (control.n + treatment.n) / units;
    const within = welchEffect(control, treatment);
    estimate += weight * within.estimate;
    spread += (weight * within.standardError) ** 2;
    level += weight * control.mean;
  }
  return effectOf({
    estimate,
    standardError: Math.sqrt(spread),
    degreesOfFreedom: Number.POSITIVE_INFINITY,
    control: level,
  });
};
