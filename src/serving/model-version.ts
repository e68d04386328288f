import { hasTable, openTables, tableNames, writeArtifact } from '../artifacts/artifact.ts';
import { type ArrowTable, type Columns, columnOf, listsOf, numbersOf } from '../artifacts/columns.ts';
import { type Manifest, openManifest } from '../artifacts/manifest.ts';
import type { ArtworkSelections } from '../bandits/artwork-selector.ts';
import type { PolicyState } from '../bandits/contract.ts';
import type { TwoTowerModel } from '../candidate-gen/two-tower-model.ts';
import type { EpochMs } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Members } from '../domain/tables.ts';
import type { TopInCountry } from '../features/country-counts.ts';
import { emptyProfile, signUpOf } from '../features/profile.ts';
import { TASTE_GENRE_SIZE } from '../features/taste-features.ts';
import type { TitleCounts } from '../features/title-counts.ts';
import type { DenseLayer } from '../math/dense.ts';
import type { Snapshot } from '../monitoring/drift.ts';
import type { ExaminationEstimate } from '../ranking/examination.ts';
import type { MultiTaskModel } from '../ranking/multi-task.ts';
import type { RowPriors } from '../ranking/page/row-bandit.ts';
import { noTaste, type TasteModel } from '../ranking/taste.ts';
import { readRowPriors, rowPriorColumns } from './published-row-priors.ts';
import { readSnapshots, snapshotColumns } from './published-snapshots.ts';
import { type PublishedSources, readSources, sourceTables } from './published-sources.ts';

export const MODELS_KIND = 'models';

/** What the artwork stage serves from, and the policy that chose it. */
export interface PublishedArtwork {
  readonly policy: PolicyState;
  readonly takes: Float64Array; // [artworks]
  readonly exposures: Float64Array; // [artworks]
  /** P(shown for the sake of learning), [artworks]. */
  readonly exploring: Float32Array;
  /** The title's most taken artwork, [titles]. */
  readonly mostTaken: Uint32Array;
  readonly selections: ArtworkSelections;
}

/** Everything that one version of the models holds. */
export interface PublishedModels {
  readonly meta: {
    /** The dataset that it was trained on; ids and rows mean those of its tables. */
    readonly dataset: string;
    readonly seed: number;
    readonly backend: string;
    /** Nothing at or after this moment was learned from. */
    readonly publishedAt: EpochMs;
  };
  readonly twoTower: TwoTowerModel;
  readonly sources: PublishedSources;
  readonly taste: TasteModel;
  readonly ranker: MultiTaskModel;
  readonly examination: ExaminationEstimate;
  readonly counts: TitleCounts;
  /** Recent plays of each title, an old one counting less, [titles]. */
  readonly trending: Float64Array;
  /** Absent in a version that was published before there was such a table. */
  readonly topInCountry?: TopInCountry;
  /** As `topInCountry`. */
  readonly rowPriors?: RowPriors;
  /** By row of the members table, as of `publishedAt`. */
  readonly profiles: readonly MemberProfile[];
  readonly artwork?: PublishedArtwork;
  /** What it served when it was published. As `topInCountry`. */
  readonly snapshots?: readonly Snapshot[];
}

/** Writes a version's files; to be called inside `publishVersion`, which makes them appear whole. */
export const writeModels = (dir: string, models: PublishedModels): void => {
  const { meta, twoTower, sources, taste, ranker, examination } = models;
  const { counts, trending, topInCountry, rowPriors, profiles, artwork, snapshots } = models;
  writeArtifact(dir, {
    kind: MODELS_KIND,
    meta: {
      ...meta,
      featureNames: ranker.featureNames,
      queryLayers: twoTower.queryLayers.length,
      tasteGenreLayers: taste.genreLayers.length,
      totals: { ...counts.totals },
      examination: { ...examination, row: [...examination.row], position: [...examination.position] },
      ...(artwork === undefined ? {} : { artworkPolicy: artwork.policy.policy }),
    },
    tables: {
      'two-tower-titles': {
        item: { kind: 'vectors', size: twoTower.dimension, values: twoTower.itemVectors },
        history: { kind: 'vectors', size: twoTower.historySize, values: twoTower.historyEmbedding },
      },
      ...sourceTables(sources),
      layers: layerColumns([...twoTower.queryLayers, ...ranker.layers]),
      ...(taste.genreLayers.length === 0 ? {} : tasteTables(taste)),
      'title-counts': {
        exposures: counts.exposures,
        clicks: counts.clicks,
        plays: counts.plays,
        finishes: counts.finishes,
        trending,
      },
      profiles: profileColumns(profiles),
      ...(rowPriors === undefined ? {} : { 'row-priors': rowPriorColumns(rowPriors) }),
      ...(topInCountry === undefined
        ? {}
        : {
            'top-in-country': {
              titles: { kind: 'number-lists', offsets: topInCountry.offsets, values: topInCountry.titles },
            },
          }),
      ...(artwork === undefined ? {} : artworkTables(artwork)),
      ...(snapshots === undefined ? {} : { snapshots: snapshotColumns(snapshots) }),
    },
  });
};

/**
 * The models of one version. Arrays are views of verified bytes and must not be written to.
 * @throws MarqueeError (caller) naming the file that is missing, cut short, altered, or not of this members table
 */
export const openModels = async (dir: string): Promise<(members: Members) => PublishedModels> => {
  const manifest = openManifest(dir, MODELS_KIND);
  const open = await openTables(dir, manifest, tableNames(manifest));
  return (members) => readModels(manifest, open, members);
};

type Open = (table: string) => ArrowTable;

const readModels = (manifest: Manifest, open: Open, members: Members): PublishedModels => {
  const meta = manifest.meta as unknown as StoredMeta;
  const titles = open('two-tower-titles');
  const item = columnOf(titles, 'item', 'vectors');
  const history = columnOf(titles, 'history', 'vectors');
  const layers = readLayers(open('layers'));
  const counts = open('title-counts');
  const profiles = onFirstCall(() => readProfiles(open('profiles'), members));
  const { row, position, ...curve } = meta.examination;
  return {
    meta: { dataset: meta.dataset, seed: meta.seed, backend: meta.backend, publishedAt: meta.publishedAt },
    twoTower: {
      dimension: item.size,
      itemVectors: item.values,
      historySize: history.size,
      historyEmbedding: history.values,
      queryLayers: layers.slice(0, meta.queryLayers),
    },
    sources: readSources(open, item.values.length / item.size),
    taste: readTaste(open, meta.tasteGenreLayers) ?? noTaste(item.values.length / item.size),
    ranker: { featureNames: meta.featureNames, layers: layers.slice(meta.queryLayers) },
    examination: { ...curve, row: Float64Array.from(row), position: Float64Array.from(position) },
    counts: {
      exposures: numbersOf(counts, 'exposures', Float64Array),
      clicks: numbersOf(counts, 'clicks', Float64Array),
      plays: numbersOf(counts, 'plays', Float64Array),
      finishes: numbersOf(counts, 'finishes', Float64Array),
      totals: { ...meta.totals },
    },
    trending: numbersOf(counts, 'trending', Float64Array),
    ...(hasTable(manifest, 'row-priors') ? { rowPriors: readRowPriors(open('row-priors')) } : {}),
    ...(hasTable(manifest, 'top-in-country')
      ? { topInCountry: readTopInCountry(open('top-in-country')) }
      : {}),
    ...(hasTable(manifest, 'snapshots') ? { snapshots: readSnapshots(open('snapshots')) } : {}),
    get profiles() {
      return profiles();
    },
    ...(hasTable(manifest, 'artwork-selections')
      ? { artwork: readArtwork(open, meta.artworkPolicy ?? '') }
      : {}),
  };
};

/** What `parse` gives, asked for once and only if somebody asks: a store that was filled before needs it no more. */
const onFirstCall = <T>(parse: () => T): (() => T) => {
  let parsed: T | undefined;
  return () => {
    parsed ??= parse();
    return parsed;
  };
};

type StoredMeta = PublishedModels['meta'] & {
  readonly featureNames: readonly string[];
  readonly queryLayers: number;
  readonly tasteGenreLayers: number;
  readonly totals: TitleCounts['totals'];
  readonly examination: Omit<ExaminationEstimate, 'row' | 'position'> & {
    readonly row: readonly number[];
    readonly position: readonly number[];
  };
  readonly artworkPolicy?: string;
};

const layerColumns = (layers: readonly DenseLayer[]): Columns => ({
  inputSize: Uint32Array.from(layers, (layer) => layer.inputSize),
  outputSize: Uint32Array.from(layers, (layer) => layer.outputSize),
  activation: layers.map((layer) => layer.activation),
  weights: listsOf(
    Float32Array,
    layers.map((layer) => layer.weights),
  ),
  bias: listsOf(
    Float32Array,
    layers.map((layer) => layer.bias),
  ),
});

const readLayers = (table: ArrowTable): DenseLayer[] => {
  const inputSize = numbersOf(table, 'inputSize', Uint32Array);
  const outputSize = numbersOf(table, 'outputSize', Uint32Array);
  const activation = columnOf(table, 'activation', 'strings').values;
  const weights = columnOf(table, 'weights', 'number-lists');
  const bias = columnOf(table, 'bias', 'number-lists');
  return Array.from(inputSize, (size, i) => ({
    inputSize: size,
    outputSize: outputSize[i],
    activation: activation[i] as DenseLayer['activation'],
    weights: weights.values.subarray(weights.offsets[i], weights.offsets[i + 1]) as Float32Array,
    bias: bias.values.subarray(bias.offsets[i], bias.offsets[i + 1]) as Float32Array,
  }));
};

const tasteTables = (taste: TasteModel): Record<string, Columns> => {
  const { size, genreMeans, countryWeights, titleVectors, titleLifts } = taste;
  const genres = genreMeans.length / TASTE_GENRE_SIZE;
  return {
    'taste-genres': { means: { kind: 'vectors', size: TASTE_GENRE_SIZE, values: genreMeans } },
    'taste-countries': { weights: { kind: 'vectors', size: genres, values: countryWeights } },
    'taste-layers': layerColumns([...taste.genreLayers, ...taste.memberLayers]),
    'taste-titles': {
      taste: { kind: 'vectors', size: 2 * size, values: titleVectors },
      lifts: { kind: 'vectors', size: 2, values: titleLifts },
    },
  };
};

const readTaste = (open: Open, genreLayers: number): TasteModel | undefined => {
  if (genreLayers === 0) return undefined;
  const table = open('taste-titles');
  const titles = columnOf(table, 'taste', 'vectors');
  const layers = readLayers(open('taste-layers'));
  return {
    size: titles.size / 2,
    genreMeans: columnOf(open('taste-genres'), 'means', 'vectors').values,
    genreLayers: layers.slice(0, genreLayers),
    countryWeights: columnOf(open('taste-countries'), 'weights', 'vectors').values,
    memberLayers: layers.slice(genreLayers),
    titleVectors: titles.values,
    titleLifts: columnOf(table, 'lifts', 'vectors').values,
  };
};

/** Numbers by genre that a profile holds. */
const GENRE_NUMBERS = [
  'genreWatched',
  'genrePlayed',
  'genreExamined',
  'genreFavour',
  'genreFavourEvidence',
] as const;

const profileColumns = (profiles: readonly MemberProfile[]): Columns => ({
  playCount: Uint32Array.from(profiles, (profile) => profile.playCount),
  ...Object.fromEntries(
    GENRE_NUMBERS.map((name) => [
      name,
      listsOf(
        Float64Array,
        profiles.map((profile) => profile[name]),
      ),
    ]),
  ),
  historyTitles: listsOf(
    Uint32Array,
    profiles.map((profile) => profile.historyTitles),
  ),
  historyTimes: listsOf(
    Float64Array,
    profiles.map((profile) => profile.historyTimes),
  ),
  historyFractions: listsOf(
    Float32Array,
    profiles.map((profile) => profile.historyFractions),
  ),
});

const readProfiles = (table: ArrowTable, members: Members): MemberProfile[] => {
  if (table.rows !== members.ids.length) {
    throw callerError(
      'models-dataset',
      `${table.file}: ${table.rows} members, expected the ${members.ids.length} of the dataset that is served`,
    );
  }
  const playCount = numbersOf(table, 'playCount', Uint32Array);
  const numbers = GENRE_NUMBERS.map((name) => columnOf(table, name, 'number-lists'));
  const titles = columnOf(table, 'historyTitles', 'number-lists');
  const times = columnOf(table, 'historyTimes', 'number-lists');
  const fractions = columnOf(table, 'historyFractions', 'number-lists');
  return Array.from(playCount, (count, m) => {
    const from = titles.offsets[m];
    const to = titles.offsets[m + 1];
    const [genreWatched, genrePlayed, genreExamined, genreFavour, genreFavourEvidence] = numbers.map(
      ({ offsets, values }) => values.subarray(offsets[m], offsets[m + 1]) as Float64Array,
    );
    return {
      ...emptyProfile(0, signUpOf(members, m)),
      playCount: count,
      genreWatched,
      genrePlayed,
      genreExamined,
      genreFavour,
      genreFavourEvidence,
      historyTitles: titles.values.subarray(from, to) as Uint32Array,
      historyTimes: times.values.subarray(from, to) as Float64Array,
      historyFractions: fractions.values.subarray(from, to) as Float32Array,
    };
  });
};

const readTopInCountry = (table: ArrowTable): TopInCountry => {
  const { offsets, values } = columnOf(table, 'titles', 'number-lists');
  return { offsets, titles: values as Uint32Array };
};

const artworkTables = (artwork: PublishedArtwork): Record<string, Columns> => {
  const { policy, takes, exposures, exploring, mostTaken, selections } = artwork;
  const { members, memberOffsets: offsets, titles, choices } = selections;
  return {
    'artwork-policy': {
      name: Object.keys(policy.arrays),
      values: listsOf(Float64Array, Object.values(policy.arrays)),
    },
    'artwork-counts': { takes, exposures, exploring },
    'artwork-defaults': { artwork: mostTaken },
    'artwork-selections': {
      member: members,
      titles: { kind: 'number-lists', offsets, values: titles },
    },
    'artwork-choices': { choice: choices },
  };
};

const readArtwork = (open: Open, policyName: string): PublishedArtwork => {
  const policy = open('artwork-policy');
  const names = columnOf(policy, 'name', 'strings').values;
  const values = columnOf(policy, 'values', 'number-lists');
  const counts = open('artwork-counts');
  const exploring = numbersOf(counts, 'exploring', Float32Array);
  const selections = onFirstCall(() => readSelections(open));
  return {
    policy: {
      policy: policyName,
      arrays: Object.fromEntries(
        names.map((name, i) => [
          name,
          values.values.subarray(values.offsets[i], values.offsets[i + 1]) as Float64Array,
        ]),
      ),
    },
    takes: numbersOf(counts, 'takes', Float64Array),
    exposures: numbersOf(counts, 'exposures', Float64Array),
    exploring,
    mostTaken: numbersOf(open('artwork-defaults'), 'artwork', Uint32Array),
    get selections() {
      return selections();
    },
  };
};

const readSelections = (open: Open): ArtworkSelections => {
  const table = open('artwork-selections');
  const titles = columnOf(table, 'titles', 'number-lists');
  return {
    members: numbersOf(table, 'member', Uint32Array),
    memberOffsets: titles.offsets,
    titles: titles.values as Uint32Array,
    choices: numbersOf(open('artwork-choices'), 'choice', Uint8Array),
  };
};
