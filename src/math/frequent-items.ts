/**
 * How often things came in a stream, kept for the most frequent of them in bounded space (Misra & Gries, "Finding
 * repeated elements", 1982). Beside it the Space-Saving sketch (Metwally et al., 2005) keeps the same counts, each
 * larger by the smallest: this form is the one that merges without loss of its bound (Agarwal et al., "Mergeable
 * summaries", PODS 2012), so that processes count apart and add up later.
 *   count - undercount <= kept <= count,   undercount <= total / (capacity + 1)
 * A thing that is not kept came at most `undercount` times. Up to `capacity` things are counted exactly.
 */
export interface FrequentItems {
  readonly capacity: number;
  readonly counts: Map<number, number>;
  /** All that was counted. */
  total: number;
  /** By how much a count is too low at most. */
  undercount: number;
}

/** @throws RangeError unless the capacity is a whole number from 1 */
export const emptyItems = (capacity: number): FrequentItems => {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError(`capacity: expected a whole number from 1, got ${capacity}`);
  }
  return { capacity, counts: new Map(), total: 0, undercount: 0 };
};

/** Counts one more in place. */
export const countItem = (items: FrequentItems, item: number): void => {
  const { counts, capacity } = items;
  items.total += 1;
  const known = counts.get(item);
  if (known !== undefined || counts.size < capacity) {
    counts.set(item, (known ?? 0) + 1);
    return;
  }
  lower(items, 1); // this one and each of the kept ones
};

/** Adds what another sketch counted, in place. */
export const mergeItems = (items: FrequentItems, other: FrequentItems): void => {
  const { counts, capacity } = items;
  items.total += other.total;
  items.undercount += other.undercount;
  for (const [item, count] of other.counts) counts.set(item, (counts.get(item) ?? 0) + count);
  if (counts.size > capacity) lower(items, [...counts.values()].sort((a, b) => b - a)[capacity]);
};

/** Takes as much from every count, and what is left of none is kept no more. */
const lower = (items: FrequentItems, by: number): void => {
  items.undercount += by;
  for (const [item, count] of items.counts) {
    if (count > by) items.counts.set(item, count - by);
    else items.counts.delete(item);
  }
};

/** The k most frequent as they are counted, most frequent first; of one count, the smaller item first. */
export const topItems = ({ counts }: FrequentItems, k: number): [item: number, count: number][] =>
  [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, k);
