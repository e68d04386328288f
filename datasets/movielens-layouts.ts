import { join } from 'node:path';
import { DAY_MS } from '../src/domain/clock.ts';
import { type OnRow, readCsv, readDelimited, readDelimitedNames, rowError } from './movielens-rows.ts';
import { firstDayOf, type RatedTitle } from './ratings-table.ts';

/** How the files of one kind of MovieLens archive are read. */
export interface Layout {
  readonly name: string;
  /** Without these it is not the layout. */
  readonly files: readonly string[];
  readonly ratingsFile: string;
  readonly titlesFile: string;
  /** Rows of user, title, rating, timestamp. */
  readRatings(dir: string, onRow: OnRow): Promise<void>;
  readTitles(dir: string, onTitle: (title: RatedTitle, line: number) => void): Promise<void>;
}

const NO_GENRES = '(no genres listed)';
/** ML-100K's flag for a film of no known genre, which is what code 0 of the vocabulary says of itself. */
const UNKNOWN_GENRE = 'unknown';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const mlLatest: Layout = {
  name: 'ml-latest',
  files: ['ratings.csv', 'movies.csv'],
  ratingsFile: 'ratings.csv',
  titlesFile: 'movies.csv',
  readRatings: (dir, onRow) =>
    readCsv(join(dir, 'ratings.csv'), ['userId', 'movieId', 'rating', 'timestamp'], onRow),
  readTitles: (dir, onTitle) => {
    const path = join(dir, 'movies.csv');
    const header = ['movieId', 'title', 'genres'];
    return readCsv(path, header, (fields, line) => {
      expectColumns(path, { fields, line, expected: header });
      onTitle(titleOf(fields[0], fields[1], genresOf(fields[2])), line);
    });
  },
};

const ml1m: Layout = {
  name: 'ml-1m',
  files: ['ratings.dat', 'movies.dat'],
  ratingsFile: 'ratings.dat',
  titlesFile: 'movies.dat',
  readRatings: (dir, onRow) =>
    readDelimited(
      join(dir, 'ratings.dat'),
      { delimiter: '::', columns: 'user::movie::rating::timestamp' },
      onRow,
    ),
  readTitles: async (dir, onTitle) => {
    const path = join(dir, 'movies.dat');
    readDelimitedNames(path, { delimiter: '::', columns: 'movie::title::genres' }, (fields, line) => {
      expectColumns(path, { fields, line, expected: ['movie', 'title', 'genres'] });
      const name = fields.slice(1, -1).join('::');
      onTitle(titleOf(fields[0], name, genresOf(fields[fields.length - 1])), line);
    });
  },
};

const ml100k: Layout = {
  name: 'ml-100k',
  files: ['u.data', 'u.item', 'u.genre'],
  ratingsFile: 'u.data',
  titlesFile: 'u.item',
  readRatings: (dir, onRow) =>
    readDelimited(join(dir, 'u.data'), { delimiter: '\t', columns: 'user, movie, rating, timestamp' }, onRow),
  readTitles: async (dir, onTitle) => {
    const genres: string[] = [];
    readDelimitedNames(join(dir, 'u.genre'), { delimiter: '|', columns: 'genre|number' }, ([genre]) => {
      genres.push(genre);
    });
    const path = join(dir, 'u.item');
    const expected = ['movie', 'title', 'release date', 'video date', 'address', ...genres];
    readDelimitedNames(path, { delimiter: '|', columns: 'movie|title|release date|...' }, (fields, line) => {
      expectColumns(path, { fields, line, expected });
      const flagged = genres.filter(
        (genre, i) => genre !== UNKNOWN_GENRE && flagOf(path, fields[5 + i], line),
      );
      const title = titleOf(fields[0], fields[1], flagged);
      onTitle({ ...title, releaseDay: releaseDayOf(path, fields[2], line) ?? title.releaseDay }, line);
    });
  },
};

export const LAYOUTS: readonly Layout[] = [mlLatest, ml1m, ml100k];

interface ColumnsCheck {
  readonly fields: readonly string[];
  readonly line: number;
  readonly expected: readonly string[];
}

/** @throws MarqueeError (caller) when the row has too few columns */
export const expectColumns = (path: string, { fields, line, expected }: ColumnsCheck): void => {
  if (fields.length >= expected.length) return;
  const names = expected.slice(0, 5).join(', ') + (expected.length > 5 ? ', ...' : '');
  throw rowError(path, line, `${fields.length} columns, expected ${expected.length} (${names})`);
};

/** 'Toy Story (1995)' is Toy Story, released on the first of January 1995 for all we know; so is '(1995-1997)'. */
const titleOf = (id: string, text: string, genres: readonly string[]): RatedTitle => {
  const match = /^(.*\S)\s*\(((?:1[89]|20|21)\d\d)(?:\s*[-\u2013]\s*\d{0,4})?\)\s*$/.exec(text);
  if (match === null) return { id, name: text.trim(), releaseDay: undefined, genres };
  return { id, name: match[1].trim(), releaseDay: firstDayOf(Number(match[2])), genres };
};

const genresOf = (text: string): readonly string[] =>
  text
    .split('|')
    .map((genre) => genre.trim())
    .filter((genre) => genre !== '' && genre !== NO_GENRES && genre !== UNKNOWN_GENRE);

const flagOf = (path: string, text: string, line: number): boolean => {
  if (text !== '0' && text !== '1') throw rowError(path, line, `genre flag "${text}", expected 0 or 1`);
  return text === '1';
};

/** '01-Jan-1995' as days since 1970; undefined where it is left empty. */
const releaseDayOf = (path: string, text: string, line: number): number | undefined => {
  if (text === '') return undefined;
  const match = /^(\d{1,2})-([A-Z][a-z]{2})-(\d{4})$/.exec(text);
  const month = MONTHS.indexOf(match?.[2] ?? '');
  if (match === null || month === -1) {
    throw rowError(path, line, `release date "${text.slice(0, 40)}", expected such as 01-Jan-1995`);
  }
  return Date.UTC(Number(match[3]), month, Number(match[1])) / DAY_MS;
};
