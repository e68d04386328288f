/** The one table: what was measured at each stage, beside its baselines, against its budget. */
import type { Measurement, StageRow } from '../domain/measurement.ts';
import { budgetText, numberText, valueText } from '../reporting/digits.ts';

/** Fits a laptop's terminal and a pasted issue. */
export const TABLE_WIDTH = 120;

const GAP = '  ';
const HEADINGS = ['stage', 'measure', 'value [95% interval]', 'baseline', 'budget', 'result'] as const;
/** Columns that may wrap, and how narrow, in the order in which they give way: the figures never do. */
const YIELDING = [
  { column: 3, narrowest: 18 },
  { column: 1, narrowest: 16 },
  { column: 0, narrowest: 10 },
] as const;

/**
 * The table as text, no line longer than `width`, without a last line break. The stage is named on the first
 * of its rows. A row that the data could not feed says why across the other columns.
 */
export const tableText = (rows: readonly StageRow[], width: number = TABLE_WIDTH): string => {
  const cells = rows.map((row) => ('absent' in row ? [row.stage] : cellsOf(row.stage, row.measurement)));
  const widths = fitted(
    HEADINGS.map((heading, c) => Math.max(heading.length, ...cells.map((row) => row[c]?.length ?? 0))),
    width,
  );
  const lines = [columns([...HEADINGS], widths), widths.map((w) => '-'.repeat(w)).join(GAP)];
  rows.forEach((row, r) => {
    const sameStage = r > 0 && rows[r - 1].stage === row.stage;
    const stage = sameStage ? '' : row.stage;
    if ('absent' in row) {
      const room = width - widths[0] - GAP.length;
      lines.push(columns([stage, `left out: ${row.absent}`], [widths[0], room]));
    } else {
      lines.push(columns([stage, ...cells[r].slice(1)], widths));
    }
  });
  return lines.join('\n');
};

const cellsOf = (stage: string, measurement: Measurement): string[] => [
  stage,
  measurement.name,
  valueText(measurement.value, measurement.unit, measurement.ci),
  (measurement.baselines ?? []).map(({ name, value }) => `${name} ${numberText(value)}`).join(', '),
  budgetText(measurement),
  measurement.pass === undefined ? '' : measurement.pass ? 'pass' : 'FAIL',
];

/** Column widths that fit, taken from the columns that may wrap. */
const fitted = (natural: readonly number[], width: number): number[] => {
  const widths = [...natural];
  for (const { column, narrowest } of YIELDING) {
    const total = widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1);
    if (total <= width) break;
    widths[column] = Math.max(Math.min(natural[column], narrowest), widths[column] - (total - width));
  }
  return widths;
};

/** One row of cells as one line, or several where a cell is wider than its column. */
const columns = (cells: readonly string[], widths: readonly number[]): string => {
  const wrapped = cells.map((cell, c) => wrap(cell, widths[c]));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((lines, c) => (lines[line] ?? '').padEnd(widths[c]))
      .join(GAP)
      .trimEnd(),
  ).join('\n');
};

/** Lines of at most `width`, broken at spaces; a longer word is cut, after a dot or hyphen if it has one there. */
const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (line.length > width) {
      const joint = Math.max(line.lastIndexOf('.', width - 1), line.lastIndexOf('-', width - 1));
      const cut = joint > 0 ? joint + 1 : width;
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  return [...lines, line];
};
