import type { Measurement } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { numberText } from '../digits.ts';
import { intervalRows } from './interval-rows.ts';

/** How many pages interleaving needs beside an A/B test of the same rankers, and how often it names the better one. */
export const interleavingVerdicts = (measurements: readonly Measurement[]): Chart | undefined => {
  const rows = measurements
    .filter(({ name, unit }) => name.startsWith('interleaving.') && (unit === 'ratio' || unit === 'share'))
    .map(({ name, value, ci = [value, value], n, budget, pass }) => ({
      figure: name.slice('interleaving.'.length),
      value,
      low: ci[0],
      high: ci[1],
      pairs: n,
      budget: budget ?? '',
      result: pass === undefined ? 'no budget' : pass ? 'reached' : 'missed',
    }));
  if (rows.length === 0) return undefined;
  const said = rows.map(
    ({ figure, value, pairs }) => `${figure} ${numberText(value)} of ${pairs} pairs of rankers`,
  );
  return {
    id: 'interleaving',
    title: 'Interleaving beside A/B tests',
    sentence: `Two rankers on one page, and the same two in an A/B test: ${said.join('; ')}.`,
    table: tableOf(rows),
    spec: intervalRows({
      rows: rows.length,
      row: 'figure',
      value: 'value',
      low: 'low',
      high: 'high',
      x: { title: 'share, with 95 % interval', type: 'linear', zero: true },
      outcome: { field: 'result', words: ['reached', 'missed', 'no budget'] },
    }),
  };
};
