/** What counters of a server did lately, read off scrapes of it, the oldest first. */
import type { EpochMs } from '../domain/clock.ts';
import type { Series } from './exposition.ts';

/** What a server's metrics were at one moment. */
export interface Scrape {
  readonly at: EpochMs;
  readonly series: readonly Series[];
}

/** A scrape as it is kept: of one whose series are those of the one before, the values alone are new. */
export interface KeptScrape {
  readonly at: EpochMs;
  readonly names: readonly SeriesName[]; // [n]
  readonly values: Float64Array; // [n]
}

type SeriesName = Omit<Series, 'value'>;

export const kept = ({ at, series }: Scrape, before?: KeptScrape): KeptScrape => {
  const isAsBefore =
    before?.names.length === series.length &&
    before.names.every(({ metric, labels }, i) => metric === series[i].metric && labels === series[i].labels);
  return {
    at,
    names: isAsBefore ? before.names : series.map(({ metric, labels }) => ({ metric, labels })),
    values: Float64Array.from(series, ({ value }) => value),
  };
};

/** Series of one metric whose labels are the given ones: equal to a text, or matching a pattern as a whole. */
export interface Selector {
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string | RegExp>>;
}

/** Its series in one scrape. */
export const selected = ({ names, values }: KeptScrape, selector: Selector): Series[] =>
  names.flatMap((name, i) =>
    selects(selector, name) ? [{ metric: name.metric, labels: name.labels, value: values[i] }] : [],
  );

export const selects = ({ metric, labels = {} }: Selector, series: SeriesName): boolean =>
  series.metric === metric &&
  Object.entries(labels).every(([name, wanted]) => matches(series.labels[name] ?? '', wanted));

const matches = (value: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? value === wanted : wholeOf(wanted).test(value);

/** A pattern has to match the whole, as Prometheus has it. */
const wholeOf = (pattern: RegExp): RegExp => {
  let whole = wholes.get(pattern);
  if (whole === undefined) {
    whole = new RegExp(`^(?:${pattern.source})$`);
    wholes.set(pattern, whole);
  }
  return whole;
};
const wholes = new WeakMap<RegExp, RegExp>();

/** The same text for the same labels. */
const keyOf = (labels: Series['labels']): string => {
  let key = keys.get(labels);
  if (key === undefined) {
    key = JSON.stringify(labels);
    keys.set(labels, key);
  }
  return key;
};
const keys = new WeakMap<Series['labels'], string>();

/**
 * How much counters grew in the last minutes, summed by the values of one label, or all under ''. Taken from the first
 * scrape within the time; a series that is not in it began at 0, and one that fell began anew at 0.
 */
export const growthBy = (
  scrapes: readonly KeptScrape[],
  selector: Selector,
  minutes: number,
  by?: string,
): Map<string, number> => {
  const last = scrapes[scrapes.length - 1];
  const within = scrapes.filter(({ at }) => at >= last.at - minutes * 60_000);
  const sums = new Map<string, number>();
  const before = new Map<string, number>();
  within.forEach((scrape, i) => {
    for (const { labels, value } of selected(scrape, selector)) {
      const key = keyOf(labels);
      const group = by === undefined ? '' : (labels[by] ?? '');
      const start = before.get(key) ?? (i === 0 ? value : 0);
      const more = value >= start ? value - start : value;
      sums.set(group, (sums.get(group) ?? 0) + more);
      before.set(key, value);
    }
  });
  return sums;
};
