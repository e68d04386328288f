/** One published version, put together by hand from its verified files and from what all versions have in common. */
import type { OpenCatalogue } from '../../datasets/arrow-tables.ts';
import type { Version } from '../artifacts/publish.ts';
import { type Clock, dayOf } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import type { RecRequest } from '../domain/request.ts';
import type { Members } from '../domain/tables.ts';
import { type ArtworkStore, createArtworkStore } from './artwork-store.ts';
import { openModels, type PublishedModels } from './model-version.ts';
import type { OwnModules } from './own-parts/contract.ts';
import { createHomePipeline, type HomePipeline } from './pipelines/home.ts';
import { requestOf } from './pipelines/journey.ts';
import { NO_ARTWORK } from './pipelines/parts.ts';
import type { ProfileStore } from './profile-store.ts';
import { openScoring, scoringModels, servingRng } from './scoring/open-scoring.ts';
import { openScoringPool, type PoolConfig, type ScoringPool } from './scoring/pool.ts';
import type { WorkerSetup } from './scoring/worker-side.ts';
import type { FaultSwitches } from './stage-faults.ts';
import type { Store } from './stores/contract.ts';
import type { WatchedVersion } from './watching/version-watch.ts';
import { createWorkshop } from './workshop.ts';

/** What versions have in common. */
export interface SharedParts extends OpenCatalogue {
  readonly store: Store;
  readonly profiles: ProfileStore;
  readonly clock: Clock;
  readonly own: OwnModules;
  readonly faults?: FaultSwitches;
  /** Threads that score. Default: none, pages are scored on the thread that serves. */
  readonly scoring?: ScoringThreads;
  /** For so long a page is served again, while what is known of the member stays the same. Default 0. */
  readonly pageFreshMs?: number;
}

export type ScoringThreads = Pick<PoolConfig, 'workerFile' | 'threads' | 'onDeath'>;

export interface OpenVersion {
  readonly name: string;
  readonly pipeline: HomePipeline;
  readonly artworks: ArtworkStore;
  readonly hasArtworks: boolean;
  /** Which index answers, and why. */
  readonly index: { readonly kind: string; readonly reason: string };
  /** Its threads, where it has any. */
  readonly pool?: ScoringPool;
  /** What to watch it by. */
  readonly watched?: WatchedVersion;
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
  const { artwork } = models;
  const artworks = createArtworkStore({
    store,
    version: version.name,
    mostTaken: artwork?.mostTaken ?? new Uint32Array(titles.ids.length).fill(NO_ARTWORK),
    titleOffsets: catalogue.artworks?.titleOffsets ?? new Uint32Array(titles.ids.length + 1),
    exploring: artwork?.exploring ?? new Float32Array(0),
  });
  const openingPool =
    shared.scoring &&
    openScoringPool({
      ...shared.scoring,
      setup: {
        catalogue: { titles, vocabulary },
        models: scoringModels(models),
        own: filesOf(own),
        ...(faults === undefined ? {} : { faults: faults.memory }),
      },
    });
  const opening = openScoring({
    ...{ catalogue, models, own },
    tried: () => checkedRequests(profiles, members, clock),
  });
  const [{ parts, page, index }, pool] = await Promise.all([opening, openingPool]).catch(async (thrown) => {
    await openingPool?.then((started) => started.close()).catch(() => undefined); // what failed first is told
    throw thrown;
  });
  const rng = servingRng(models);
  const pipeline = createHomePipeline({
    ...parts,
    catalogue,
    modelVersion: version.name,
    profiles,
    artworks,
    clock,
    rng,
    workshop: createWorkshop({
      ...{ catalogue, models, sources: parts.sources, page, artworks },
      rng: rng.fork('workshop'),
    }),
    ...(shared.pageFreshMs === undefined ? {} : { freshMs: shared.pageFreshMs }),
    ...(pool === undefined ? {} : { scorer: pool }),
    ...(faults === undefined ? {} : { faults }),
  });
  return {
    name: version.name,
    pipeline,
    artworks,
    hasArtworks: artwork !== undefined,
    index,
    watched: {
      name: version.name,
      snapshots: models.snapshots ?? [],
      examination: models.examination,
      learnedUntil: models.meta.publishedAt,
    },
    ...(pool === undefined ? {} : { pool }),
    async fill(kept) {
      if (artwork === undefined || (await artworks.isLoaded())) return;
      const { members: rows, ...selections } = artwork.selections;
      await artworks.load({ ...selections, memberIds: Array.from(rows, (row) => members.ids[row]) });
      await artworks.dropOthers(kept);
    },
    close: async () => pool?.close(),
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

/** Where each part was loaded from, for threads that load it too. */
const filesOf = (own: OwnModules): WorkerSetup['own'] =>
  Object.fromEntries(Object.entries(own).map(([kind, { file }]) => [kind, file]));
