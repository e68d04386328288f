/** What charts of intervals below one another share: a row for each figure, its name above its interval. */
import type { ChartSpec } from '../chart.ts';
import { colour, RULE_DASH } from '../palette.ts';

const ROW_HEIGHT = 38;
const OUTCOME_COLOURS = [colour('good'), colour('bad'), colour('ink-soft')];
const OUTCOME_SHAPES = ['circle', 'triangle-up', 'square'];

export interface IntervalRows {
  readonly rows: number;
  /** The field that names the rows, and those that hold the value and the ends of its interval. */
  readonly row: string;
  readonly value: string;
  readonly low: string;
  readonly high: string;
  readonly x: {
    readonly title: string;
    readonly type: 'linear' | 'log' | 'symlog';
    readonly zero?: boolean;
    readonly percent?: boolean;
  };
  /** The field that says how a row came out, and its words in this order: good, bad and, where there is one, neither. */
  readonly outcome: { readonly field: string; readonly words: readonly string[] };
  /** Values that every row is read against, such as a budget of 1. */
  readonly rule?: number;
  /** Fields of single values that are marked in each row, with the shape and colour that they have. */
  readonly beside?: readonly string[];
}

/** Intervals with their values, the rule they are read against, and names above, so that a phone has room for both. */
export const intervalRows = ({
  rows,
  row,
  value,
  low,
  high,
  x,
  outcome,
  rule,
  beside = [],
}: IntervalRows): ChartSpec => {
  const zero = x.type === 'log' ? {} : { zero: x.zero ?? false };
  const constant = x.type === 'symlog' ? { constant: 0.1 } : {};
  const scale = { type: x.type, nice: true, ...zero, ...constant } as const;
  const axis = {
    title: x.title,
    orient: 'bottom',
    ...(x.percent === true ? { format: '~%' } : {}),
  } as const;
  const y = { field: row, type: 'nominal', sort: null, axis: null } as const;
  const color = {
    field: outcome.field,
    type: 'nominal',
    title: null,
    scale: { domain: [...outcome.words], range: OUTCOME_COLOURS.slice(0, outcome.words.length) },
  } as const;
  const shape = {
    field: outcome.field,
    type: 'nominal',
    title: null,
    scale: { domain: [...outcome.words], range: OUTCOME_SHAPES.slice(0, outcome.words.length) },
  } as const;
  const xOf = (field: string) => ({ field, type: 'quantitative', scale, axis }) as const;
  return {
    height: rows * ROW_HEIGHT,
    layer: [
      ...(rule === undefined
        ? []
        : [
            {
              mark: { type: 'rule', color: colour('ink'), strokeDash: RULE_DASH },
              encoding: { x: { datum: rule, type: 'quantitative', scale, axis } },
            } as const,
          ]),
      ...rowNames(y, row),
      ...beside.map(
        (field) =>
          ({
            mark: { type: 'tick', thickness: 2, size: 14, yOffset: 6, color: colour('ink-soft') },
            encoding: { y, x: xOf(field) },
          }) as const,
      ),
      {
        mark: { type: 'rule', strokeWidth: 3, yOffset: 6, opacity: 0.55 },
        encoding: { y, x: xOf(low), x2: { field: high }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1, yOffset: 6 },
        encoding: { y, x: xOf(value), color, shape },
      },
    ],
  };
};

/** Names above the rows, on a ground of their own where they cross a line. */
const rowNames = (
  y: { readonly field: string; readonly type: 'nominal'; readonly axis: null },
  field: string,
) => {
  const encoding = { y: { ...y, sort: null }, x: { value: 0 }, text: { field, type: 'nominal' } } as const;
  const mark = { type: 'text', align: 'left', baseline: 'middle', dy: -10, fontSize: 12 } as const;
  return [
    { mark: { ...mark, stroke: colour('ground'), strokeWidth: 5 }, encoding } as const,
    { mark, encoding } as const,
  ];
};
