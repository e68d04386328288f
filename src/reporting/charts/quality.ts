import type { Measurement } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { intervalRows } from './interval-rows.ts';

/** Baselines of a ratio are often what it is a ratio of. */
const UNITS = new Set(['share', 'score']);
/** More rows than this are a wall; the table of budgets has them all. */
const MOST_ROWS = 40;

/** Figures of quality that stand beside baselines: the value with its interval, the baselines as ticks. */
export const qualityBesideBaselines = (measurements: readonly Measurement[]): Chart | undefined => {
  const compared = measurements.filter(({ unit, baselines = [] }) => UNITS.has(unit) && baselines.length > 0);
  if (compared.length === 0) return undefined;
  const shown = compared.slice(0, MOST_ROWS);
  const most = Math.max(...shown.map(({ baselines = [] }) => baselines.length));
  const rows = shown.map(({ name, value, ci = [value, value], baselines = [], budget, pass }) => ({
    measure: name,
    value,
    low: ci[0],
    high: ci[1],
    budget: budget ?? '',
    result: pass === undefined ? 'no budget' : pass ? 'reached' : 'missed',
    ...Object.fromEntries(
      Array.from({ length: most }, (_, b) => [
        [`baseline ${b + 1}`, baselines[b]?.name ?? ''],
        [`its value ${b + 1}`, baselines[b]?.value ?? ''],
      ]).flat(),
    ),
  }));
  const above = shown.filter(({ value, baselines = [] }) =>
    baselines.every((baseline) => baseline.name.startsWith('oracle') || value >= baseline.value),
  ).length;
  const left = compared.length - shown.length;
  return {
    id: 'quality',
    title: 'Quality beside baselines',
    sentence: `${above} of ${shown.length} figures are at least as large as every baseline beside them but the oracle, which ticks mark${left > 0 ? `; ${left} more are in the table of measurements` : ''}.`,
    table: tableOf(rows),
    spec: intervalRows({
      rows: rows.length,
      row: 'measure',
      value: 'value',
      low: 'low',
      high: 'high',
      x: { title: 'value with 95 % interval; ticks: baselines', type: 'linear', zero: true },
      outcome: { field: 'result', words: ['reached', 'missed', 'no budget'] },
      beside: Array.from({ length: most }, (_, b) => `its value ${b + 1}`),
    }),
  };
};
