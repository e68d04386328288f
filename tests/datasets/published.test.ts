import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPublishedSplits, openPublishedSplit, type PublishedSplit } from '../../datasets/published.ts';
import { type Interactions, itemsOf } from '../../src/domain/interactions.ts';
import { refusalOf } from '../artifacts/expect-refusal.ts';
import { temporaryFolder } from '../artifacts/temporary-folder.ts';

const root = temporaryFolder();
let count = 0;

const folderOf = (files: Record<string, string>, name = 'any name'): string => {
  const dir = join(root, String(count++), name);
  mkdirSync(dir, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
  return dir;
};

/** The part by the file's own ids. */
const idsOf = (part: Interactions, { userIds, itemIds }: PublishedSplit): Record<number, number[]> =>
  Object.fromEntries(
    Array.from(userIds, (id, user) => [id, Array.from(itemsOf(part, user), (item) => itemIds[item])]),
  );

describe('full ranking lists', () => {
  it('keeps ids and gives dense rows; CR LF, blank lines, trailing blanks, tabs and repeated items do not matter', () => {
    const dir = folderOf({
      'train.txt': '900 7 3 7\r\n\r\n5 12 \r\n8\t3\t3\t12\n',
      'test.txt': '5 3\n900\n77 1000000000001 3 3',
      'user_list.txt': 'org_id remap_id\na 5\n',
      'README.txt': '1 2 3\n',
    });
    const split = openPublishedSplit(dir);
    expect(split).toMatchObject({ name: 'any name', kind: 'full-ranking' });
    expect([...split.userIds]).toEqual([5, 8, 77, 900]);
    expect([...split.itemIds]).toEqual([3, 7, 12, 1_000_000_000_001]);
    expect(idsOf(split.train, split)).toEqual({ 5: [12], 8: [3, 12], 77: [], 900: [7, 3] });
    expect(idsOf(split.test, split)).toEqual({ 5: [3], 8: [], 77: [1_000_000_000_001, 3], 900: [] });
    expect(split.train).toMatchObject({ userCount: 4, itemCount: 4 });
    expect(split.negatives).toBeUndefined();
  });

  it('has the fingerprint of its files, whatever the folder is called', () => {
    const files = { 'train.txt': '1 2 3\n', 'test.txt': '1 4\n' };
    const { fingerprint } = openPublishedSplit(folderOf(files));
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(openPublishedSplit(folderOf(files, 'gowalla')).fingerprint).toBe(fingerprint);
    expect(openPublishedSplit(folderOf({ ...files, 'test.txt': '1 5\n' })).fingerprint).not.toBe(fingerprint);
  });

  it('reads back any lists, each item once', () => {
    const lists = fc.dictionary(
      fc.nat(1e6).map(String),
      fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }),
      {
        minKeys: 1,
        maxKeys: 6,
      },
    );
    const text = (each: Record<string, number[]>): string =>
      Object.entries(each)
        .map(([user, items]) => `${user} ${items.join(' ')}`)
        .join('\n');
    const distinct = (each: Record<string, number[]>, split: PublishedSplit): Record<number, number[]> =>
      Object.fromEntries(Array.from(split.userIds, (id) => [id, [...new Set(each[id] ?? [])]]));
    fc.assert(
      fc.property(lists, lists, (train, test) => {
        const split = openPublishedSplit(folderOf({ 'train.txt': text(train), 'test.txt': text(test) }));
        expect(idsOf(split.train, split)).toEqual(distinct(train, split));
        expect(idsOf(split.test, split)).toEqual(distinct(test, split));
      }),
      { numRuns: 25, seed: 42 },
    );
  });
});

describe('leave-one-out with given negatives', () => {
  const files = {
    'x.train.rating': '0\t30\t4.0\t200\n0\t10\t5\t100\n1\t20\t1\t5\n1\t10\t0\t6\n',
    'x.test.rating': '0\t20\t4\t300\n1\t30\t3\t7\n',
    'x.test.negative': '(0,20)\t40\t20\t50\t40\n(1,30)\t40\t50\n',
  };

  it('orders by time, leaves ratings of 0 out, and counts a test item among its own negatives once', () => {
    const split = openPublishedSplit(folderOf(files));
    expect(split).toMatchObject({ name: 'any name', kind: 'given-negatives' });
    expect(idsOf(split.train, split)).toEqual({ 0: [10, 30], 1: [20] });
    expect(idsOf(split.test, split)).toEqual({ 0: [20], 1: [30] });
    expect(idsOf(split.negatives as Interactions, split)).toEqual({ 0: [40, 50], 1: [40, 50] });
  });

  it('reads rows without a time in the order of the file', () => {
    const split = openPublishedSplit(
      folderOf({ ...files, 'x.train.rating': '0\t30\t1\n0\t10\t1\n1\t20\t1\n' }),
    );
    expect(idsOf(split.train, split)).toEqual({ 0: [30, 10], 1: [20] });
  });

  it('finds several splits in one folder, each by its name', async () => {
    const dir = folderOf({
      ...files,
      ...Object.fromEntries(Object.entries(files).map(([name, text]) => [name.replace('x', 'y'), text])),
    });
    expect(findPublishedSplits(dir).map(({ name }) => name)).toEqual(['x', 'y']);
    expect(openPublishedSplit(join(dir, 'y')).name).toBe('y');
    const { message } = await refusalOf(() => openPublishedSplit(dir));
    expect(message).toContain(`holds 2 splits, expected one of ${join(dir, 'x')}, ${join(dir, 'y')}`);
  });
});

describe('sequences', () => {
  it('holds out the last item of three or more; what was taken again stands at its last place', () => {
    const split = openPublishedSplit(
      folderOf({ 'beauty.txt': '1 10 20 10 30\n2 10 20 10\n3 30 20\n4 5 6 7 8\n' }),
    );
    expect(split.kind).toBe('last-item');
    expect(idsOf(split.train, split)).toEqual({ 1: [20, 10], 2: [20, 10], 3: [30, 20], 4: [5, 6, 7] });
    expect(idsOf(split.test, split)).toEqual({ 1: [30], 2: [], 3: [], 4: [8] });
  });

  it('reads one pair a line in order of time', () => {
    const dir = folderOf({ 'beauty.txt': '1 10\n1 20\n2 7\n1 30\n2 8\n2 9\n' });
    const split = openPublishedSplit(dir);
    expect(idsOf(split.train, split)).toEqual({ 1: [10, 20], 2: [7, 8] });
    expect(idsOf(split.test, split)).toEqual({ 1: [30], 2: [9] });
    expect(openPublishedSplit(join(dir, 'beauty.txt')).fingerprint).toBe(split.fingerprint);
  });
});

describe('what is no split', () => {
  it('is nothing to find', () => {
    expect(findPublishedSplits(folderOf({ 'README.txt': 'Summary\n', 'ratings.csv': '1,2\n' }))).toEqual([]);
  });

  const ratings = { 'x.train.rating': '0\t1\t1\t1\n', 'x.test.rating': '0\t2\t1\t2\n' };

  it.each<[string, Record<string, string>, string]>([
    ['no files', {}, 'any name: holds no split, expected a folder with train.txt and test.txt'],
    ['train.txt alone', { 'train.txt': '1 2\n' }, 'test.txt: not found, expected it beside train.txt'],
    ['an empty test', { 'train.txt': '1 2\n', 'test.txt': '\n' }, 'test.txt: is empty, expected lines of'],
    ['nothing to test', { 'train.txt': '1 2\n', 'test.txt': '1\n' }, 'test.txt: leaves nothing to test'],
    [
      'a word',
      { 'train.txt': '1 2\n\n1 x3\n', 'test.txt': '1 4\n' },
      'train.txt:3: got "x3", expected whole numbers from 0',
    ],
    [
      'a fraction',
      { 'train.txt': '1 2.0\n', 'test.txt': '1 4\n' },
      'train.txt:1: got "2.0", expected whole numbers from 0',
    ],
    [
      'a negative id',
      { 'train.txt': '1 2\n', 'test.txt': '1 -4\n' },
      'test.txt:1: got "-4", expected whole numbers from 0',
    ],
    [
      'an id past 2^53',
      { 'train.txt': '1 9007199254740993\n', 'test.txt': '1 4\n' },
      'train.txt:1: got "9007199254740993"',
    ],
    ['short sequences', { 'a.txt': '1 2 3\n' }, 'a.txt: leaves nothing to test'],
    [
      'a rating that is none',
      { ...ratings, 'x.train.rating': '0\t1\tgood\t1\n', 'x.test.negative': '(0,2)\t3\n' },
      'x.train.rating:1: got "0 1 good 1", expected "user item rating time"',
    ],
    [
      'a pair that was not tested',
      { ...ratings, 'x.test.negative': '(0,3)\t3\n' },
      'x.test.negative:1: got "(0,3)", expected a user and item of the test ratings',
    ],
    [
      'a pair without brackets',
      { ...ratings, 'x.test.negative': '0 2 3\n' },
      'x.test.negative:1: got "0", expected "(user,item)',
    ],
    [
      'a negative that is no id',
      { ...ratings, 'x.test.negative': '(0,2) 3 n\n' },
      'x.test.negative:1: got "n"',
    ],
    ['a user without negatives', { ...ratings, 'x.test.negative': '' }, 'no line for user 0'],
  ])('%s', async (_, files, expected) => {
    const { message } = await refusalOf(() => openPublishedSplit(folderOf(files)));
    expect(message).toContain(expected);
  });

  it('a folder that is not there', async () => {
    const { message } = await refusalOf(() => openPublishedSplit(join(root, 'no', 'where')));
    expect(message).toContain('no such folder, expected the folder of a published split');
  });
});
