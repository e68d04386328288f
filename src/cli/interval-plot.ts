/** Intervals below one another on one axis, as text: the estimate, how sure it is, and the truth beside it. */

export interface PlottedInterval {
  readonly name: string;
  readonly estimate: number;
  readonly interval: readonly [number, number];
  readonly truth: number;
}

const AXIS = 48;

export const PLOT_LEGEND = '[--o--] estimate and 95 % interval, x truth (X where they meet), : zero';

/**
 * The plot's lines: name, axis, estimate with interval, truth. All in per cent where the unit is a share.
 * @throws RangeError on an end that is not a number
 */
export const intervalPlot = (estimates: readonly PlottedInterval[], unit: 'share' | 'count'): string[] => {
  const all = estimates.flatMap(({ estimate, interval, truth }) => [estimate, ...interval, truth]);
  const least = Math.min(0, ...all);
  const most = Math.max(0, ...all);
  if (!Number.isFinite(most - least)) throw new RangeError('interval plot: expected numbers that are finite');
  const placeOf = (value: number): number =>
    most === least ? 0 : Math.round(((value - least) / (most - least)) * (AXIS - 1));
  const width = Math.max(...estimates.map(({ name }) => name.length));
  const text = (value: number): string => {
    const shown = (unit === 'share' ? 100 * value : value).toFixed(1);
    return `${value > 0 && Number(shown) !== 0 ? '+' : ''}${shown}`;
  };
  const suffix = unit === 'share' ? ' %' : '';
  return estimates.map(({ name, estimate, interval: [low, high], truth }) => {
    const axis = new Array<string>(AXIS).fill(' ');
    axis[placeOf(0)] = ':';
    axis.fill('-', placeOf(low), placeOf(high) + 1);
    axis[placeOf(low)] = '[';
    axis[placeOf(high)] = ']';
    axis[placeOf(estimate)] = 'o';
    axis[placeOf(truth)] = placeOf(truth) === placeOf(estimate) ? 'X' : 'x';
    const figures = `${text(estimate)}${suffix} [${text(low)}, ${text(high)}]`;
    return `${name.padEnd(width)}  ${axis.join('')}  ${figures.padEnd(24)} truth ${text(truth)}${suffix}`;
  });
};
