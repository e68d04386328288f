import type { Measurement } from '../../domain/measurement.ts';
import type { Chart } from '../chart.ts';
import { numberText } from '../digits.ts';
import { lineSpec, pointsOf, seriesOf } from './lines.ts';

const AXES = { x: 'K', y: 'recall', xScale: 'log' } as const;

/** Recall@K of each source of candidates, by K. */
export const recallCurves = (measurements: readonly Measurement[]): Chart | undefined => {
  const lines = seriesOf(measurements, 'recall-at-k');
  if (lines.length === 0) return undefined;
  const last = (of: (typeof lines)[number]): number => of.y[of.y.length - 1];
  const [best, ...others] = [...lines].sort((a, b) => last(b) - last(a));
  const beside = others.map((of) => `${of.line} ${numberText(last(of))}`).join(', ');
  return {
    id: 'recall',
    title: 'Recall@K by source of candidates',
    sentence: `At K = ${best.x[best.x.length - 1]}, ${best.line} finds ${numberText(last(best))} of the held-out plays${beside === '' ? '' : `, beside ${beside}`}.`,
    table: pointsOf(lines, AXES),
    spec: lineSpec(lines, AXES),
  };
};
