import type { Measurement } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { intervalRows } from './interval-rows.ts';

const NOMINAL = 0.95;
/** Of intervals; the share of a catalogue that lists reach is `coverage@K`. */
const OF_INTERVALS = /(^|[.-])coverage$|^ope\.interval\./;

/** How often intervals hold the truth that they were made for, beside the 95 % that they promise. */
export const intervalCoverage = (measurements: readonly Measurement[]): Chart | undefined => {
  const rows = measurements
    .filter(({ name, unit }) => unit === 'share' && OF_INTERVALS.test(name))
    .map(({ name, value, ci = [value, value], n, pass }) => ({
      intervals: name,
      coverage: value,
      low: ci[0],
      high: ci[1],
      n,
      result: pass === undefined ? 'no budget' : pass ? 'as promised' : 'not as promised',
    }));
  if (rows.length === 0) return undefined;
  const consistent = rows.filter(({ low, high }) => low <= NOMINAL && NOMINAL <= high).length;
  return {
    id: 'coverage',
    title: 'Coverage of intervals',
    sentence: `Of ${rows.length} kinds of 95 % interval, ${consistent} hold the truth as often as they promise, as far as so many cases can tell.`,
    table: tableOf(rows),
    spec: intervalRows({
      rows: rows.length,
      row: 'intervals',
      value: 'coverage',
      low: 'low',
      high: 'high',
      x: { title: 'share of intervals that hold the truth', type: 'linear', percent: true },
      outcome: { field: 'result', words: ['as promised', 'not as promised', 'no budget'] },
      rule: NOMINAL,
    }),
  };
};
