import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { codeOf } from '../src/artifacts/durable-files.ts';
import type { Manifest } from '../src/artifacts/manifest.ts';
import { callerError } from '../src/domain/errors.ts';
import type { Dataset } from '../src/domain/tables.ts';
import { expectWritableDataset, writeDataset } from './arrow-tables.ts';
import { expectColumns, LAYOUTS, type Layout } from './movielens-layouts.ts';
import { rowError } from './movielens-rows.ts';
import {
  MAX_STARS,
  type RatedTitle,
  type Ratings,
  ratingsCollector,
  ratingsDataset,
} from './ratings-table.ts';

const MIN_STARS = 0.5;
const MAX_SECONDS = 2 ** 32 - 1;
/** A code is one byte, and 0 is taken by 'unknown'. */
const MAX_GENRES = 255;

export interface MovielensOptions {
  /** `ml-latest`, `ml-1m` or `ml-100k`; told from the files that are there when absent. */
  readonly layout?: string;
}

/**
 * Imports an unpacked MovieLens archive and writes it as a dataset, whole or not at all.
 * @throws MarqueeError (caller) when `from` is missing or of no known layout, a row cannot be read (the message
 *   names file and line), or `out` is not to be written
 */
export const importMovielens = async (
  from: string,
  out: string,
  options: MovielensOptions = {},
): Promise<Manifest> => {
  const layout = layoutOf(from, options.layout);
  expectWritableDataset(out);
  const dataset = await readMovielens(from, layout);
  return writeDataset(out, dataset, { kind: 'movielens', layout: layout.name });
};

const layoutOf = (from: string, named: string | undefined): Layout => {
  if (named !== undefined && !LAYOUTS.some((layout) => layout.name === named)) {
    const known = LAYOUTS.map((layout) => layout.name).join(', ');
    throw callerError('movielens-layout', `layout ${JSON.stringify(named)}: expected one of ${known}`);
  }
  const present = filesOf(from);
  const missingOf = (layout: Layout): string[] => layout.files.filter((file) => !present.includes(file));
  const candidates = LAYOUTS.filter((layout) =>
    named === undefined ? missingOf(layout).length < layout.files.length : layout.name === named,
  );
  const complete = candidates.filter((layout) => missingOf(layout).length === 0);
  if (complete.length === 1) return complete[0];
  if (complete.length > 1) {
    const names = complete.map((layout) => layout.name).join(' and ');
    throw callerError(
      'movielens-layout',
      `${from}: holds files of ${names}, expected one layout, or one to be named`,
    );
  }
  const expected = (candidates.length > 0 ? candidates : LAYOUTS)
    .map((layout) => `${layout.files.join(', ')} (${layout.name})`)
    .join(' or ');
  const missing =
    candidates.length === 1 ? `${missingOf(candidates[0]).join(', ')} not found` : 'no MovieLens files';
  throw callerError('movielens-layout', `${from}: ${missing}, expected ${expected}`);
};

const filesOf = (from: string): readonly string[] => {
  try {
    return readdirSync(from);
  } catch (thrown) {
    const code = codeOf(thrown);
    const got =
      code === 'ENOENT' ? 'no such folder' : code === 'ENOTDIR' ? 'is a file' : `cannot be opened (${code})`;
    throw callerError(
      'folder-missing',
      `${from}: ${got}, expected the folder of an unpacked MovieLens archive`,
      {
        cause: thrown,
      },
    );
  }
};

const readMovielens = async (from: string, layout: Layout): Promise<Dataset> => {
  const { titles, rows } = await readTitles(from, layout);
  return ratingsDataset(basename(resolve(from)), titles, await readRatings(from, layout, rows));
};

const readTitles = async (from: string, layout: Layout) => {
  const path = join(from, layout.titlesFile);
  const titles: RatedTitle[] = [];
  const rows = new Map<string, number>();
  const genres = new Set<string>();
  await layout.readTitles(from, (title, line) => {
    if (title.id === '') throw rowError(path, line, 'movie id is empty, expected one');
    if (rows.has(title.id))
      throw rowError(path, line, `movie id ${title.id} a second time, expected it once`);
    rows.set(title.id, titles.length);
    titles.push(title);
    for (const genre of title.genres) genres.add(genre);
    if (genres.size > MAX_GENRES)
      throw rowError(path, line, `genre number ${genres.size}, expected at most ${MAX_GENRES}`);
  });
  return { titles, rows };
};

const readRatings = async (
  from: string,
  layout: Layout,
  rows: ReadonlyMap<string, number>,
): Promise<Ratings> => {
  const path = join(from, layout.ratingsFile);
  const collector = ratingsCollector();
  await layout.readRatings(from, (fields, line) => {
    expectColumns(path, { fields, line, expected: ['user', 'movie', 'rating', 'timestamp'] });
    const [memberId, movieId, starsText, secondsText] = fields;
    const refuse = (column: string, got: string, expected: string) =>
      rowError(path, line, `${column} ${JSON.stringify(got.slice(0, 40))}, expected ${expected}`);
    if (memberId === '') throw refuse('user id', memberId, 'one');
    const title = rows.get(movieId);
    if (title === undefined) throw refuse('movie id', movieId, `one that ${layout.titlesFile} has`);
    const stars = /^\d+(\.\d+)?$/.test(starsText) ? Number(starsText) : Number.NaN;
    if (!(stars >= MIN_STARS && stars <= MAX_STARS)) {
      throw refuse('rating', starsText, `a number from ${MIN_STARS} to ${MAX_STARS}`);
    }
    const seconds = /^\d+$/.test(secondsText) ? Number(secondsText) : Number.NaN;
    if (!(seconds <= MAX_SECONDS)) {
      throw refuse('timestamp', secondsText, `whole seconds since 1970, at most ${MAX_SECONDS}`);
    }
    collector.add({ memberId, title, stars, seconds });
  });
  const ratings = collector.ratings();
  if (ratings.count === 0)
    throw callerError('movielens-empty', `${path}: holds no ratings, expected at least one`);
  return ratings;
};
