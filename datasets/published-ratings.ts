/** The three files of a leave-one-out split with given negatives, as He et al. published them (NCF, WWW 2017). */
import { callerError } from '../src/domain/errors.ts';
import { idOf, lineError, linesOf } from './published-lines.ts';
import { type IdLists, listOf } from './published-lists.ts';

const RATING = '"user item rating time", the time left out or a number';
const NEGATIVES = '"(user,item) negative negative ..."';

/**
 * Items that each user rated above 0, in order of time; in the file's where times are equal or left out.
 * @throws MarqueeError (caller) on an unreadable or empty file, or a line of another form
 */
export const readRatings = (path: string): IdLists => {
  const rows = new Map<number, { item: number; time: number }[]>();
  for (const { words, line } of linesOf(path, `lines of ${RATING}`)) {
    const [user, item] = [idOf(words[0]), idOf(words[1] ?? '')];
    const rating = Number(words[2]);
    const time = Number(words[3] ?? 0);
    const sound = words.length <= 4 && Number.isFinite(rating) && Number.isFinite(time);
    if (user === undefined || item === undefined || !sound) {
      throw lineError(path, line, { got: words.join(' '), expected: RATING });
    }
    if (!(rating > 0)) continue;
    const own = rows.get(user);
    if (own === undefined) rows.set(user, [{ item, time }]);
    else own.push({ item, time });
  }
  if (rows.size === 0)
    throw callerError('published-empty', `${path}: holds no rating above 0, expected some`);
  const lists: IdLists = new Map();
  for (const [user, own] of rows) {
    lists.set(
      user,
      own.sort((a, b) => a.time - b.time).map(({ item }) => item),
    );
  }
  return lists;
};

/**
 * Negatives of each user. A test item that stands among its user's negatives is left out of them, so that it
 * counts once.
 * @throws MarqueeError (caller) on an unreadable file, a line of another form, a user and item that the test
 *   part does not hold, or a tested user without negatives
 */
export const readNegatives = (path: string, test: IdLists): IdLists => {
  const lists: IdLists = new Map();
  for (const { words, line } of linesOf(path, `lines of ${NEGATIVES}`)) {
    const pair = /^\((\d+),(\d+)\)$/.exec(words[0]);
    if (pair === null) throw lineError(path, line, { got: words[0], expected: NEGATIVES });
    const [user, item] = [Number(pair[1]), Number(pair[2])];
    const positives = test.get(user);
    if (positives?.includes(item) !== true) {
      throw lineError(path, line, { got: words[0], expected: 'a user and item of the test ratings' });
    }
    const list = listOf(lists, user);
    for (const word of words.slice(1)) {
      const id = idOf(word);
      if (id === undefined) throw lineError(path, line, { got: word, expected: 'whole numbers from 0' });
      if (!positives.includes(id)) list.push(id);
    }
  }
  for (const user of test.keys()) {
    if (lists.has(user)) continue;
    throw callerError(
      'published-negatives',
      `${path}: no line for user ${user}, expected one for each user of the test ratings`,
    );
  }
  return lists;
};
