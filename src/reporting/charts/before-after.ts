import { type Chart, tableOf } from '../chart.ts';
import type { Comparison } from '../compare.ts';
import { intervalRows } from './interval-rows.ts';

const WORDS = ['better', 'worse', 'no difference shown'] as const;
const MOST_ROWS = 40;

/** How far each figure moved, as a share of what it was: those whose interval leaves 0 first. */
export const beforeAfter = (comparisons: readonly Comparison[]): Chart | undefined => {
  const rows = comparisons
    .filter(({ before }) => before.value !== 0)
    .map(({ name, before, after, difference, ci, verdict }) => {
      const scale = Math.abs(before.value);
      const [low, high] = ci ?? [difference, difference];
      return {
        measure: name,
        before: before.value,
        after: after.value,
        change: difference / scale,
        low: low / scale,
        high: high / scale,
        result: verdict === 'other' ? 'no difference shown' : verdict,
      };
    })
    .sort(
      (a, b) => WORDS.indexOf(a.result) - WORDS.indexOf(b.result) || Math.abs(b.change) - Math.abs(a.change),
    );
  if (rows.length === 0) return undefined;
  const count = (word: string): number => rows.filter(({ result }) => result === word).length;
  return {
    id: 'before-after',
    title: 'Before and after',
    sentence: `Of ${rows.length} figures in both files, ${count('better')} are better and ${count('worse')} worse by more than their intervals allow for${rows.length > MOST_ROWS ? `; the ${MOST_ROWS} that moved most are drawn` : ''}.`,
    table: tableOf(rows.slice(0, MOST_ROWS)),
    spec: intervalRows({
      rows: Math.min(rows.length, MOST_ROWS),
      row: 'measure',
      value: 'change',
      low: 'low',
      high: 'high',
      x: { title: 'change, as a share of what it was', type: 'symlog', percent: true },
      outcome: { field: 'result', words: WORDS },
      rule: 0,
    }),
  };
};
