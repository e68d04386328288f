import { growthBy, type KeptScrape, selected } from '../scrapes.ts';
import type { Condition } from './condition.ts';

export interface ConditionValue {
  /** What is compared with the threshold; NaN where too little is known. Of several conditions, the first's. */
  readonly value: number;
  readonly holds: boolean;
}

/**
 * Reads a condition off scrapes of one server, the oldest first.
 */
export const conditionValue = (condition: Condition, scrapes: readonly KeptScrape[]): ConditionValue => {
  const last = scrapes[scrapes.length - 1];
  if (last === undefined) return { value: Number.NaN, holds: false };
  const against = (value: number, above: number): ConditionValue => ({ value, holds: value > above });
  switch (condition.kind) {
    case 'level': {
      const values = selected(last, condition.of).map(({ value }) => value);
      return against(values.length === 0 ? Number.NaN : Math.max(...values), condition.above);
    }
    case 'growth': {
      const grown = growthBy(scrapes, condition.of, condition.minutes);
      return against(
        [...grown.values()].reduce((sum, value) => sum + value, 0),
        condition.above,
      );
    }
    case 'share': {
      const { share, whole, minutes, above, fewest, by } = condition;
      const complement = 'rest' in share;
      const parts = growthBy(scrapes, complement ? share.rest : share.part, minutes, by);
      const shares = [...growthBy(scrapes, whole, minutes, by)]
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
