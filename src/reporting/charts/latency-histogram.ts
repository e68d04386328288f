import type { Series } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { numberText } from '../digits.ts';
import { colour } from '../palette.ts';

/** Calls by how long they took, each line of its own beside its budget. */
export interface TimedLine {
  readonly series: Series;
  readonly budgetMs?: number;
}

const RESULTS = ['within budget', 'over budget', 'around budget', 'no budget'] as const;

/** Of a bin that the budget parts, nobody knows. */
const resultOf = (fromMs: number, toMs: number, budgetMs: number | undefined): (typeof RESULTS)[number] => {
  if (budgetMs === undefined) return 'no budget';
  if (toMs <= budgetMs) return 'within budget';
  return fromMs >= budgetMs ? 'over budget' : 'around budget';
};

/** Where the calls of each kind lie by their time; the share over budget is another colour and is told in words. */
export const latencyHistogram = (lines: readonly TimedLine[]): Chart | undefined => {
  const rows = lines.flatMap(({ series, budgetMs }) =>
    series.x.flatMap((to, i) => {
      const share = series.y[i];
      if (share === 0) return [];
      return [
        {
          calls: series.line,
          'from ms': i === 0 ? 0 : series.x[i - 1],
          'to ms': to,
          share,
          'budget ms': budgetMs ?? '',
          result: resultOf(i === 0 ? 0 : series.x[i - 1], to, budgetMs),
        },
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  const over = lines.flatMap(({ series, budgetMs = Number.POSITIVE_INFINITY }) => {
    const share = series.y.reduce((sum, y, i) => sum + (i > 0 && series.x[i - 1] >= budgetMs ? y : 0), 0);
    return share > 0 ? [`${series.line} ${numberText(100 * share)} %`] : [];
  });
  const least = Math.min(...rows.map((row) => (row['from ms'] > 0 ? row['from ms'] : row['to ms'] / 2)));
  return {
    id: 'latency',
    title: 'Latency histograms against budgets',
    sentence:
      over.length === 0
        ? 'No bin of calls lies over its budget; colour is stronger where more calls are.'
        : `Over budget, by share of calls: ${over.join(', ')}; colour is stronger where more calls are.`,
    table: tableOf(rows),
    spec: {
      height: new Set(rows.map(({ calls }) => calls)).size * 40,
      transform: [{ calculate: `max(datum['from ms'], ${least})`, as: 'left' }],
      layer: [
        {
          mark: { type: 'bar', height: 14, yOffset: 8, stroke: colour('ground'), strokeWidth: 1 },
          encoding: {
            y: { field: 'calls', type: 'nominal', sort: null, axis: null },
            x: {
              field: 'left',
              type: 'quantitative',
              scale: { type: 'log', nice: true },
              axis: { title: 'milliseconds, logarithmic' },
            },
            x2: { field: 'to ms' },
            opacity: {
              field: 'share',
              type: 'quantitative',
              scale: { type: 'sqrt', range: [0.15, 1] },
              legend: null,
            },
            color: {
              field: 'result',
              type: 'nominal',
              title: null,
              scale: {
                domain: [...RESULTS],
                range: [colour('good'), colour('bad'), colour('line-5'), colour('ink-soft')],
              },
            },
          },
        },
        {
          transform: [
            { aggregate: [{ op: 'min', field: 'budget ms', as: 'budget ms' }], groupby: ['calls'] },
          ],
          mark: { type: 'tick', thickness: 3, size: 24, yOffset: 8, color: colour('ink') },
          encoding: {
            y: { field: 'calls', type: 'nominal', sort: null, axis: null },
            x: { field: 'budget ms', type: 'quantitative' },
          },
        },
        {
          transform: [{ aggregate: [{ op: 'count', as: 'bins' }], groupby: ['calls'] }],
          mark: { type: 'text', align: 'left', baseline: 'middle', dy: -10 },
          encoding: {
            y: { field: 'calls', type: 'nominal', sort: null, axis: null },
            x: { value: 0 },
            text: { field: 'calls', type: 'nominal' },
          },
        },
      ],
    },
  };
};
