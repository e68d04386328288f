import type { Measurement } from '../../domain/measurement.ts';
import type { Chart } from '../chart.ts';
import { numberText } from '../digits.ts';
import { lineSpec, pointsOf, seriesOf } from './lines.ts';

const AXES = { x: 'place', y: 'examined', percent: true, inPairs: true } as const;
/** What the lines of a device end in. */
const [ESTIMATED, TRUE] = [', estimated', ', true'];

/** How far down the first row members look, as the logs tell and as the world has it. */
export const examinationCurve = (measurements: readonly Measurement[]): Chart | undefined => {
  const lines = seriesOf(measurements, 'examination');
  if (lines.length === 0) return undefined;
  const errors = lines.flatMap((estimate) => {
    if (!estimate.line.endsWith(ESTIMATED)) return [];
    const name = `${estimate.line.slice(0, -ESTIMATED.length)}${TRUE}`;
    const truth = lines.find(({ line }) => line === name);
    return truth === undefined ? [] : estimate.y.map((y, i) => Math.abs(y / truth.y[i] - 1));
  });
  return {
    id: 'examination',
    title: 'Examination: estimated and true',
    sentence: `The estimate is at most ${numberText(100 * Math.max(0, ...errors))} % off the truth in any place of the first row, which it learned from clicks alone.`,
    table: pointsOf(lines, AXES),
    spec: lineSpec(lines, AXES),
  };
};
