/** A chart before it is drawn: its numbers, the sentence that says what they show, and how they become marks. */
import type { TopLevelSpec } from 'vega-lite';

export type Cell = string | number;

/** Every number of the chart, and nothing else: what is drawn is drawn from these rows. */
export interface ChartTable {
  /** Plain words: they are headings, and the fields of the specification. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Vega-Lite without data, size and colours, which drawing adds. */
export type ChartSpec = WithoutFrame<TopLevelSpec>;

type WithoutFrame<Spec> = Spec extends unknown
  ? Omit<Spec, 'data' | 'width' | 'background' | 'config' | 'autosize'>
  : never;

export interface Chart {
  /** kebab-case: what addresses and file names end in. */
  readonly id: string;
  readonly title: string;
  readonly sentence: string;
  readonly table: ChartTable;
  readonly spec: ChartSpec;
}

/** A table of records, with a column for each field of the first. */
export const tableOf = (records: readonly Readonly<Record<string, Cell>>[]): ChartTable => {
  const columns = Object.keys(records[0] ?? {});
  return { columns, rows: records.map((record) => columns.map((column) => record[column])) };
};

/** Each row with its headings, as Vega-Lite takes it. An empty cell is left out. */
export const recordsOf = ({ columns, rows }: ChartTable): Record<string, Cell>[] =>
  rows.map((row) =>
    Object.fromEntries(columns.map((column, c) => [column, row[c]]).filter(([, cell]) => cell !== '')),
  );

/** The table as CSV with CRLF (RFC 4180); a cell that a spreadsheet would run as a formula is kept as text. */
export const csvOf = ({ columns, rows }: ChartTable): string =>
  [columns, ...rows]
    .map((row) => row.map(csvCell).join(','))
    .join('\r\n')
    .concat('\r\n');

const csvCell = (cell: Cell): string => {
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
