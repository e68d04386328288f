/** Pieces of the report's page. All text that came from a file is escaped here. */
import type { Measurement } from '../domain/measurement.ts';
import { type Cell, type Chart, type ChartTable, csvOf } from './chart.ts';
import type { Comparison } from './compare.ts';
import { budgetText, numberText, valueText } from './digits.ts';
import { CHART_WIDTHS, drawChart } from './draw.ts';
import { escaped } from './escaped.ts';

const cellText = (cell: Cell): string =>
  typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : cell;

/** The numbers of a chart; the region scrolls where a phone is too narrow, and a keyboard can scroll it. */
const numbersTable = ({ columns, rows }: ChartTable, label: string): string => {
  const head = columns.map((column) => `<th scope="col">${escaped(column)}</th>`).join('');
  const body = rows
    .map((row) => {
      const cells = row.map((cell) =>
        typeof cell === 'number' ? `<td class="number">${cellText(cell)}</td>` : `<td>${escaped(cell)}</td>`,
      );
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('');
  return `<div class="scrolls" role="region" tabindex="0" aria-label="${escaped(label)}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
};

/** The chart for a page and for a phone, of which a style sheet shows one, its sentence, its numbers and both as files. */
export const chartHtml = async (chart: Chart, section: string): Promise<string> => {
  const { id, title, sentence, table } = chart;
  const page = await drawChart(chart, { idPrefix: `${section}-` });
  const phone = await drawChart(chart, { idPrefix: `${section}-phone-`, width: CHART_WIDTHS.phone });
  const file = `${section}-${id}`;
  return `<section class="chart" id="${section}-${id}">
<h3>${escaped(title)}</h3>
<p>${escaped(sentence)}</p>
<div class="page-wide">${page}</div><div class="phone-wide">${phone}</div>
<details><summary>Numbers of “${escaped(title)}” (${table.rows.length} rows)</summary>${numbersTable(table, `Numbers of ${title}`)}</details>
<p class="files"><a download="${file}.svg" href="${dataLink('image/svg+xml', page)}">SVG<span class="unseen"> of ${escaped(title)}</span></a>
<a download="${file}.csv" href="${dataLink('text/csv', csvOf(table))}">CSV<span class="unseen"> of ${escaped(title)}</span></a></p>
</section>`;
};

const dataLink = (type: string, text: string): string =>
  `data:${type};charset=utf-8,${encodeURIComponent(text)}`;

const RESULTS = { true: 'pass', false: 'missed' } as const;

/** Each figure with its interval, budget and result; what it means one click below its name. */
export const figuresTable = (measurements: readonly Measurement[], caption: string): string => {
  const rows = measurements.map((measurement) => {
    const { value, unit, ci, pass } = measurement;
    const result = pass === undefined ? '' : RESULTS[`${pass}`];
    return figuresRow(explained(measurement), [valueText(value, unit, ci), budgetText(measurement)], {
      tone: result,
      result,
    });
  });
  return figuresOf(caption, ['value [95 % interval]', 'budget'], rows);
};

const explained = ({ name, n, baselines = [], definition, protocol }: Measurement): string => {
  const beside = baselines.map((baseline) => `${baseline.name} ${numberText(baseline.value)}`).join(', ');
  const notes = [
    ['observations', numberText(n)],
    ['beside it', beside],
    ['definition', definition ?? ''],
    ['protocol', protocol ?? ''],
  ].filter(([, text]) => text !== '');
  const list = notes.map(([term, text]) => `<dt>${term}</dt><dd>${escaped(text)}</dd>`).join('');
  return `<details><summary>${breakable(name)}</summary><dl>${list}</dl></details>`;
};

/** A long name may break after its dots and hyphens. */
const breakable = (name: string): string => escaped(name).replace(/[.@-]/g, (joint) => `${joint}<wbr>`);

/** Two runs beside each other; changes of result first. */
export const comparisonTable = (comparisons: readonly Comparison[]): string => {
  const rank = ({ passChange, verdict }: Comparison): number =>
    passChange === 'now fails'
      ? 0
      : passChange === 'now passes'
        ? 1
        : verdict === 'no difference shown'
          ? 3
          : 2;
  const rows = [...comparisons]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ name, unit, before, after, difference, ci, verdict, passChange }) => {
      const parted = verdict === 'other' ? 'intervals part' : verdict;
      const said = passChange === undefined ? parted : `${passChange}; ${parted}`;
      const tone = passChange === 'now fails' || verdict === 'worse' ? 'missed' : '';
      const figures = [
        valueText(before.value, unit, before.ci),
        valueText(after.value, unit, after.ci),
        `${difference > 0 ? '+' : ''}${valueText(difference, unit, ci)}`,
      ];
      return figuresRow(breakable(name), figures, { tone, result: said });
    });
  return figuresOf(
    'Before and after: figures that both files have',
    ['before', 'after', 'difference [95 % interval]'],
    rows,
  );
};

/** A table of figures. A phone lays its rows out anew, which would lose what they are, so roles are said. */
const figuresOf = (caption: string, headings: readonly string[], rows: readonly string[]): string => {
  const head = ['measure', ...headings, 'result'].map(
    (heading) => `<th role="columnheader" scope="col">${heading}</th>`,
  );
  return `<table role="table" class="figures"><caption>${escaped(caption)}</caption><thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead><tbody role="rowgroup">${rows.join('\n')}</tbody></table>`;
};

const figuresRow = (
  name: string,
  figures: readonly string[],
  { tone, result }: { readonly tone: string; readonly result: string },
): string => {
  const cells = figures.map((text) => `<td role="cell" class="number">${escaped(text)}</td>`);
  return `<tr role="row" class="${tone}"><th role="rowheader" scope="row">${name}</th>${cells.join('')}<td role="cell" class="result">${result}</td></tr>`;
};
