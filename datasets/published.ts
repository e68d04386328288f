/** Splits of user-item data as papers publish them, told by the files that are there and never by a name. */
import { type Dirent, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, readFileBytes, sha256Of } from '../src/artifacts/durable-files.ts';
import { callerError } from '../src/domain/errors.ts';
import type { EvaluationSplit, SplitKind } from '../src/evaluation/contract.ts';
import { type IdLists, readItemLists, startsAsItemLists } from './published-lists.ts';
import { readNegatives, readRatings } from './published-ratings.ts';
import { inRows, type Numbering, numberingOf } from './published-rows.ts';

/** Where a split lies: train and test; train, test and negatives; or one file of sequences. */
export interface PublishedFiles {
  /** Of the folder; of the files where a folder holds several splits. */
  readonly name: string;
  readonly kind: SplitKind;
  readonly paths: readonly string[];
}

export interface PublishedSplit extends EvaluationSplit, Numbering {
  readonly name: string;
  /** How the test part came about, in words. Default: as published. */
  readonly heldOut?: string;
  /** SHA-256 of the files' SHA-256, in the order of `PublishedFiles.paths`: which data it is, whatever its folder. */
  readonly fingerprint: string;
}

const NCF_FILES = ['.train.rating', '.test.rating', '.test.negative'] as const;
/** Sequences of fewer items are learned from, not tested on: one for each of training, validation and test. */
const LEAST_SEQUENCE = 3;

/**
 * The splits that a folder holds; none where its files are of no known form.
 * @throws MarqueeError (caller) when the folder cannot be opened, or `train.txt` or `test.txt` stands alone
 */
export const findPublishedSplits = (dir: string): PublishedFiles[] => {
  const files = filesOf(dir);
  const found: Omit<PublishedFiles, 'name'>[] = [];
  const stems: string[] = [];
  const add = (stem: string, kind: SplitKind, names: readonly string[]): void => {
    stems.push(stem);
    found.push({ kind, paths: names.map((name) => join(dir, name)) });
  };

  const lists = ['train.txt', 'test.txt'].filter((name) => files.has(name));
  if (lists.length === 2) add('lists', 'full-ranking', lists);
  for (const file of files) {
    const stem = file.endsWith(NCF_FILES[0]) ? file.slice(0, -NCF_FILES[0].length) : '';
    const names = NCF_FILES.map((ending) => `${stem}${ending}`);
    if (stem !== '' && names.every((name) => files.has(name))) add(stem, 'given-negatives', names);
  }
  if (found.length === 0 && lists.length === 1) {
    const missing = lists[0] === 'train.txt' ? 'test.txt' : 'train.txt';
    throw callerError(
      'published-missing',
      `${join(dir, missing)}: not found, expected it beside ${lists[0]}`,
    );
  }
  if (found.length === 0) {
    for (const file of files) {
      if (file.endsWith('.txt') && startsAsItemLists(join(dir, file)))
        add(file.slice(0, -'.txt'.length), 'last-item', [file]);
    }
  }
  const alone = found.length === 1 ? basename(resolve(dir)) : undefined;
  return found.map((each, i) => ({ ...each, name: alone ?? stems[i] }));
};

/**
 * The split that a folder holds. Where it holds several, `path` ends in the name of one: `DIR/ml-1m` for
 * `ml-1m.train.rating` and its kin in DIR.
 *
 * - `train.txt` and `test.txt` of `user item item ...`: full ranking
 * - `X.train.rating`, `X.test.rating`, `X.test.negative`: each user's test item among given negatives
 * - any other `*.txt` of `user item item ...`, or of `user item` pairs, in order of time: the last item of each
 *   sequence of 3 or more is the test; an item taken again stands at its last place
 *
 * @throws MarqueeError (caller) when no split is there, or several, or a line cannot be read
 */
export const openPublishedSplit = (path: string): PublishedSplit => {
  const isFolder = existingFolder(path);
  const dir = isFolder ? path : dirname(path);
  const all = findPublishedSplits(isFolder || existingFolder(dir) ? dir : path);
  const found = isFolder
    ? all
    : all.filter(({ name, paths }) => name === basename(path) || paths.includes(path));
  if (found.length === 1) return readPublishedSplit(found[0]);
  const got =
    found.length > 1
      ? `holds ${found.length} splits, expected one of ${found.map(({ name }) => join(dir, name)).join(', ')}`
      : `${isFolder ? 'holds no split' : 'not found'}, expected a folder with train.txt and test.txt, with X${NCF_FILES.join(', X')}, or with sequences in a .txt file`;
  throw callerError('published-missing', `${path}: ${got}`);
};

/** @throws MarqueeError (caller) as `openPublishedSplit` */
export const readPublishedSplit = ({ name, kind, paths }: PublishedFiles): PublishedSplit => {
  const { train, test, negatives } = readParts(kind, paths);
  if (![...test.values()].some((list) => list.length > 0)) {
    throw callerError(
      'published-empty',
      `${paths.at(-1)}: leaves nothing to test, expected items to hold out`,
    );
  }
  const numbering = numberingOf([train, test, negatives ?? new Map()]);
  const hashes = paths.map((path) => sha256Of(readFileBytes(path, 'a published split')));
  return {
    name,
    kind,
    ...numbering,
    train: inRows(train, numbering),
    test: inRows(test, numbering),
    ...(negatives === undefined ? {} : { negatives: inRows(negatives, numbering) }),
    fingerprint: sha256Of(Buffer.from(hashes.join())),
  };
};

interface Parts {
  readonly train: IdLists;
  readonly test: IdLists;
  readonly negatives?: IdLists;
}

const readParts = (kind: SplitKind, paths: readonly string[]): Parts => {
  if (kind === 'full-ranking') return { train: readItemLists(paths[0]), test: readItemLists(paths[1]) };
  if (kind === 'last-item') return lastItemsApart(readItemLists(paths[0]));
  const test = readRatings(paths[1]);
  return { train: readRatings(paths[0]), test, negatives: readNegatives(paths[2], test) };
};

const lastItemsApart = (sequences: IdLists): Parts => {
  const train: IdLists = new Map();
  const test: IdLists = new Map();
  for (const [user, sequence] of sequences) {
    const distinct = [...new Set(sequence.reverse())].reverse();
    const tested = distinct.length >= LEAST_SEQUENCE;
    train.set(user, tested ? distinct.slice(0, -1) : distinct);
    test.set(user, tested ? distinct.slice(-1) : []);
  }
  return { train, test };
};

const existingFolder = (path: string): boolean => {
  try {
    readdirSync(path);
    return true;
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(thrown))) return false;
    throw thrown;
  }
};

const filesOf = (dir: string): ReadonlySet<string> => {
  let entries: Dirent[];
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (thrown) {
    const code = codeOf(thrown);
    const got =
      code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'is a file' : `cannot be opened (${code})`;
    throw callerError('folder-missing', `${dir}: ${got}, expected the folder of a published split`, {
      cause: thrown,
    });
  }
  return new Set(
    entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort(),
  );
};
