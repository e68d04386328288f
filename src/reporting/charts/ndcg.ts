import type { Measurement } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { numberText } from '../digits.ts';
import { intervalRows } from './interval-rows.ts';

const ORACLE = 'oracle';
/** Of one run's rankers; `ndcg-kept` and others are shares of it. */
const NDCG = /^([\w-]+)\.ndcg@(\d+)$/;

/** NDCG of each ranker beside that of the oracle, which ranks by the truth. */
export const ndcgBesideOracle = (measurements: readonly Measurement[]): Chart | undefined => {
  const rows = measurements.flatMap(({ name, value, ci = [value, value] }) => {
    const ranker = NDCG.exec(name)?.[1];
    const what = ranker === undefined ? '' : ranker === ORACLE ? 'knows the truth' : 'ranker';
    return ranker === undefined ? [] : [{ ranker, ndcg: value, low: ci[0], high: ci[1], what }];
  });
  const oracle = rows.find(({ ranker }) => ranker === ORACLE);
  const [best] = rows.filter(({ ranker }) => ranker !== ORACLE).sort((a, b) => b.ndcg - a.ndcg);
  if (oracle === undefined || best === undefined) return undefined;
  rows.sort((a, b) => b.ndcg - a.ndcg);
  return {
    id: 'ndcg',
    title: "NDCG beside the oracle's",
    sentence: `${best.ranker} reaches ${numberText(best.ndcg)}, ${numberText((100 * best.ndcg) / oracle.ndcg)} % of the ${numberText(oracle.ndcg)} of an oracle that ranks by the truth.`,
    table: tableOf(rows),
    spec: intervalRows({
      rows: rows.length,
      row: 'ranker',
      value: 'ndcg',
      low: 'low',
      high: 'high',
      x: { title: 'NDCG with 95 % interval', type: 'linear', zero: true },
      outcome: { field: 'what', words: ['ranker', 'knows the truth'] },
      rule: oracle.ndcg,
    }),
  };
};
