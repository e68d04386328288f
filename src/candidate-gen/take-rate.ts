/** One scale for all sources: how likely the title in this place of this source's list is to be played next. */
import type { Calibration } from './merge.ts';

/** P(the title at 0-based position p is the next play) = rate * (1 + p)^-power, of one source. */
export interface TakeRate {
  readonly rate: number;
  readonly power: number;
}

/** Powers that are tried: from a list whose order says nothing to one whose first place is nearly all. */
const POWERS = Array.from({ length: 101 }, (_, i) => i / 50);

/**
 * The take rate of a source by maximum likelihood (Poisson) of where the next play stood in its lists.
 *   log L = sum over plays found of log(rate) - power log(1 + p), less queries * rate * sum over p of (1 + p)^-power
 * One play is added as found at a place drawn evenly, so that a source that found none is not shut out for ever.
 * @param positions of the plays that were found, 0-based
 * @throws RangeError when there is no query, or a position is not below depth
 */
export const fitTakeRate = (options: {
  readonly positions: ArrayLike<number>;
  /** Lists looked at, whether they held the play or not. */
  readonly queries: number;
  /** Length of the lists. */
  readonly depth: number;
}): TakeRate => {
  const { positions, queries, depth } = options;
  if (!(queries > 0)) throw new RangeError(`take rate: expected at least one query, got ${queries}`);
  let logs = 0;
  for (let i = 0; i < positions.length; i++) {
    if (!(positions[i] < depth)) throw new RangeError(`take rate: position ${positions[i]} of ${depth}`);
    logs += Math.log1p(positions[i]);
  }
  const places = Float64Array.from({ length: depth }, (_, p) => Math.log1p(p));
  const found = positions.length + 1;
  logs += places.reduce((sum, log) => sum + log, 0) / depth;
  let best: TakeRate & { readonly likelihood: number } = { rate: 0, power: 0, likelihood: -Infinity };
  for (const power of POWERS) {
    const mass = places.reduce((sum, log) => sum + Math.exp(-power * log), 0);
    const rate = found / (queries * mass); // the maximum for this power
    const likelihood = found * Math.log(rate) - power * logs;
    if (likelihood > best.likelihood) best = { rate, power, likelihood };
  }
  return { rate: best.rate, power: best.power };
};

/** Places of a source on the common scale. */
export const byTakeRate =
  ({ rate, power }: TakeRate): Calibration =>
  (_, position) =>
    rate * (1 + position) ** -power;
