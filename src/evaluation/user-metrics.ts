import { type Interactions, itemsOf } from '../domain/interactions.ts';
import {
  averagePrecisionAtK,
  cappedRecallAtK,
  hitRateAtK,
  mrr,
  ndcgAtK,
  recallAtK,
} from './ranking-metrics.ts';
import { type TopLists, topListOf } from './top-lists.ts';

interface UserMetric {
  /** What is divided by what; "mean over users" goes without saying. */
  readonly definition: (k: number) => string;
  readonly of: (ranked: Uint32Array, relevant: ReadonlySet<number>, k: number) => number;
}

/** The metrics of a user's list, by the word that names them in measurements. */
export const USER_METRICS = {
  recall: {
    definition: (k) =>
      `share of the user's test items that are among the first ${k}; divides by all test items`,
    of: recallAtK,
  },
  'capped-recall': {
    definition: (k) =>
      `test items among the first ${k}, divided by the smaller of ${k} and the number of test items`,
    of: cappedRecallAtK,
  },
  ndcg: {
    definition: (k) =>
      `sum of 1 / log2(rank + 1) over the ranks up to ${k} that hold a test item, divided by the same sum of the best possible list`,
    of: ndcgAtK,
  },
  'hit-rate': { definition: (k) => `1 if any test item is among the first ${k}, else 0`, of: hitRateAtK },
  map: {
    definition: (k) =>
      `sum of the precision at each rank up to ${k} that holds a test item, divided by the smaller of ${k} and the number of test items`,
    of: averagePrecisionAtK,
  },
  mrr: {
    definition: (k) => `1 / rank of the first test item, 0 where none is among the first ${k}`,
    of: (ranked, relevant) => mrr(ranked, relevant),
  },
} satisfies Record<string, UserMetric>;

export type UserMetricName = keyof typeof USER_METRICS;

export const USER_METRIC_NAMES = Object.keys(USER_METRICS) as readonly UserMetricName[];

/** Each metric at lists.k for each tested user, in the order of `lists.users`. */
export const userMetrics = (lists: TopLists, test: Interactions): Record<UserMetricName, Float64Array> => {
  const values = Object.fromEntries(
    USER_METRIC_NAMES.map((name) => [name, new Float64Array(lists.users.length)]),
  ) as Record<UserMetricName, Float64Array>;
  for (let i = 0; i < lists.users.length; i++) {
    const ranked = topListOf(lists, i);
    const relevant = new Set(itemsOf(test, lists.users[i]));
    for (const name of USER_METRIC_NAMES) values[name][i] = USER_METRICS[name].of(ranked, relevant, lists.k);
  }
  return values;
};
