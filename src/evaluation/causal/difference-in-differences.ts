import { type Effect, welchEffect } from '../ab/effect.ts';
import { momentsByArm } from '../ab/moments.ts';
import { expectPanel, meanOver, type Panel } from './panel.ts';

export interface DifferenceInDifferences {
  readonly effect: Effect;
  /** By how much the treated units' slope before the change exceeds the others', in units of the metric a period. */
  readonly preTrend: Effect;
}

/**
 * How much more the treated units changed than the others, units being what the change was decided for (regions rather
 * than their members): each gives one number, its mean after less its mean before, and so may be as dependent over time
 * as it likes. It stands on trends that would have been parallel: a small p of `preTrend` speaks against that, a large
 * one does not prove it.
 * @throws RangeError unless there are two periods before the change, one after, and two units of either kind
 * @see Bertrand, Duflo & Mullainathan, "How much should we trust differences-in-differences estimates?", QJE 2004
 *   (collapsing to before and after); Roth, "Pretest with caution", AER: Insights 2022
 */
export const differenceInDifferences = (
  panel: Panel,
  treated: Uint8Array, // [units], 1 for the treated
  from: number,
): DifferenceInDifferences => {
  expectPanel(panel, from, 2);
  const { units, periods, values } = panel;
  const changes = new Float64Array(units);
  const slopes = new Float64Array(units);
  const centre = (from - 1) / 2;
  const spread = (from * (from * from - 1)) / 12; // sum (t - centre)^2 over the periods before
  for (let unit = 0; unit < units; unit++) {
    changes[unit] = meanOver(panel, unit, from, periods) - meanOver(panel, unit, 0, from);
    for (let t = 0; t < from; t++) slopes[unit] += ((t - centre) * values[unit * periods + t]) / spread;
  }
  const compare = (column: Float64Array): Effect => {
    const [control, treatment] = momentsByArm(column, treated, 2);
    return welchEffect(control, treatment);
  };
  return { effect: compare(changes), preTrend: compare(slopes) };
};
