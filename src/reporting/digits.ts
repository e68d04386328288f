/** Figures for eyes: as many digits as mean something, never more. */
import type { Measurement } from '../domain/measurement.ts';

/** Units that say only that there is none; they are not printed. */
const DIMENSIONLESS = new Set(['share', 'ratio', 'score', 'count', '']);

const SIGNIFICANT = 3;
const MOST_DECIMALS = 6;

const lastDecimal = (magnitude: number, significant: number): number => {
  if (!(magnitude > 0) || !Number.isFinite(magnitude)) return 0;
  const decimals = significant - 1 - Math.floor(Math.log10(magnitude) + 1e-9);
  return Math.min(MOST_DECIMALS, Math.max(0, decimals));
};

const fixed = (value: number, decimals: number): string => {
  if (Number.isNaN(value)) return 'n/a';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = value.toFixed(decimals);
  const [whole, fraction] = (Number(text) === 0 ? text.replace('-', '') : text).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};

/** `0.312`, `12,345`, `4`: three significant digits, whole numbers in full. */
export const numberText = (value: number): string =>
  Number.isInteger(value) ? fixed(value, 0) : fixed(value, lastDecimal(Math.abs(value), SIGNIFICANT));

/**
 * `0.312 [0.305, 0.319]`, `4.2 ms [4.1, 4.3]`. Beside an interval the digits stop where the distance to its
 * nearer end has two of its own: digits finer than the doubt are noise.
 */
export const valueText = (value: number, unit: string, ci?: readonly [number, number]): string => {
  const suffix = unitSuffix(unit);
  if (ci === undefined) return `${numberText(value)}${suffix}`;
  const distances = ci.map((end) => Math.abs(end - value)).filter((distance) => distance > 0);
  const decimals =
    distances.length === 0
      ? lastDecimal(Math.abs(value), SIGNIFICANT)
      : lastDecimal(Math.min(...distances), 2);
  return `${fixed(value, decimals)}${suffix} [${fixed(ci[0], decimals)}, ${fixed(ci[1], decimals)}]`;
};

/** The unit as it stands after a number, with its space; empty where the figure has no dimension. */
export const unitSuffix = (unit: string): string => (DIMENSIONLESS.has(unit) ? '' : ` ${unit}`);

/** `<= 10 ms`, or nothing where nothing was promised. */
export const budgetText = ({ budget, sense, unit }: Measurement): string =>
  budget === undefined
    ? ''
    : `${sense === 'at-least' ? '>=' : '<='} ${numberText(budget)}${unitSuffix(unit)}`;
