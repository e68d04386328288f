import { hasTable, openTables, writeArtifact } from '../src/artifacts/artifact.ts';
import { type ArrowTable, type Columns, columnOf, numbersOf } from '../src/artifacts/columns.ts';
import { expectReplaceable, writeDirectoryAtomically } from '../src/artifacts/directory-swap.ts';
import { type Manifest, openManifest } from '../src/artifacts/manifest.ts';
import { bugError, callerError } from '../src/domain/errors.ts';
import type {
  Artworks,
  Catalogue,
  CodeLists,
  Dataset,
  Impressions,
  Members,
  Plays,
  Titles,
  Vocabulary,
} from '../src/domain/tables.ts';
import { firstFlaw, flawText } from './dataset-checks.ts';
import { type DatasetMeta, type DatasetSource, datasetMetaOf, metaProblem } from './dataset-meta.ts';

export const DATASET_KIND = 'dataset';

export interface OpenDataset {
  readonly dataset: Dataset;
  readonly manifest: Manifest;
  readonly source: DatasetSource;
}

/**
 * Writes the dataset as a folder of Arrow files, whole or not at all. A marquee dataset that stands there is
 * replaced; anything else is refused. Equal datasets and sources give equal bytes.
 * @throws MarqueeError (caller) when `dir` is not to be written; (bug) when the dataset breaks a promise of
 *   `src/domain/tables.ts`
 */
export const writeDataset = async (
  dir: string,
  dataset: Dataset,
  source: DatasetSource,
): Promise<Manifest> => {
  const { name, vocabulary, artworks, impressions } = dataset;
  const meta: DatasetMeta = { name, source, vocabulary, policies: impressions?.policies ?? [] };
  const problem = metaProblem(meta as unknown as Record<string, unknown>);
  if (problem !== undefined) throw bugError('dataset-flaw', `dataset ${name}: ${problem}`);
  const flaw = firstFlaw(dataset);
  if (flaw !== undefined)
    throw bugError('dataset-flaw', `dataset ${dataset.name}, ${flaw.table}: ${flawText(flaw)}`);
  const tables = {
    titles: titleColumns(dataset.titles, vocabulary),
    members: memberColumns(dataset.members, vocabulary),
    ...(artworks === undefined ? {} : { artworks: artworkColumns(artworks) }),
    ...(impressions === undefined ? {} : { impressions: impressionColumns(impressions, vocabulary) }),
    plays: playColumns(dataset.plays, vocabulary),
  };
  const write = (aside: string): Manifest =>
    writeArtifact(aside, { kind: DATASET_KIND, meta: meta as unknown as Manifest['meta'], tables });
  return writeDirectoryAtomically(dir, write, { replace: DATASET_KIND });
};

/** What a server needs of a dataset: all but the events. */
export interface OpenCatalogue {
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly members: Members;
  readonly source: DatasetSource;
}

/**
 * The dataset of a folder. Arrays are views of the files' bytes and must not be written to.
 * @throws MarqueeError (caller) when the folder is no dataset, a file is missing, cut short or altered, or a
 *   table breaks a promise of `src/domain/tables.ts`; the message names file, column, row, what came and what
 *   was expected
 */
export const openDataset = async (dir: string): Promise<OpenDataset> => {
  const folder = await openFolder(dir, ['impressions', 'plays']);
  const { manifest, meta, open } = folder;
  const { vocabulary, policies } = meta;
  const dataset: Dataset = {
    ...readStandingTables(folder),
    ...(hasTable(manifest, 'impressions')
      ? { impressions: readImpressions(open('impressions'), vocabulary, policies) }
      : {}),
    plays: readPlays(open('plays'), vocabulary),
  };
  folder.check(dataset);
  return { dataset, manifest, source: meta.source };
};

/** The catalogue and members of a folder, without its events. @throws MarqueeError as `openDataset` does */
export const openCatalogue = async (dir: string): Promise<OpenCatalogue> => {
  const folder = await openFolder(dir, []);
  const standing = readStandingTables(folder);
  folder.check({ ...standing, plays: NO_PLAYS });
  const { name, members, ...catalogue } = standing;
  return { name, catalogue, members, source: folder.meta.source };
};

const NO_PLAYS: Plays = {
  member: new Uint32Array(0),
  title: new Uint32Array(0),
  time: new Float64Array(0),
  watchedFraction: new Float32Array(0),
  device: new Uint8Array(0),
  impression: new Uint32Array(0),
};

/** Tables that a dataset may do without. */
const OPTIONAL = ['artworks', 'impressions'];

/** The folder with its standing tables and those of `events` verified. */
const openFolder = async (dir: string, events: readonly string[]) => {
  const manifest = openManifest(dir, DATASET_KIND);
  const meta = datasetMetaOf(dir, manifest);
  const wanted = ['titles', 'members', 'artworks', ...events];
  const names = wanted.filter((name) => !OPTIONAL.includes(name) || hasTable(manifest, name));
  const tableOf = await openTables(dir, manifest, names);
  const files = new Map<string, string>();
  return {
    manifest,
    meta,
    open(table: string): ArrowTable {
      const opened = tableOf(table);
      files.set(table, opened.file);
      return opened;
    },
    check(dataset: Dataset): void {
      const flaw = firstFlaw(dataset);
      if (flaw !== undefined)
        throw callerError('dataset-flaw', `${files.get(flaw.table)}: ${flawText(flaw)}`);
    },
  };
};

const readStandingTables = ({ manifest, meta, open }: Awaited<ReturnType<typeof openFolder>>) => {
  const { name, vocabulary } = meta;
  const titles = readTitles(open('titles'), vocabulary);
  return {
    name,
    vocabulary,
    titles,
    members: readMembers(open('members'), vocabulary),
    ...(hasTable(manifest, 'artworks')
      ? { artworks: readArtworks(open('artworks'), titles.ids.length) }
      : {}),
  };
};

/**
 * Returns when a dataset may be written to `dir`, so that an hour's work is not refused at its end.
 * @throws MarqueeError (caller) when `dir` holds what is not a dataset
 */
export const expectWritableDataset = (dir: string): void => expectReplaceable(dir, { replace: DATASET_KIND });

const coded = (codes: Uint8Array, list: readonly string[]) => ({ kind: 'coded', codes, list }) as const;

const listed = ({ offsets, codes }: CodeLists, list: readonly string[]) =>
  ({ kind: 'code-lists', offsets, codes, list }) as const;

const titleColumns = (titles: Titles, { kinds, genres, languages }: Vocabulary): Columns => ({
  id: titles.ids,
  name: titles.names,
  kind: coded(titles.kind, kinds),
  genres: listed(titles.genres, genres),
  language: coded(titles.language, languages),
  releaseDay: { kind: 'days', values: titles.releaseDay },
  runtimeMinutes: titles.runtimeMinutes,
});

const memberColumns = (members: Members, { countries, devices, campaigns, genres }: Vocabulary): Columns => ({
  id: members.ids,
  country: coded(members.country, countries),
  device: coded(members.device, devices),
  signupDay: { kind: 'days', values: members.signupDay },
  campaign: coded(members.campaign, campaigns),
  surveyGenres: listed(members.surveyGenres, genres),
});

const artworkColumns = ({ ids, title, theme, themeSize }: Artworks): Columns => ({
  id: ids,
  title,
  theme: { kind: 'vectors', size: themeSize, values: theme },
});

const impressionColumns = (impressions: Impressions, { devices }: Vocabulary): Columns => ({
  requestId: impressions.requestId,
  member: impressions.member,
  title: impressions.title,
  artwork: impressions.artwork,
  row: impressions.row,
  position: impressions.position,
  time: { kind: 'timestamps', values: impressions.time },
  device: coded(impressions.device, devices),
  policy: coded(impressions.policy, impressions.policies),
  propensity: impressions.propensity,
  artworkPropensity: impressions.artworkPropensity,
  clicked: { kind: 'flags', values: impressions.clicked },
});

const playColumns = (plays: Plays, { devices }: Vocabulary): Columns => ({
  member: plays.member,
  title: plays.title,
  time: { kind: 'timestamps', values: plays.time },
  watchedFraction: plays.watchedFraction,
  device: coded(plays.device, devices),
  impression: plays.impression,
});

const stringsOf = (table: ArrowTable, name: string): readonly string[] =>
  columnOf(table, name, 'strings').values;
const daysOf = (table: ArrowTable, name: string): Int32Array => columnOf(table, name, 'days').values;
const timesOf = (table: ArrowTable, name: string): Float64Array => columnOf(table, name, 'timestamps').values;

const codesOf = (table: ArrowTable, name: string, list: readonly string[]): Uint8Array => {
  const column = columnOf(table, name, 'coded');
  return sameCodes(table, name, column, list);
};

const listsOf = (table: ArrowTable, name: string, list: readonly string[]): CodeLists => {
  const column = columnOf(table, name, 'code-lists');
  return { offsets: column.offsets, codes: sameCodes(table, name, column, list) };
};

/** The codes, once the file's own list was found to be the manifest's, so that a code means the same in both. */
const sameCodes = (
  table: ArrowTable,
  name: string,
  column: { readonly codes: ArrayLike<number>; readonly list: readonly string[] },
  list: readonly string[],
): Uint8Array => {
  if (!(column.codes instanceof Uint8Array)) {
    const got = column.codes.constructor.name;
    throw callerError('column-type', `${table.file}: column ${name} holds ${got} codes, expected Uint8Array`);
  }
  const at = list.findIndex((entry, i) => entry !== column.list[i]);
  if (at !== -1 || column.list.length !== list.length) {
    const row = at === -1 ? list.length : at;
    const [got, expected] = [column.list[row], list[row]].map((entry) => JSON.stringify(entry) ?? 'none');
    throw callerError(
      'column-list',
      `${table.file}: column ${name}, code ${row}: got ${got}, expected ${expected}`,
    );
  }
  return column.codes;
};

const readTitles = (table: ArrowTable, { kinds, genres, languages }: Vocabulary): Titles => ({
  ids: stringsOf(table, 'id'),
  names: stringsOf(table, 'name'),
  kind: codesOf(table, 'kind', kinds),
  genres: listsOf(table, 'genres', genres),
  language: codesOf(table, 'language', languages),
  releaseDay: daysOf(table, 'releaseDay'),
  runtimeMinutes: numbersOf(table, 'runtimeMinutes', Float32Array),
});

const readMembers = (table: ArrowTable, { countries, devices, campaigns, genres }: Vocabulary): Members => ({
  ids: stringsOf(table, 'id'),
  country: codesOf(table, 'country', countries),
  device: codesOf(table, 'device', devices),
  signupDay: daysOf(table, 'signupDay'),
  campaign: codesOf(table, 'campaign', campaigns),
  surveyGenres: listsOf(table, 'surveyGenres', genres),
});

const readArtworks = (table: ArrowTable, titles: number): Artworks => {
  const title = numbersOf(table, 'title', Uint32Array);
  const { size: themeSize, values: theme } = columnOf(table, 'theme', 'vectors');
  return {
    ids: stringsOf(table, 'id'),
    title,
    titleOffsets: titleOffsetsOf(title, titles),
    themeSize,
    theme,
  };
};

/** Where each title's artworks begin, [titles + 1]. */
export const titleOffsetsOf = (title: Uint32Array, titles: number): Uint32Array => {
  const offsets = new Uint32Array(titles + 1);
  for (let i = 0; i < title.length; i++) if (title[i] < titles) offsets[title[i] + 1]++;
  for (let t = 0; t < titles; t++) offsets[t + 1] += offsets[t];
  return offsets;
};

const readImpressions = (
  table: ArrowTable,
  { devices }: Vocabulary,
  policies: readonly string[],
): Impressions => ({
  requestId: numbersOf(table, 'requestId', Uint32Array),
  member: numbersOf(table, 'member', Uint32Array),
  title: numbersOf(table, 'title', Uint32Array),
  artwork: numbersOf(table, 'artwork', Uint32Array),
  row: numbersOf(table, 'row', Uint8Array),
  position: numbersOf(table, 'position', Uint8Array),
  time: timesOf(table, 'time'),
  device: codesOf(table, 'device', devices),
  policy: codesOf(table, 'policy', policies),
  policies,
  propensity: numbersOf(table, 'propensity', Float32Array),
  artworkPropensity: numbersOf(table, 'artworkPropensity', Float32Array),
  clicked: columnOf(table, 'clicked', 'flags').values,
});

const readPlays = (table: ArrowTable, { devices }: Vocabulary): Plays => ({
  member: numbersOf(table, 'member', Uint32Array),
  title: numbersOf(table, 'title', Uint32Array),
  time: timesOf(table, 'time'),
  watchedFraction: numbersOf(table, 'watchedFraction', Float32Array),
  device: codesOf(table, 'device', devices),
  impression: numbersOf(table, 'impression', Uint32Array),
});
