import { type Interactions, interactionsOf } from '../src/domain/interactions.ts';
import type { IdLists } from './published-lists.ts';

/** Ids of the rows, ascending: where a file numbers from 0 without gaps, an id is its own row. */
export interface Numbering {
  readonly userIds: Float64Array;
  readonly itemIds: Float64Array;
}

/** The users and items of all parts. */
export const numberingOf = (parts: readonly IdLists[]): Numbering => {
  const users = new Set<number>();
  const items = new Set<number>();
  for (const part of parts) {
    for (const [user, list] of part) {
      users.add(user);
      for (const item of list) items.add(item);
    }
  }
  return { userIds: Float64Array.from(users).sort(), itemIds: Float64Array.from(items).sort() };
};

/** The part in rows of the numbering, each item of a user once, at its first place. */
export const inRows = (part: IdLists, { userIds, itemIds }: Numbering): Interactions => {
  const rowOf = new Map<number, number>();
  itemIds.forEach((id, row) => {
    rowOf.set(id, row);
  });
  const lastTaker = new Int32Array(itemIds.length).fill(-1);
  const lists: number[][] = [];
  userIds.forEach((id, user) => {
    const list: number[] = [];
    for (const item of part.get(id) ?? []) {
      const row = rowOf.get(item) as number;
      if (lastTaker[row] === user) continue;
      lastTaker[row] = user;
      list.push(row);
    }
    lists.push(list);
  });
  return interactionsOf(lists, itemIds.length);
};
