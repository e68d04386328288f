/** The same scores for every user: how often each item was taken. The floor under every model. */
import type { Interactions } from '../../domain/interactions.ts';
import type { UserScorer } from '../../evaluation/contract.ts';

/** Users that have each item, [itemCount]. */
export const itemCounts = ({ items, itemCount }: Interactions): Float64Array => {
  const counts = new Float64Array(itemCount);
  for (const item of items) counts[item] += 1;
  return counts;
};

/**
 * A scorer that gives every user the same counts, [itemCount]: `itemCounts`, or what `countPlays` gives with
 * a half-life.
 */
export const createCountScorer = (
  name: string,
  userCount: number,
  counts: Float64Array,
): UserScorer & { readonly counts: Float64Array } => ({
  name,
  userCount,
  itemCount: counts.length,
  counts,
  scoreUsers(users, out) {
    for (let u = 0; u < users.length; u++) out.set(counts, u * counts.length);
  },
});

/** All-time popularity of the items. */
export const fitPopularity = (train: Interactions): UserScorer & { readonly counts: Float64Array } =>
  createCountScorer('popularity', train.userCount, itemCounts(train));
