/** Who took what, as rows of item numbers: what collaborative filtering learns from and is tested on. */
export interface Interactions {
  readonly userCount: number;
  readonly itemCount: number;
  /** Where each user's items begin and end: those of user u are items[offsets[u] .. offsets[u + 1]). */
  readonly offsets: Uint32Array; // [userCount + 1]
  /** Of each user distinct; in order of time where the source tells it. */
  readonly items: Uint32Array;
}

/** The items of one user: a view, not a copy. */
export const itemsOf = ({ offsets, items }: Interactions, user: number): Uint32Array =>
  items.subarray(offsets[user], offsets[user + 1]);

/** @throws RangeError when an item is not a row below itemCount */
export const interactionsOf = (
  lists: readonly (ArrayLike<number> & Iterable<number>)[],
  itemCount: number,
): Interactions => {
  const offsets = new Uint32Array(lists.length + 1);
  for (let u = 0; u < lists.length; u++) offsets[u + 1] = offsets[u] + lists[u].length;
  const items = new Uint32Array(offsets[lists.length]);
  for (let u = 0; u < lists.length; u++) items.set(Uint32Array.from(lists[u]), offsets[u]);
  for (const item of items) {
    if (item >= itemCount) throw new RangeError(`item ${item}: expected a row below ${itemCount}`);
  }
  return { userCount: lists.length, itemCount, offsets, items };
};

/** The same pairs by item: the lists are then users, ascending. */
export const byItem = ({ userCount, itemCount, offsets, items }: Interactions): Interactions => {
  const starts = new Uint32Array(itemCount + 1);
  for (const item of items) starts[item + 1]++;
  for (let i = 0; i < itemCount; i++) starts[i + 1] += starts[i];
  const users = new Uint32Array(items.length);
  const next = starts.slice(0, itemCount);
  for (let u = 0; u < userCount; u++) {
    for (let at = offsets[u]; at < offsets[u + 1]; at++) users[next[items[at]]++] = u;
  }
  return { userCount: itemCount, itemCount: userCount, offsets: starts, items: users };
};
