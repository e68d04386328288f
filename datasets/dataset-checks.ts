import {
  type Artworks,
  type CodeLists,
  type Dataset,
  type Impressions,
  type Members,
  NO_IMPRESSION,
  type Plays,
  type Titles,
  type Vocabulary,
} from '../src/domain/tables.ts';

/** Where a table breaks a promise of `src/domain/tables.ts`, and how. */
export interface Flaw {
  readonly table: 'titles' | 'members' | 'artworks' | 'impressions' | 'plays';
  readonly column: string;
  /** Absent where the column as a whole is at fault. */
  readonly row?: number;
  readonly got: unknown;
  readonly expected: string;
}

/** The flaw as the end of a line: column, row, what came, what was expected. */
export const flawText = ({ column, row, got, expected }: Flaw): string =>
  `column ${column}${row === undefined ? '' : `, row ${row}`}: got ${got}, expected ${expected}`;

type Found = Flaw | undefined;
type Table = Flaw['table'];

/** The first flaw of the dataset, or undefined: lengths, codes, references, order, and the ranges of numbers. */
export const firstFlaw = (dataset: Dataset): Found => {
  const { titles, members, artworks, impressions, plays, vocabulary } = dataset;
  return (
    titlesFlaw(titles, vocabulary) ??
    membersFlaw(members, vocabulary) ??
    (artworks === undefined ? undefined : artworksFlaw(artworks, titles.ids.length)) ??
    (impressions === undefined ? undefined : impressionsFlaw(impressions, dataset)) ??
    playsFlaw(plays, dataset)
  );
};

const titlesFlaw = (titles: Titles, { kinds, genres, languages }: Vocabulary): Found => {
  const { ids, genres: genreLists, ...columns } = titles;
  return (
    lengthsFlaw('titles', ids.length, columns) ??
    duplicateFlaw('titles', ids) ??
    limitFlaw('titles', 'kind', titles.kind, kinds.length) ??
    listsFlaw('titles', 'genres', { lists: genreLists, rows: ids.length, limit: genres.length }) ??
    limitFlaw('titles', 'language', titles.language, languages.length) ??
    rowFlaw('titles', 'runtimeMinutes', titles.runtimeMinutes, 'a number >= 0, or NaN', (x) => !(x < 0))
  );
};

const membersFlaw = (members: Members, { countries, devices, campaigns, genres }: Vocabulary): Found => {
  const { ids, surveyGenres, ...columns } = members;
  return (
    lengthsFlaw('members', ids.length, columns) ??
    duplicateFlaw('members', ids) ??
    limitFlaw('members', 'country', members.country, countries.length) ??
    limitFlaw('members', 'device', members.device, devices.length) ??
    limitFlaw('members', 'campaign', members.campaign, campaigns.length) ??
    listsFlaw('members', 'surveyGenres', { lists: surveyGenres, rows: ids.length, limit: genres.length })
  );
};

const artworksFlaw = (artworks: Artworks, titles: number): Found => {
  const { ids, title, titleOffsets, theme, themeSize } = artworks;
  const ofTitle = { offsets: titleOffsets, codes: title };
  return (
    lengthsFlaw('artworks', ids.length, { title }) ??
    lengthsFlaw('artworks', ids.length * themeSize, { theme }) ??
    duplicateFlaw('artworks', ids) ??
    limitFlaw('artworks', 'title', title, titles) ??
    rowFlaw(
      'artworks',
      'title',
      title,
      '>= the title of the row before',
      (x, i) => i === 0 || x >= title[i - 1],
    ) ??
    offsetsFlaw('artworks', 'titleOffsets', ofTitle, titles) ??
    rowFlaw('artworks', 'titleOffsets', title, 'rows of that title', (x, i) => {
      return i >= titleOffsets[x] && i < titleOffsets[x + 1];
    }) ??
    rowFlaw('artworks', 'theme', theme, 'a finite number', Number.isFinite)
  );
};

const impressionsFlaw = (
  impressions: Impressions,
  { titles, members, artworks, vocabulary }: Dataset,
): Found => {
  const { policies, ...columns } = impressions;
  const { title, artwork } = impressions;
  return (
    lengthsFlaw('impressions', impressions.time.length, columns) ??
    limitFlaw('impressions', 'member', impressions.member, members.ids.length) ??
    limitFlaw('impressions', 'title', title, titles.ids.length) ??
    (artworks === undefined
      ? undefined
      : (limitFlaw('impressions', 'artwork', artwork, artworks.ids.length) ??
        rowFlaw('impressions', 'artwork', artwork, "an artwork of the row's title", (x, i) => {
          return artworks.title[x] === title[i];
        }))) ??
    timesFlaw('impressions', impressions.time) ??
    limitFlaw('impressions', 'device', impressions.device, vocabulary.devices.length) ??
    limitFlaw('impressions', 'policy', impressions.policy, policies.length) ??
    propensityFlaw('propensity', impressions.propensity) ??
    propensityFlaw('artworkPropensity', impressions.artworkPropensity) ??
    limitFlaw('impressions', 'clicked', impressions.clicked, 2)
  );
};

const playsFlaw = (plays: Plays, { titles, members, impressions, vocabulary }: Dataset): Found => {
  const shown = impressions?.time.length ?? 0;
  const expected = `NO_IMPRESSION, or an earlier impression of the row's member and title`;
  return (
    lengthsFlaw('plays', plays.time.length, plays) ??
    limitFlaw('plays', 'member', plays.member, members.ids.length) ??
    limitFlaw('plays', 'title', plays.title, titles.ids.length) ??
    timesFlaw('plays', plays.time) ??
    rowFlaw('plays', 'watchedFraction', plays.watchedFraction, '0 to 1', (x) => x >= 0 && x <= 1) ??
    limitFlaw('plays', 'device', plays.device, vocabulary.devices.length) ??
    rowFlaw('plays', 'impression', plays.impression, expected, (x, i) => {
      if (x === NO_IMPRESSION) return true;
      if (impressions === undefined || x >= shown) return false;
      const { member, title, time } = impressions;
      return member[x] === plays.member[i] && title[x] === plays.title[i] && time[x] <= plays.time[i];
    })
  );
};

const lengthsFlaw = (table: Table, rows: number, columns: object): Found => {
  for (const [column, values] of Object.entries(columns)) {
    const { length } = values as ArrayLike<unknown>;
    if (length !== rows) return { table, column, got: `${length} values`, expected: `${rows}` };
  }
  return undefined;
};

const duplicateFlaw = (table: Table, ids: readonly string[]): Found => {
  const seen = new Map<string, number>();
  for (let row = 0; row < ids.length; row++) {
    const before = seen.get(ids[row]);
    if (before !== undefined) {
      return {
        table,
        column: 'id',
        row,
        got: JSON.stringify(ids[row]),
        expected: `another than row ${before} has`,
      };
    }
    seen.set(ids[row], row);
  }
  return undefined;
};

type Numbers = Uint8Array | Uint32Array | Float32Array | Float64Array;

const rowFlaw = (
  table: Table,
  column: string,
  values: Numbers,
  expected: string,
  holds: (value: number, row: number) => boolean,
): Found => {
  for (let row = 0; row < values.length; row++) {
    if (!holds(values[row], row)) return { table, column, row, got: values[row], expected };
  }
  return undefined;
};

const limitFlaw = (table: Table, column: string, values: Uint8Array | Uint32Array, limit: number): Found =>
  rowFlaw(table, column, values, `less than ${limit}`, (x) => x < limit);

const timesFlaw = (table: Table, times: Float64Array): Found =>
  rowFlaw(table, 'time', times, 'whole milliseconds, no earlier than the row before', (x, row) => {
    return Number.isSafeInteger(x) && (row === 0 || x >= times[row - 1]);
  });

const propensityFlaw = (column: string, values: Float32Array): Found =>
  rowFlaw('impressions', column, values, 'more than 0, at most 1', (x) => x > 0 && x <= 1);

interface ListsCheck {
  readonly lists: CodeLists;
  readonly rows: number;
  /** Codes are less than this. */
  readonly limit: number;
}

const listsFlaw = (table: Table, column: string, { lists, rows, limit }: ListsCheck): Found => {
  const flaw = offsetsFlaw(table, column, lists, rows);
  if (flaw !== undefined) return flaw;
  for (let row = 0; row < rows; row++) {
    for (let at = lists.offsets[row]; at < lists.offsets[row + 1]; at++) {
      const got = `code ${lists.codes[at]}`;
      if (lists.codes[at] >= limit) return { table, column, row, got, expected: `less than ${limit}` };
    }
  }
  return undefined;
};

interface Lists {
  readonly offsets: Uint32Array;
  readonly codes: ArrayLike<number>;
}

const offsetsFlaw = (table: Table, column: string, { offsets, codes }: Lists, rows: number): Found => {
  if (offsets.length !== rows + 1)
    return { table, column, got: `${offsets.length} offsets`, expected: `${rows + 1}` };
  if (offsets[0] !== 0) return { table, column, row: 0, got: `offset ${offsets[0]}`, expected: '0' };
  for (let row = 0; row < rows; row++) {
    if (offsets[row + 1] < offsets[row]) {
      return { table, column, row, got: `offset ${offsets[row + 1]}`, expected: `>= ${offsets[row]}` };
    }
  }
  if (offsets[rows] === codes.length) return undefined;
  return {
    table,
    column,
    row: rows,
    got: `offset ${offsets[rows]}`,
    expected: `${codes.length}, the end of the list`,
  };
};
