/** A service put together by hand from a dataset, a published version and a store. */
import { openCatalogue } from '../../datasets/arrow-tables.ts';
import { currentVersion } from '../artifacts/publish.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import type { Members } from '../domain/tables.ts';
import { createMetrics } from '../monitoring/metrics.ts';
import { buildApp } from './app.ts';
import { createApplyEvents } from './events/apply-events.ts';
import { loggedChanges } from './events/event-log.ts';
import { createJournal } from './events/journal.ts';
import type { Server } from './http/typed-fastify.ts';
import { openModels } from './model-version.ts';
import { expectSameDataset, type OpenVersion, openVersion } from './open-version.ts';
import type { OwnModules } from './own-parts/contract.ts';
import { openPresent } from './present.ts';
import { createProfileStore } from './profile-store.ts';
import type { VersionRouter } from './router.ts';
import { kindOf } from './stage.ts';
import type { FaultSwitches } from './stage-faults.ts';
import { openStore } from './stores/open-store.ts';
import { startUpkeep, upkeepRound } from './upkeep.ts';
import type { WorkPlaces } from './work-places.ts';

export interface Service {
  readonly app: Server;
  readonly router: VersionRouter;
  /** The version that it was opened with. */
  readonly opened: OpenVersion;
  readonly members: Members;
  readonly titleIds: readonly string[];
  /** To be called when the app is closed. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly clock?: Clock;
  /** Parts of the user's own: a source works beside ours, a ranker in place of ours. */
  readonly own?: OwnModules;
  /** What the admin routes ask for. Default: nobody has it. */
  readonly adminToken?: string | undefined;
  /** With them, whoever reaches the server may break its stages and mend them. */
  readonly faults?: FaultSwitches;
}

/**
 * Opens what was published last and fills the store with what it does not hold yet.
 * @throws MarqueeError (caller) naming the folder or file that is missing, altered, or does not fit the others
 */
export const openService = async (
  places: WorkPlaces,
  { clock = systemClock, own = {}, faults, adminToken }: ServiceOptions = {},
): Promise<Service> => {
  const version = currentVersion(places.models);
  if (version === undefined) {
    throw callerError(
      'nothing-published',
      `${places.models}: nothing was published there, expected a version; 'npm run demo -- --exit' makes one`,
    );
  }
  const [shared, readModels] = await Promise.all([
    openCatalogue(places.dataset),
    openModels(version.dir), // files are hashed while others are parsed
  ]);
  const { name, catalogue, members } = shared;
  const models = readModels(members);
  expectSameDataset(version, models, shared);
  const store = await openStore(places.store, name, clock);
  // A store over the network acknowledges what it may lose, and may be away: this machine writes down first.
  const local =
    places.store.kind === 'redis'
      ? await openStore({ kind: 'lmdb', folder: places.journal }, name, clock)
      : undefined;
  const closeStores = async (): Promise<void> => void (await Promise.all([store.close(), local?.close()]));
  try {
    const { titles, vocabulary } = catalogue;
    const switched = faults === undefined ? {} : { faults };
    const present = await openPresent(local ?? store, models.meta.publishedAt, clock);
    const journal = local && createJournal(local, present);
    const titleRows = new Map(titles.ids.map((id, row) => [id, row]));
    const profiles = createProfileStore({
      store,
      members,
      titleGenres: titles.genres,
      genreCount: vocabulary.genres.length,
      examination: models.examination,
    });
    const fillProfiles = async (): Promise<void> => {
      if (local !== undefined) await present.alignWith(store);
      if (await profiles.isLoaded(version.name)) return;
      await profiles.load({
        version: version.name,
        profiles: models.profiles.map((profile, member) => ({ memberId: members.ids[member], profile })),
        logged: await loggedChanges(store, { titleRows, vocabulary }),
      });
    };
    const keeping = {
      ...{ store, clock: present },
      apply: createApplyEvents({ store, profiles, titleRows, vocabulary }),
    };
    if (journal === undefined) await fillProfiles();
    else await upkeepRound({ ...keeping, journal, fill: fillProfiles }).catch(toleratingAbsence);
    const opened = await openVersion(version, models, {
      ...shared,
      store,
      profiles,
      clock: present,
      own,
      ...switched,
    });
    await (journal === undefined ? opened.fill() : opened.fill().catch(toleratingAbsence));
    await opened.warmUp();
    const router: VersionRouter = { current: opened.name, of: () => opened.pipeline };
    const metrics = createMetrics();
    const app = await buildApp({
      ...{ router, catalogue, members, profiles, store, clock: present, metrics, adminToken },
      ...(journal === undefined ? {} : { journal }),
      ...switched,
    });
    const upkeep =
      journal &&
      startUpkeep({
        ...{ ...keeping, journal },
        async fill() {
          await fillProfiles();
          await opened.fill();
        },
        onFailure(error) {
          if (kindOf(error) === 'dependency') return; // tried again in a moment
          metrics.bugFound('upkeep');
          app.log.error({ err: error }, 'bug');
        },
      });
    return {
      app,
      router,
      opened,
      members,
      titleIds: titles.ids,
      async close() {
        await upkeep?.close();
        await opened.close();
        await closeStores();
      },
    };
  } catch (thrown) {
    await closeStores();
    throw thrown;
  }
};

/** A server starts though its store is away: pages are degraded until the upkeep has filled it. */
const toleratingAbsence = (thrown: unknown): void => {
  if (kindOf(thrown) !== 'dependency') throw thrown;
};
