/** One published version, put together by hand from its verified files and from what all versions have in common. */
import type { OpenCatalogue } from '../../datasets/arrow-tables.ts';
import type { Version } from '../artifacts/publish.ts';
import { homeSources } from '../candidate-gen/home-sources.ts';
import { createIndex } from '../candidate-gen/indexes/choose.ts';
import { createPopularity } from '../candidate-gen/popularity.ts';
import { type Clock, dayOf } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import type { RecRequest } from '../domain/request.ts';
import { createRng } from '../domain/rng.ts';
import type { Members } from '../domain/tables.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { createHomePage } from '../ranking/page/home-page.ts';
import { type ArtworkStore, createArtworkStore } from './artwork-store.ts';
import { assembleFeatures } from './assemble-features.ts';
import { openModels, type PublishedModels } from './model-version.ts';
import type { OwnModules } from './own-parts/contract.ts';
import { openOwnParts } from './own-parts/open.ts';
import { createHomePipeline, type HomePipeline } from './pipelines/home.ts';
import { requestOf } from './pipelines/journey.ts';
import { NO_ARTWORK } from './pipelines/parts.ts';
import type { ProfileStore } from './profile-store.ts';
import type { FaultSwitches } from './stage-faults.ts';
import type { Store } from './stores/contract.ts';
import { createWorkshop } from './workshop.ts';

/** What versions have in common. */
export interface SharedParts extends OpenCatalogue {
  readonly store: Store;
  readonly profiles: ProfileStore;
  readonly clock: Clock;
  readonly own: OwnModules;
  readonly faults?: FaultSwitches;
}

export interface OpenVersion {
  readonly name: string;
  readonly pipeline: HomePipeline;
  readonly artworks: ArtworkStore;
  readonly hasArtworks: boolean;
  /** Which index answers, and why. */
  readonly index: { readonly kind: string; readonly reason: string };
  /** Puts what it brings into the store, where it is not there yet, in place of what others brought but `kept`. */
  fill(kept: readonly string[]): Promise<void>;
  /** To be called when it answers nobody any more. */
  close(): Promise<void>;
}

/**
 * The version's pipeline over profiles that the store holds already. A source of the user's own works beside ours, a ranker in place of ours.
 * @throws MarqueeError (caller) where a part of the user's own breaks its contract
 */
export const openVersion = async (
  version: Version,
  models: PublishedModels,
  shared: SharedParts,
): Promise<OpenVersion> => {
  const { catalogue, members, store, profiles, clock, own, faults } = shared;
  const { titles, vocabulary } = catalogue;
  const { twoTower, taste, counts, trending, topInCountry, rowPriors, examination, artwork, meta } = models;
  const artworks = createArtworkStore({
    store,
    version: version.name,
    mostTaken: artwork?.mostTaken ?? new Uint32Array(titles.ids.length).fill(NO_ARTWORK),
    titleOffsets: catalogue.artworks?.titleOffsets ?? new Uint32Array(titles.ids.length + 1),
    exploring: artwork?.exploring ?? new Float32Array(0),
  });
  const chosen = createIndex(twoTower.itemVectors, twoTower.dimension, { rng: createRng(meta.seed) });
  const featureSources = { twoTower, taste, counts, titles, vocabulary };
  // Named one by one, for to copy the models would parse those that are parsed when somebody asks for them.
  const given = { catalogue, twoTower, counts, trending, sources: models.sources };
  const ownParts = await openOwnParts(own, given, () => checkedRequests(profiles, members, clock));
  const rng = createRng(meta.seed).fork('serving');
  const sources = [
    ...homeSources({
      ...models.sources,
      model: twoTower,
      index: chosen.index,
      trending,
      titles,
      vocabulary,
    }),
    ...ownParts.sources,
  ];
  const page = {
    catalogue,
    trending,
    vectors: { vectors: twoTower.itemVectors, size: twoTower.dimension },
    examination,
    ...(topInCountry === undefined ? {} : { topInCountry }),
    ...(rowPriors === undefined ? {} : { firstSessions: rowPriors }),
  };
  const pipeline = createHomePipeline({
    catalogue,
    modelVersion: version.name,
    profiles,
    sources,
    popularity: createPopularity({ titles, counts: counts.plays }),
    features: { assemble: (request, pool) => assembleFeatures(featureSources, request, pool) },
    ranker: ownParts.ranker ?? createMultiTaskRanker(models.ranker),
    pageBuilder: createHomePage(page),
    artworks,
    clock,
    rng,
    workshop: createWorkshop({ catalogue, models, sources, page, artworks, rng: rng.fork('workshop') }),
    ...(faults === undefined ? {} : { faults }),
  });
  return {
    name: version.name,
    pipeline,
    artworks,
    hasArtworks: artwork !== undefined,
    index: { kind: chosen.kind, reason: chosen.reason },
    async fill(kept) {
      if (artwork === undefined || (await artworks.isLoaded())) return;
      const { members: rows, ...selections } = artwork.selections;
      await artworks.load({ ...selections, memberIds: Array.from(rows, (row) => members.ids[row]) });
      await artworks.dropOthers(kept);
    },
    close: async () => undefined, // it holds memory alone
  };
};

/**
 * The models of a version, verified before they were parsed; the catalogue may be opened meanwhile.
 * @throws MarqueeError (caller) naming the file that is missing or altered, or where the version was trained on another
 *   dataset than the one it should serve
 */
export const readVersion = async (
  version: Version,
  opening: OpenCatalogue | Promise<OpenCatalogue>,
): Promise<PublishedModels> => {
  const [shared, readModels] = await Promise.all([opening, openModels(version.dir)]);
  const models = readModels(shared.members);
  expectSameDataset(version, models, shared);
  return models;
};

const expectSameDataset = (
  { dir }: Version,
  { meta, twoTower }: PublishedModels,
  { name, catalogue }: Pick<SharedParts, 'name' | 'catalogue'>,
): void => {
  const titles = catalogue.titles.ids.length;
  const trained = twoTower.itemVectors.length / twoTower.dimension;
  if (meta.dataset !== name || trained !== titles) {
    throw callerError(
      'models-dataset',
      `${dir}: trained on ${meta.dataset} with ${trained} titles, expected ${name} with ${titles}`,
    );
  }
};

/**
 * What members did is kept from where the logs of the first version end.
 * @throws MarqueeError (caller) where the version learned from other logs
 */
export const expectSameEnd = ({ dir }: Version, { meta }: PublishedModels, first: PublishedModels): void => {
  if (meta.publishedAt === first.meta.publishedAt) return;
  const [got, expected] = [meta.publishedAt, first.meta.publishedAt].map((at) => dayOf(at));
  throw callerError(
    'models-logs',
    `${dir}: learned from logs until day ${got}, expected until day ${expected}, as what is served; start the server anew to serve it`,
  );
};

/** Requests on which parts of the user's own are tried: of a stranger, and of a few members as they are now. */
const checkedRequests = (profiles: ProfileStore, { ids }: Members, { now }: Clock): Promise<RecRequest[]> => {
  const at = now();
  return Promise.all(
    ['nobody-we-know', ...ids.slice(0, 4)].map(async (memberId, i) =>
      requestOf({ requestId: `check-${i}`, memberId, at }, await profiles.profile(memberId, at)),
    ),
  );
};
