/**
 * How many units, how long. Two arms of equal size and a two-sided test:
 *   n per arm = (z_{1 - alpha/2} + z_{power})^2 (v0 + v1) / difference^2
 * where v0, v1 are a unit's variance in control and treatment (p (1 - p) for a proportion), the first z is the bar that
 * chance must not pass, and the second how far beyond it the effect must lie to pass it with the planned power.
 * @see Fleiss, Levin & Paik, "Statistical Methods for Rates and Proportions", 2003, chapter 4
 */
import { normalCdf, normalQuantile } from '../../math/statistics.ts';

export interface Variances {
  readonly control: number;
  readonly treatment: number;
}

export interface Demands {
  /** Two-sided; default 0.05. */
  readonly alpha?: number;
  /** Default 0.8. */
  readonly power?: number;
}

/** What a proportion gives to plan with. @throws RangeError unless both are in (0, 1) */
export const proportionPlan = (
  p0: number,
  p1: number,
): { readonly difference: number; readonly variances: Variances } => {
  for (const p of [p0, p1]) {
    if (!(p > 0 && p < 1)) throw new RangeError(`proportion: expected between 0 and 1, got ${p}`);
  }
  return { difference: p1 - p0, variances: { control: p0 * (1 - p0), treatment: p1 * (1 - p1) } };
};

const barriers = ({ alpha = 0.05, power = 0.8 }: Demands): number => {
  if (!(alpha > 0 && alpha < 1 && power > 0 && power < 1)) {
    throw new RangeError(`plan: expected alpha and power between 0 and 1, got ${alpha} and ${power}`);
  }
  return normalQuantile(1 - alpha / 2) + normalQuantile(power);
};

const spreadOf = ({ control, treatment }: Variances): number => {
  if (!(control >= 0 && treatment >= 0)) {
    throw new RangeError(`plan: expected variances >= 0, got ${control} and ${treatment}`);
  }
  return control + treatment;
};

/** Units per arm, a whole number. @throws RangeError on a difference of 0, or demands outside (0, 1) */
export const unitsPerArm = (difference: number, variances: Variances, demands: Demands = {}): number => {
  if (!(Math.abs(difference) > 0)) throw new RangeError(`plan: expected a difference, got ${difference}`);
  return Math.ceil((barriers(demands) ** 2 * spreadOf(variances)) / difference ** 2);
};

/** The smallest difference that `perArm` units find with the power asked for; of either sign. */
export const smallestEffect = (perArm: number, variances: Variances, demands: Demands = {}): number =>
  barriers(demands) * Math.sqrt(spreadOf(variances) / perArm);

/** The chance that `perArm` units show the difference as significant, in either direction. */
export const powerOf = (
  difference: number,
  variances: Variances,
  perArm: number,
  { alpha = 0.05 }: Pick<Demands, 'alpha'> = {},
): number => {
  const shift = Math.abs(difference) / Math.sqrt(spreadOf(variances) / perArm);
  const bar = normalQuantile(1 - alpha / 2);
  return normalCdf(shift - bar) + normalCdf(-shift - bar);
};

/**
 * Days until each of `arms` arms has its units, of an experiment on `share` of the traffic; undefined where the days
 * counted do not suffice. `firstVisits` are the members seen for the first time on each day: who comes again is no new
 * unit, so the days grow faster than the units asked for.
 */
export const daysNeeded = (
  perArm: number,
  arms: number,
  share: number,
  firstVisits: ArrayLike<number>,
): number | undefined => {
  let met = 0;
  for (let day = 0; day < firstVisits.length; day++) {
    met += firstVisits[day] * share;
    if (met >= perArm * arms) return day + 1;
  }
  return undefined;
};
