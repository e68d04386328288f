import type { Series } from '../../domain/measurement.ts';
import { type Chart, tableOf } from '../chart.ts';
import { colour, RULE_DASH } from '../palette.ts';

/** Cases of each estimator that are drawn; its coverage is measured on all. */
const MOST_CASES = 20;
const ROW_HEIGHT = 76;
/** Where in a row its cases lie, below its name. */
const BAND = [18, ROW_HEIGHT - 6];

/** What each estimator says a policy is worth in many worlds, each over the truth there: how many intervals hold 1. */
export const offPolicyEstimates = (lines: readonly Series[]): Chart | undefined => {
  const rows = lines.flatMap(({ line, x, y, low = y, high = y }) =>
    x.slice(0, MOST_CASES).map((world, i) => ({
      estimator: line,
      case: world,
      estimate: y[i],
      low: low[i],
      high: high[i],
      interval: low[i] <= 1 && 1 <= high[i] ? 'holds the truth' : 'misses the truth',
    })),
  );
  if (rows.length === 0) return undefined;
  const missed = rows.filter(({ interval }) => interval === 'misses the truth').length;
  const y = { field: 'estimator', type: 'nominal', sort: null, axis: null } as const;
  const yOffset = { field: 'case', type: 'ordinal', scale: { range: BAND } } as const;
  const outcome = {
    field: 'interval',
    type: 'nominal',
    title: null,
    scale: { domain: ['holds the truth', 'misses the truth'], range: [colour('good'), colour('bad')] },
  } as const;
  const shape = { ...outcome, scale: { domain: outcome.scale.domain, range: ['circle', 'triangle-up'] } };
  const x = {
    type: 'quantitative',
    scale: { zero: false },
    axis: { title: 'estimate over truth, with 95 % intervals', format: '~g' },
  } as const;
  return {
    id: 'off-policy',
    title: 'Off-policy estimates around the truth',
    sentence: `${rows.length - missed} of ${rows.length} intervals of ${lines.length} estimators hold the true value of the policy that they judge from another policy's log.`,
    table: tableOf(rows),
    spec: {
      height: lines.length * ROW_HEIGHT,
      layer: [
        {
          mark: { type: 'rule', color: colour('ink'), strokeDash: RULE_DASH },
          encoding: { x: { ...x, datum: 1 } },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: { y, yOffset, x: { ...x, field: 'low' }, x2: { field: 'high' }, color: outcome },
        },
        {
          mark: { type: 'point', filled: true, size: 22, opacity: 1 },
          encoding: { y, yOffset, x: { ...x, field: 'estimate' }, color: outcome, shape },
        },
        {
          transform: [{ aggregate: [{ op: 'count', as: 'cases' }], groupby: ['estimator'] }],
          mark: { type: 'text', align: 'left', baseline: 'top', yOffset: -ROW_HEIGHT / 2 + 2 },
          encoding: { y, x: { value: 0 }, text: { field: 'estimator', type: 'nominal' } },
        },
      ],
    },
  };
};
