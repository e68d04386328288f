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
  const lists = Array.from(userIds, (id) =>
    Uint32Array.from(new Set(part.get(id) ?? []), (item) => rowOf.get(item) as number),
  );
  return interactionsOf(lists, itemIds.length);
};
