import { type Chart, tableOf } from '../chart.ts';
import { intervalRows } from './interval-rows.ts';

/** A question that was answered by an experiment in the world, whose truth is known. */
export interface AnsweredQuestion {
  /** kebab-case. */
  readonly id: string;
  readonly question: string;
  readonly plots: readonly {
    readonly title: string;
    readonly unit: 'share' | 'count';
    readonly estimates: readonly {
      readonly name: string;
      readonly estimate: number;
      readonly interval: readonly [number, number];
      readonly truth: number;
    }[];
  }[];
  readonly decision: string;
  /** What was planted, in words. */
  readonly truth: string;
}

/** What the experiment says, the truth beside each estimate, and what was decided. Figures of the first plot's unit. */
export const verdictChart = ({ id, question, plots, decision, truth }: AnsweredQuestion): Chart => {
  const { unit } = plots[0];
  const rows = plots
    .filter((plot) => plot.unit === unit)
    .flatMap(({ title, estimates }) =>
      estimates.map(({ name, estimate, interval: [low, high], truth: known }) => ({
        figure: plots.length === 1 ? name : `${name} (${title})`,
        estimate,
        low,
        high,
        truth: known,
        interval: low <= known && known <= high ? 'holds the truth' : 'misses the truth',
      })),
    );
  return {
    id,
    title: question,
    sentence: `Verdict: ${decision}. The truth: ${truth}. Drawn: ${plots[0].title}.`,
    table: tableOf(rows),
    spec: intervalRows({
      rows: rows.length,
      row: 'figure',
      value: 'estimate',
      low: 'low',
      high: 'high',
      x: {
        title: 'estimate with 95 % interval; ticks: the truth',
        type: 'linear',
        zero: true,
        percent: unit === 'share',
      },
      outcome: { field: 'interval', words: ['holds the truth', 'misses the truth'] },
      rule: 0,
      beside: ['truth'],
    }),
  };
};
