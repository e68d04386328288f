import { type Effect, welchEffect } from './effect.ts';
import { momentsByArm } from './moments.ts';

/** A metric of each unit on each day since it was exposed, day 0 being that of the exposure. */
export interface ByDay {
  readonly values: Float32Array; // [units, days]
  readonly days: number;
  readonly arm: Uint8Array; // [units]
}

/** The effect of one arm on each day since exposure, [days]. Days are of the same units, so not independent. */
export const effectsByDay = ({ values, days, arm }: ByDay, which: number): Effect[] => {
  expectDays({ values, days, arm }, 1);
  const ofDay = new Float64Array(arm.length);
  return Array.from({ length: days }, (_, day) => {
    for (let unit = 0; unit < arm.length; unit++) ofDay[unit] = values[unit * days + day];
    const moments = momentsByArm(ofDay, arm, which + 1);
    return welchEffect(moments[0], moments[which]);
  });
};

/**
 * By how much the daily effect of the last `window` days exceeds that of the first ones: below 0 the novelty wears off,
 * above 0 the effect is still growing. Each unit gives one number, the difference of its two means, so that days of the
 * same unit need not be independent.
 * @throws RangeError when two windows do not fit into the days
 * @see Hohnhold, O'Brien & Tang, "Focusing on the Long-term", KDD 2015
 */
export const noveltyEffect = ({ values, days, arm }: ByDay, which: number, window: number): Effect => {
  expectDays({ values, days, arm }, 2 * window);
  const change = new Float64Array(arm.length);
  for (let unit = 0; unit < arm.length; unit++) {
    const first = unit * days;
    for (let day = 0; day < window; day++) {
      change[unit] += (values[first + days - 1 - day] - values[first + day]) / window;
    }
  }
  const moments = momentsByArm(change, arm, which + 1);
  return welchEffect(moments[0], moments[which]);
};

const expectDays = ({ values, days, arm }: ByDay, least: number): void => {
  if (values.length !== days * arm.length || !(days >= least)) {
    throw new RangeError(
      `by day: expected ${arm.length} units with ${least} days or more, got ${values.length} values of ${days} days`,
    );
  }
};
