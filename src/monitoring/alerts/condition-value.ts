import type { EpochMs } from '../../domain/clock.ts';
import type { Series } from '../exposition.ts';
import type { Condition, Selector } from './condition.ts';

/** What a server's metrics were at one moment. */
export interface Scrape {
  readonly at: EpochMs;
  readonly series: readonly Series[];
}

export interface ConditionValue {
  /** What is compared with the threshold; NaN where too little is known. Of several conditions, the first's. */
  readonly value: number;
  readonly holds: boolean;
}

/**
 * Reads a condition off scrapes of one server, the oldest first. A counter's growth is taken from the first scrape within
 * the time; a series that is not in it began at 0, and one that fell began anew at 0.
 */
export const conditionValue = (condition: Condition, scrapes: readonly Scrape[]): ConditionValue => {
  const last = scrapes[scrapes.length - 1];
  if (last === undefined) return { value: Number.NaN, holds: false };
  const against = (value: number, above: number): ConditionValue => ({ value, holds: value > above });
  switch (condition.kind) {
    case 'level': {
      const values = selected(last, condition.of).map(({ value }) => value);
      return against(values.length === 0 ? Number.NaN : Math.max(...values), condition.above);
    }
    case 'growth': {
      const grown = growth(scrapes, condition.of, condition.minutes);
      return against(
        [...grown.values()].reduce((sum, value) => sum + value, 0),
        condition.above,
      );
    }
    case 'share': {
      const { share, whole, minutes, above, fewest, by } = condition;
      const complement = 'rest' in share;
      const parts = growth(scrapes, complement ? share.rest : share.part, minutes, by);
      const shares = [...growth(scrapes, whole, minutes, by)]
        .filter(([, count]) => count >= fewest)
        .map(([group, count]) => {
          const part = (parts.get(group) ?? 0) / count;
          return complement ? 1 - part : part;
        });
      return against(shares.length === 0 ? Number.NaN : Math.max(...shares), above);
    }
    case 'all': {
      const values = condition.of.map((each) => conditionValue(each, scrapes));
      return { value: values[0].value, holds: values.every(({ holds }) => holds) };
    }
  }
};

const selected = ({ series }: Scrape, selector: Selector): Series[] =>
  series.filter((each) => selects(selector, each));

export const selects = ({ metric, labels = {} }: Selector, series: Series): boolean =>
  series.metric === metric &&
  Object.entries(labels).every(([name, wanted]) => matches(series.labels[name] ?? '', wanted));

/** A pattern has to match the whole, as Prometheus has it. */
const matches = (value: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? value === wanted : new RegExp(`^(?:${wanted.source})$`).test(value);

/** How much counters grew in the last minutes, summed by the values of one label. */
const growth = (
  scrapes: readonly Scrape[],
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
      const key = JSON.stringify(labels);
      const group = by === undefined ? '' : (labels[by] ?? '');
      const start = before.get(key) ?? (i === 0 ? value : 0);
      const more = value >= start ? value - start : value;
      sums.set(group, (sums.get(group) ?? 0) + more);
      before.set(key, value);
    }
  });
  return sums;
};
