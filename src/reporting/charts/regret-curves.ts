import type { Series } from '../../domain/measurement.ts';
import type { Chart } from '../chart.ts';
import { numberText } from '../digits.ts';
import { lineSpec, pointsOf } from './lines.ts';

const AXES = { x: 'round', y: 'pseudo-regret', yScale: 'sqrt' } as const;

/** What each policy has lost up to each round, against who knows the best action. */
export const regretCurves = (lines: readonly Series[]): Chart | undefined => {
  if (lines.length === 0 || lines[0].x.length === 0) return undefined;
  const last = (of: Series): number => of.y[of.y.length - 1];
  const byLoss = [...lines].sort((a, b) => last(a) - last(b));
  const [best, worst] = [byLoss[0], byLoss[byLoss.length - 1]];
  return {
    id: 'regret',
    title: 'Regret of policies as they learn',
    sentence: `After ${numberText(best.x[best.x.length - 1])} rounds ${best.line} has lost ${numberText(last(best))} rewards and ${worst.line} ${numberText(last(worst))}, against who knows the best action; a line that bends flat has learned.`,
    table: pointsOf(lines, AXES),
    spec: lineSpec(lines, AXES),
  };
};
