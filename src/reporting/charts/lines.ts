/** What charts of lines share: the lines of one kind of series on the same axes, told apart by colour and dash. */
import type { Measurement, Series, SeriesKind } from '../../domain/measurement.ts';
import { type ChartSpec, type ChartTable, tableOf } from '../chart.ts';
import { lineLooks } from '../palette.ts';

/** The series of a kind, in the order of the measurements; the same line once. */
export const seriesOf = (measurements: readonly Measurement[], kind: SeriesKind): Series[] => {
  const all = measurements.flatMap(({ series = [] }) => series).filter((series) => series.kind === kind);
  return [...new Map(all.map((series) => [series.line, series])).values()];
};

export interface LineAxes {
  readonly x: string;
  readonly y: string;
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'sqrt';
  readonly percent?: boolean;
  /** Lines come two by two: an estimate and its truth. */
  readonly inPairs?: boolean;
}

/** A row for each point: line, x, y and, where there are any, the ends of its interval. */
export const pointsOf = (lines: readonly Series[], { x, y }: LineAxes): ChartTable => {
  const hasIntervals = lines.some(({ low }) => low !== undefined);
  return tableOf(
    lines.flatMap((series) =>
      series.x.map((at, i) => ({
        line: series.line,
        [x]: at,
        [y]: series.y[i],
        ...(hasIntervals ? { low: series.low?.[i] ?? '', high: series.high?.[i] ?? '' } : {}),
      })),
    ),
  );
};

/** Lines with bands for their intervals, as high as a page has room for. */
export const lineSpec = (lines: readonly Series[], axes: LineAxes): ChartSpec => {
  const { colours, dashes } = lineLooks(lines.length, axes.inPairs === true);
  const domain = lines.map(({ line }) => line);
  const x = {
    field: axes.x,
    type: 'quantitative',
    scale: { type: axes.xScale ?? 'linear', nice: false },
    axis: { grid: false, format: '~s' },
  } as const;
  const color = { field: 'line', type: 'nominal', title: null, scale: { domain, range: colours } } as const;
  const yAxis = {
    title: axes.yScale === 'sqrt' ? `${axes.y}, square-root scale` : axes.y,
    ...(axes.percent === true ? { format: '~%' } : { format: ',~r' }),
  };
  const yScale = { type: axes.yScale ?? 'linear' } as const;
  const hasIntervals = lines.some(({ low }) => low !== undefined);
  return {
    height: 280,
    layer: [
      ...(hasIntervals
        ? [
            {
              mark: { type: 'area', opacity: 0.15 },
              encoding: {
                x,
                y: { field: 'low', type: 'quantitative', scale: yScale, axis: yAxis },
                y2: { field: 'high' },
                color: { ...color, legend: null },
              },
            } as const,
          ]
        : []),
      {
        mark: { type: 'line', strokeWidth: 2, interpolate: 'linear' },
        encoding: {
          x,
          y: { field: axes.y, type: 'quantitative', scale: yScale, axis: yAxis },
          color,
          strokeDash: { field: 'line', type: 'nominal', title: null, scale: { domain, range: dashes } },
        },
      },
    ],
  };
};
