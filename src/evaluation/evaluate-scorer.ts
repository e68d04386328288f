import type { Progress } from '../domain/progress.ts';
import type { EvaluationSplit, UserScorer } from './contract.ts';
import { rankSplit, type TopLists } from './top-lists.ts';
import { type UserMetricName, userMetrics } from './user-metrics.ts';

export interface ScorerEvaluation {
  readonly scorer: string;
  readonly lists: TopLists;
  /** At `lists.k`, for each of `lists.users`. */
  readonly perUser: Readonly<Record<UserMetricName, Float64Array>>;
}

/** The lists of a fitted model for the split's tested users, and each metric of each list. @throws as `rankSplit` */
export const evaluateScorer = (
  scorer: UserScorer,
  split: EvaluationSplit,
  options: { readonly k: number; readonly progress: Progress },
): ScorerEvaluation => {
  const lists = rankSplit(scorer, split, options);
  return { scorer: scorer.name, lists, perUser: userMetrics(lists, split.test) };
};
