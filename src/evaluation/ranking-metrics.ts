/** Metrics of one user's ranked list against a set of relevant items. Rank is 1-based; `ranked` is best first. */

/** Items of the first k that are relevant. */
const hits = (ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number => {
  let found = 0;
  for (let i = 0; i < Math.min(k, ranked.length); i++) if (relevant.has(ranked[i])) found++;
  return found;
};

const expectCutoff = (k: number): void => {
  if (!Number.isSafeInteger(k) || k < 1) throw new RangeError(`k: expected a whole number >= 1, got ${k}`);
};

/**
 * Share of the relevant items that stand in the first k: |first k ∩ relevant| / |relevant|.
 * 0 for a user with nothing relevant. (Another definition divides by min(k, |relevant|); see `cappedRecallAtK`.)
 * @throws RangeError when k is not a whole number >= 1
 */
export const recallAtK = (ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number => {
  expectCutoff(k);
  return relevant.size === 0 ? 0 : hits(ranked, relevant, k) / relevant.size;
};

/**
 * |first k ∩ relevant| / min(k, |relevant|): 1 is always within reach. 0 for a user with nothing relevant.
 * @see Liang et al., "Variational autoencoders for collaborative filtering", WWW 2018
 */
export const cappedRecallAtK = (
  ranked: ArrayLike<number>,
  relevant: ReadonlySet<number>,
  k: number,
): number => {
  expectCutoff(k);
  return relevant.size === 0 ? 0 : hits(ranked, relevant, k) / Math.min(k, relevant.size);
};

/** 1 if any of the first k is relevant, else 0. */
export const hitRateAtK = (ranked: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number => {
  expectCutoff(k);
  return hits(ranked, relevant, k) > 0 ? 1 : 0;
};

/** Discount of a 1-based rank: 1 / log2(rank + 1). */
const discount = (rank: number): number => 1 / Math.log2(rank + 1);

/**
 * Normalised discounted cumulative gain.
 *   DCG@k = sum over ranks r <= k of gain(r) / log2(r + 1),  NDCG@k = DCG@k / DCG@k of the best possible order
 * With a set, gains are 1 for relevant items and the best order has min(k, |relevant|) of them; with a map,
 * gains are its values (>= 0). 0 for a user with nothing relevant.
 * @throws RangeError when k is not a whole number >= 1
 * @see Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002
 */
export const ndcgAtK = (
  ranked: ArrayLike<number>,
  relevant: ReadonlySet<number> | ReadonlyMap<number, number>,
  k: number,
): number => {
  expectCutoff(k);
  const gainOf = (item: number): number =>
    relevant instanceof Map ? (relevant.get(item) ?? 0) : relevant.has(item) ? 1 : 0;
  let gained = 0;
  for (let i = 0; i < Math.min(k, ranked.length); i++) gained += gainOf(ranked[i]) * discount(i + 1);
  const best = relevant instanceof Map ? [...relevant.values()].sort((a, b) => b - a) : undefined;
  let ideal = 0;
  for (let i = 0; i < Math.min(k, relevant.size); i++)
    ideal += (best === undefined ? 1 : best[i]) * discount(i + 1);
  return ideal === 0 ? 0 : gained / ideal;
};

/**
 * Mean, over the relevant items, of the precision at each one's rank within the first k:
 *   AP@k = (1 / min(k, |relevant|)) * sum over relevant ranks r <= k of (relevant in the first r) / r
 * 0 for a user with nothing relevant.
 */
export const averagePrecisionAtK = (
  ranked: ArrayLike<number>,
  relevant: ReadonlySet<number>,
  k: number,
): number => {
  expectCutoff(k);
  if (relevant.size === 0) return 0;
  let found = 0;
  let sum = 0;
  for (let i = 0; i < Math.min(k, ranked.length); i++) {
    if (relevant.has(ranked[i])) sum += ++found / (i + 1);
  }
  return sum / Math.min(k, relevant.size);
};

/** One term of the mean reciprocal rank: 1 / rank of the first relevant item, 0 where none stands in the list. */
export const mrr = (ranked: ArrayLike<number>, relevant: ReadonlySet<number>): number => {
  for (let i = 0; i < ranked.length; i++) if (relevant.has(ranked[i])) return 1 / (i + 1);
  return 0;
};
