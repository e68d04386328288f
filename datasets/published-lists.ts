import { callerError } from '../src/domain/errors.ts';
import { idOf, lineError, linesOf } from './published-lines.ts';

/** Items of each user, by the ids of the file, in its order. An item may stand more than once. */
export type IdLists = Map<number, number[]>;

const EXPECTED = 'lines of "user item item ..."';

/**
 * The lists of a file of `user item item ...` lines. A user on several lines has the items of all of them, so
 * a file of one `user item` pair a line is read too. A user alone on a line has none.
 * @throws MarqueeError (caller) on an unreadable or empty file, or a word that is no whole number
 */
export const readItemLists = (path: string): IdLists => {
  const lists: IdLists = new Map();
  for (const { words, line } of linesOf(path, EXPECTED)) {
    const ids = words.map((word) => {
      const id = idOf(word);
      if (id === undefined) throw lineError(path, line, { got: word, expected: 'whole numbers from 0' });
      return id;
    });
    const list = listOf(lists, ids[0]);
    for (let i = 1; i < ids.length; i++) list.push(ids[i]);
  }
  if (lists.size === 0) throw callerError('published-empty', `${path}: is empty, expected ${EXPECTED}`);
  return lists;
};

/** The user's list, made where there is none yet. */
export const listOf = (lists: IdLists, user: number): number[] => {
  let list = lists.get(user);
  if (list === undefined) {
    list = [];
    lists.set(user, list);
  }
  return list;
};

/** Whether the first line of the file that holds any words holds two whole numbers or more, and nothing else. */
export const startsAsItemLists = (path: string): boolean => {
  for (const { words } of linesOf(path, EXPECTED)) {
    return words.length >= 2 && words.every((word) => idOf(word) !== undefined);
  }
  return false;
};
