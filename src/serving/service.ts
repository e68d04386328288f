/** A service put together by hand from a dataset, a published version and a store. */
import { openCatalogue } from '../../datasets/arrow-tables.ts';
import { currentVersion } from '../artifacts/publish.ts';
import { homeSources } from '../candidate-gen/home-sources.ts';
import { createIndex } from '../candidate-gen/indexes/choose.ts';
import { createPopularity } from '../candidate-gen/popularity.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import type { RecRequest } from '../domain/request.ts';
import { createRng } from '../domain/rng.ts';
import type { Members } from '../domain/tables.ts';
import { createMetrics } from '../monitoring/metrics.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { createHomePage } from '../ranking/page/home-page.ts';
import { buildApp } from './app.ts';
import { createArtworkStore } from './artwork-store.ts';
import { assembleFeatures } from './assemble-features.ts';
import { createApplyEvents } from './events/apply-events.ts';
import { loggedChanges } from './events/event-log.ts';
import { createJournal } from './events/journal.ts';
import type { Server } from './http/typed-fastify.ts';
import { openModels, type PublishedModels } from './model-version.ts';
import type { OwnModules } from './own-parts/contract.ts';
import { openOwnParts } from './own-parts/open.ts';
import { createHomePipeline, type HomePipeline } from './pipelines/home.ts';
import { requestOf } from './pipelines/journey.ts';
import { type ArtworkLookup, NO_ARTWORK } from './pipelines/parts.ts';
import { openPresent } from './present.ts';
import { createProfileStore, type ProfileStore } from './profile-store.ts';
import { kindOf } from './stage.ts';
import { openStore } from './stores/open-store.ts';
import { startUpkeep, upkeepRound } from './upkeep.ts';
import type { WorkPlaces } from './work-places.ts';

export interface Service {
  readonly app: Server;
  readonly pipeline: HomePipeline;
  readonly members: Members;
  readonly titleIds: readonly string[];
  readonly modelVersion: string;
  /** Which index answers, and why. */
  readonly index: { readonly kind: string; readonly reason: string };
  readonly artworks: ArtworkLookup;
  readonly hasArtworks: boolean;
  /** To be called when the app is closed. */
  close(): Promise<void>;
}

/**
 * Opens what was published last and fills the store with what it does not hold yet. A source of the user's own works
 * beside ours, a ranker in place of ours.
 * @throws MarqueeError (caller) naming the folder or file that is missing, altered, or does not fit the others
 */
export const openService = async (
  places: WorkPlaces,
  clock: Clock = systemClock,
  own: OwnModules = {},
): Promise<Service> => {
  const version = currentVersion(places.models);
  if (version === undefined) {
    throw callerError(
      'nothing-published',
      `${places.models}: nothing was published there, expected a version; 'npm run demo -- --exit' makes one`,
    );
  }
  const [{ name, catalogue, members }, readModels] = await Promise.all([
    openCatalogue(places.dataset),
    openModels(version.dir), // files are hashed while others are parsed
  ]);
  const models = readModels(members);
  expectSameDataset(version.dir, models, name, catalogue.titles.ids.length);
  const store = await openStore(places.store, name, clock);
  // A store over the network acknowledges what it may lose, and may be away: this machine writes down first.
  const local =
    places.store.kind === 'redis'
      ? await openStore({ kind: 'lmdb', folder: places.journal }, name, clock)
      : undefined;
  const closeStores = async (): Promise<void> => void (await Promise.all([store.close(), local?.close()]));
  try {
    const { titles, vocabulary } = catalogue;
    const { twoTower, taste, counts, trending, topInCountry, rowPriors, examination, artwork, meta } = models;
    const present = await openPresent(local ?? store, meta.publishedAt, clock);
    const journal = local && createJournal(local, present);
    const titleRows = new Map(titles.ids.map((id, row) => [id, row]));
    const profiles = createProfileStore({
      store,
      members,
      titleGenres: titles.genres,
      genreCount: vocabulary.genres.length,
      examination,
    });
    const artworks = createArtworkStore({
      store,
      version: version.name,
      mostTaken: artwork?.mostTaken ?? new Uint32Array(titles.ids.length).fill(NO_ARTWORK),
      titleOffsets: catalogue.artworks?.titleOffsets ?? new Uint32Array(titles.ids.length + 1),
      exploring: artwork?.exploring ?? new Float32Array(0),
    });
    const fill = async (): Promise<void> => {
      if (local !== undefined) await present.alignWith(store);
      if (!(await profiles.isLoaded(version.name))) {
        await profiles.load({
          version: version.name,
          profiles: models.profiles.map((profile, member) => ({ memberId: members.ids[member], profile })),
          logged: await loggedChanges(store, { titleRows, vocabulary }),
        });
      }
      if (artwork !== undefined && !(await artworks.isLoaded())) {
        const { members: rows, ...selections } = artwork.selections;
        await artworks.load({ ...selections, memberIds: Array.from(rows, (row) => members.ids[row]) });
        await artworks.dropOthers();
      }
    };
    const keeping = {
      ...{ store, fill, clock: present },
      apply: createApplyEvents({ store, profiles, titleRows, vocabulary }),
    };
    if (journal === undefined) await fill();
    else await upkeepRound({ ...keeping, journal }).catch(toleratingAbsence);
    const chosen = createIndex(twoTower.itemVectors, twoTower.dimension, { rng: createRng(meta.seed) });
    const featureSources = { twoTower, taste, counts, titles, vocabulary };
    const ownParts = await openOwnParts(own, { catalogue, ...models }, () =>
      checkedRequests(profiles, members, present),
    );
    const pipeline = createHomePipeline({
      catalogue,
      modelVersion: version.name,
      profiles,
      sources: [
        ...homeSources({
          ...models.sources,
          model: twoTower,
          index: chosen.index,
          trending,
          titles,
          vocabulary,
        }),
        ...ownParts.sources,
      ],
      popularity: createPopularity({ titles, counts: counts.plays }),
      features: { assemble: (request, pool) => assembleFeatures(featureSources, request, pool) },
      ranker: ownParts.ranker ?? createMultiTaskRanker(models.ranker),
      pageBuilder: createHomePage({
        catalogue,
        trending,
        vectors: { vectors: twoTower.itemVectors, size: twoTower.dimension },
        examination,
        ...(topInCountry === undefined ? {} : { topInCountry }),
        ...(rowPriors === undefined ? {} : { firstSessions: rowPriors }),
      }),
      artworks,
      clock: present,
      rng: createRng(meta.seed).fork('serving'),
    });
    await warmUp(pipeline, members);
    const metrics = createMetrics();
    const app = await buildApp({
      ...{ pipeline, catalogue, profiles, store, clock: present, metrics },
      ...(journal === undefined ? {} : { journal }),
    });
    const upkeep =
      journal &&
      startUpkeep({
        ...{ ...keeping, journal },
        onFailure(error) {
          if (kindOf(error) === 'dependency') return; // tried again in a moment
          metrics.bugFound('upkeep');
          app.log.error({ err: error }, 'bug');
        },
      });
    return {
      app,
      pipeline,
      members,
      titleIds: titles.ids,
      modelVersion: version.name,
      index: { kind: chosen.kind, reason: chosen.reason },
      artworks,
      hasArtworks: artwork !== undefined,
      async close() {
        await upkeep?.close();
        await closeStores();
      },
    };
  } catch (thrown) {
    await closeStores();
    throw thrown;
  }
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

/** Members whose pages are made, and thrown away, before the service is ready: first requests compile and fill caches. */
const WARM_UP_MEMBERS = 8;

const warmUp = async (pipeline: HomePipeline, { ids }: Members): Promise<void> => {
  const unwatched = { stageEnded: () => undefined, bugFound: () => undefined };
  const count = Math.min(WARM_UP_MEMBERS, ids.length);
  for (let i = 0; i < count; i++) {
    const memberId = ids[Math.floor((i * ids.length) / count)];
    await pipeline.homepage({ requestId: `warm-up-${i}`, memberId }, unwatched);
  }
};

/** A server starts though its store is away: pages are degraded until the upkeep has filled it. */
const toleratingAbsence = (thrown: unknown): void => {
  if (kindOf(thrown) !== 'dependency') throw thrown;
};

const expectSameDataset = (dir: string, models: PublishedModels, dataset: string, titles: number): void => {
  const trained = models.twoTower.itemVectors.length / models.twoTower.dimension;
  if (models.meta.dataset !== dataset || trained !== titles) {
    throw callerError(
      'models-dataset',
      `${dir}: trained on ${models.meta.dataset} with ${trained} titles, expected ${dataset} with ${titles}`,
    );
  }
};
