import type { Measurement } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { numberText } from '../digits.ts';
import { intervalRows } from './interval-rows.ts';

/** Milliseconds in each unit of time that measurements come in. */
const MILLISECONDS: Readonly<Record<string, number>> = { us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, min: 60_000 };

/** Times held to a budget, each as a share of its own, so that microseconds and minutes share an axis. */
export const latencyBudgets = (measurements: readonly Measurement[]): Chart | undefined => {
  const rows = measurements.flatMap(({ name, value, unit, ci = [value, value], budget, sense, pass }) => {
    const scale = MILLISECONDS[unit];
    if (scale === undefined || budget === undefined || sense === 'at-least' || !(budget > 0)) return [];
    if (!(Math.min(value, ci[0]) > 0)) return []; // no place on a logarithmic axis
    return [
      {
        measure: name,
        ms: value * scale,
        'low ms': ci[0] * scale,
        'high ms': ci[1] * scale,
        'budget ms': budget * scale,
        share: value / budget,
        low: ci[0] / budget,
        high: ci[1] / budget,
        result: pass === true ? 'within budget' : 'over budget',
      },
    ];
  });
  if (rows.length === 0) return undefined;
  rows.sort((a, b) => b.share - a.share);
  const [worst] = rows;
  const within = rows.filter(({ result }) => result === 'within budget').length;
  return {
    id: 'latency-budgets',
    title: 'Latency against budget',
    sentence: `${within} of ${rows.length} times are within budget; nearest to it, or furthest over, is ${worst.measure} with ${numberText(worst.ms)} of ${numberText(worst['budget ms'])} ms.`,
    table: tableOf(rows),
    spec: intervalRows({
      rows: rows.length,
      row: 'measure',
      value: 'share',
      low: 'low',
      high: 'high',
      x: { title: 'time over budget (1 = all of it), logarithmic', type: 'log' },
      outcome: { field: 'result', words: ['within budget', 'over budget'] },
      rule: 1,
    }),
  };
};
