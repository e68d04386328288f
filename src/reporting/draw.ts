/** Charts as SVG, drawn without a browser. Vega is loaded with the first of them: whoever draws none pays for none. */
import type { Config, TopLevelSpec } from 'vega-lite';
import { type Chart, recordsOf } from './chart.ts';
import { escaped } from './escaped.ts';
import { colour } from './palette.ts';

/** Widths that charts are drawn in, in CSS pixels: for a page and for a phone. */
export const CHART_WIDTHS = { page: 720, phone: 340 } as const;

/**
 * The chart as one SVG element that scales and says what it is: its title, and the sentence for who cannot see it.
 * `idPrefix` keeps several drawings of a chart apart in one page.
 * @throws whatever Vega throws on a specification that it cannot read
 */
export const drawChart = async (
  chart: Chart,
  { width = CHART_WIDTHS.page as number, idPrefix = '' } = {},
): Promise<string> => {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const spec = {
    ...chart.spec,
    data: { values: recordsOf(chart.table) },
    width,
    autosize: { type: 'fit-x', contains: 'padding' },
    background: colour('ground'),
    config: configFor(width),
  } as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    const svg = (await view.toSVG()).replaceAll(PARTS_ARIA, '');
    const id = `${idPrefix}${chart.id}`;
    const named = `<title id="${id}-title">${escaped(chart.title)}</title><desc id="${id}-desc">${escaped(chart.sentence)}</desc>`;
    return svg
      .replace('<svg ', `<svg role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc" `)
      .replace('>', `>${named}`);
  } finally {
    view.finalize();
  }
};

/** What Vega says of parts: the whole is one image with a name, and its numbers stand in a table beside it. */
const PARTS_ARIA = / (role="graphics-(object|symbol)"|aria-(roledescription|label|hidden)="[^"]*")/g;

const FONT = 'system-ui, sans-serif';

const LEGEND_COLUMN = 230;

/** A title longer than the drawing is wide would leave its marks no room. */
const configFor = (width: number): Config => ({
  aria: false,
  font: FONT,
  padding: 8,
  view: { stroke: null },
  axis: {
    labelColor: colour('ink-soft'),
    titleColor: colour('ink'),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: colour('line'),
    domainColor: colour('line'),
    tickColor: colour('line'),
    labelOverlap: true,
    tickCount: 5,
    titleLimit: width - 60,
  },
  legend: {
    orient: 'bottom',
    columns: Math.max(1, Math.floor(width / LEGEND_COLUMN)),
    labelColor: colour('ink'),
    titleColor: colour('ink'),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: LEGEND_COLUMN - 40,
    symbolStrokeWidth: 2,
    symbolSize: 90,
    symbolOpacity: 1,
  },
  text: { color: colour('ink'), fontSize: 12 },
});
