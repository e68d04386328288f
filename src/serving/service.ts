/** A service put together by hand from a dataset, published versions and a store. */
import type { FastifyBaseLogger } from 'fastify';
import { openCatalogue } from '../../datasets/arrow-tables.ts';
import { findVersion, type Version } from '../artifacts/publish.ts';
import { rejections, servableVersions } from '../artifacts/releases.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import { callerError } from '../domain/errors.ts';
import type { Members } from '../domain/tables.ts';
import { createMetrics } from '../monitoring/metrics.ts';
import { buildApp } from './app.ts';
import { createApplyEvents } from './events/apply-events.ts';
import { loggedChanges } from './events/event-log.ts';
import { createJournal } from './events/journal.ts';
import type { Limits } from './http/limits.ts';
import type { Server } from './http/typed-fastify.ts';
import { knowingTrending, type LiveTrending, startLiveTrending } from './live-trending.ts';
import {
  expectSameEnd,
  type OpenVersion,
  openVersion,
  readVersion,
  type ScoringThreads,
  type SharedParts,
} from './open-version.ts';
import type { OwnModules } from './own-parts/contract.ts';
import { openPresent } from './present.ts';
import { createProfileStore } from './profile-store.ts';
import { versionRoutes } from './routes/version-routes.ts';
import { kindOf } from './stage.ts';
import type { FaultSwitches } from './stage-faults.ts';
import { openStore } from './stores/open-store.ts';
import { sharedSums } from './stores/shared-sums.ts';
import { startUpkeep, upkeepRound } from './upkeep.ts';
import type { CanaryPlan } from './versions/canary-judge.ts';
import { readFirst, startingOrder } from './versions/first-version.ts';
import { startKeeper, type VersionEvent, type VersionKeeper } from './versions/keeper.ts';
import { createShadow, type Shadow } from './versions/shadow.ts';
import { sumsThrough } from './versions/sums-exchange.ts';
import { createSwitchboard } from './versions/switchboard.ts';
import { versionState } from './versions/version-state.ts';
import { warmUp } from './versions/warm-up.ts';
import { openServedLog } from './watching/served-log.ts';
import { type ServerWatch, startServerWatch } from './watching/server-watch.ts';
import type { WorkPlaces } from './work-places.ts';

export interface ServiceOptions {
  readonly clock?: Clock;
  /** A source of the user's own works beside ours, a ranker in place of ours. */
  readonly own?: OwnModules;
  /** What the admin routes ask for. Default: nobody has it. */
  readonly adminToken?: string | undefined;
  /** Addresses and networks of the proxies before it. Default: none. */
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Default: silent. */
  readonly logger?: FastifyBaseLogger;
  /** With them, whoever reaches the server may break its stages and mend them. */
  readonly faults?: FaultSwitches;
  /** A version published while this service runs is tried on some members first; else it answers everybody at once. */
  readonly canary?: CanaryPlan;
  /** Name of a published version that ranks a share of the requests after they were answered, to be compared. */
  readonly shadow?: string;
  /** Threads that score pages. Default: none, pages are scored on the thread that serves. */
  readonly scoring?: ScoringThreads;
  /** For so long a member's page is served again, while what is known of them stays the same. Default 0. */
  readonly pageFreshMs?: number;
  /** Share of the pages whose features are looked at for drift, and logged. Default: none. */
  readonly servedShare?: number;
  /** Hears what becomes of published versions. */
  readonly onVersion?: (event: VersionEvent) => void;
}

export interface Service {
  readonly app: Server;
  /** The version that it was opened with. */
  readonly opened: OpenVersion;
  readonly members: Members;
  readonly titleIds: readonly string[];
  readonly versions: VersionKeeper;
  /** To be called when the app is closed. */
  close(): Promise<void>;
}

/** Pages that warm the first version up: enough to compile, few enough to be ready soon. */
const WARM_UP_PAGES = 8;

/**
 * Opens what was published last, or, where that cannot be opened, what served before it; fills the store with what it
 * does not hold yet; and from then on follows what is published.
 * @throws MarqueeError (caller) naming the folder or file that is missing, altered, or does not fit the others
 */
export const openService = async (places: WorkPlaces, options: ServiceOptions = {}): Promise<Service> => {
  const {
    clock = systemClock,
    own = {},
    faults,
    adminToken,
    trustedProxies = [],
    limits = {},
    canary,
    onVersion,
  } = options;
  const { scoring, pageFreshMs, servedShare = 0, logger } = options;
  const candidates = startingOrder(places.models, canary !== undefined);
  const opening = openCatalogue(places.dataset);
  const { version, models, refused } = await readFirst(candidates, (candidate) =>
    readVersion(candidate, opening),
  );
  const catalogued = await opening;
  const { name, catalogue, members } = catalogued;
  const store = await openStore(places.store, name, clock);
  // A store over the network acknowledges what it may lose, and may be away: this machine writes down first.
  const local =
    places.store.kind === 'redis'
      ? await openStore({ kind: 'lmdb', folder: places.journal }, name, clock)
      : undefined;
  const closeStores = async (): Promise<void> => void (await Promise.all([store.close(), local?.close()]));
  let trending: LiveTrending | undefined;
  let watch: ServerWatch | undefined;
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
    const metrics = createMetrics();
    trending = startLiveTrending({
      ...{ store, clock: present },
      onFailure(error) {
        if (kindOf(error) === 'bug') metrics.bugFound('trending'); // else tried again in a second
      },
    });
    const keeping = {
      ...{ store, clock: present },
      apply: createApplyEvents({ store, profiles, trending, titleRows, vocabulary }),
    };
    if (journal === undefined) await fillProfiles();
    else await upkeepRound({ ...keeping, journal, fill: fillProfiles }).catch(toleratingAbsence);
    const shared: SharedParts = {
      ...{ ...catalogued, store, clock: present, own, ...switched },
      profiles: knowingTrending(profiles, trending),
      ...(scoring === undefined ? {} : { scoring }),
      ...(pageFreshMs === undefined ? {} : { pageFreshMs }),
    };
    const opened = await openVersion(version, models, shared);
    /** Whoever goes back to one of these finds its selections. */
    const kept = (): string[] =>
      servableVersions(places.models)
        .slice(0, 3)
        .map((each) => each.name);
    await (journal === undefined ? opened.fill(kept()) : opened.fill(kept()).catch(toleratingAbsence));
    let shadow: Shadow | undefined;
    const switchboard = createSwitchboard({
      ...{ first: opened, members },
      onPage: (ask) => shadow?.answered(ask),
    });
    const failed = (what: string) => (error: unknown) => {
      if (kindOf(error) === 'bug') metrics.bugFound(what);
      logger?.error({ err: error }, what);
    };
    const isMember = new Set(members.ids);
    const servedLog =
      servedShare === 0
        ? undefined
        : openServedLog({
            ...{ folder: places.served, titleIds: titles.ids, clock: present },
            onLogged: metrics.servedLogged,
            onFailure: failed('served log'),
          });
    watch = startServerWatch({
      ...{ clock: present, metrics, titleIds: titles.ids, servedShare },
      exchange: sharedSums(store, { prefix: 'watch', keepMs: 45_000 }), // three looks: a process that ended counts no longer
      isMember: (memberId) => isMember.has(memberId),
      versions: () => switchboard.versions.flatMap(({ watched }) => watched ?? []),
      versionState: () => versionState(keeper.state(), shadow?.state()),
      onEvidence: (seen) => servedLog?.offer(seen),
      onFailure: failed('watch'),
    });
    await warmUp(opened.pipeline, switchboard.recent.take(WARM_UP_PAGES));
    if (opened.pool !== undefined) {
      metrics.watchScoring(() => ({
        waiting: switchboard.serving.pool?.waiting ?? 0,
        work: switchboard.serving.pool?.work ?? 0,
      }));
    }
    const app = await buildApp({
      ...{
        router: switchboard,
        catalogue,
        members,
        profiles,
        store,
        clock: present,
        metrics,
        adminToken,
        trustedProxies,
        limits,
        trending,
        watch,
        adminRoutes: [
          versionRoutes({
            state: () => keeper.state(),
            shadow: () => shadow?.state(),
            rejected: () => rejections(places.models),
          }),
        ],
      },
      ...(journal === undefined ? {} : { journal }),
      ...(logger === undefined ? {} : { logger }),
      ...switched,
    });
    const upkeep =
      journal &&
      startUpkeep({
        ...{ ...keeping, journal },
        async fill() {
          await fillProfiles();
          for (const each of switchboard.versions) await each.fill(kept());
        },
        onFailure(error) {
          if (kindOf(error) !== 'dependency') failed('upkeep')(error); // else tried again in a moment
        },
      });
    const openAside = async (next: Version): Promise<OpenVersion> => {
      const nextModels = await readVersion(next, catalogued);
      expectSameEnd(next, nextModels, models);
      return await openVersion(next, nextModels, shared);
    };
    if (options.shadow !== undefined) {
      shadow = createShadow({
        shadow: await openAside(publishedVersion(places.models, options.shadow)),
        serving: () => switchboard.serving.pipeline,
        observer: metrics.shadow,
      });
    }
    const keeper = startKeeper({
      ...{ root: places.models, switchboard, refused, exchange: sumsThrough(store), clock },
      ...(canary === undefined ? {} : { canary }),
      async open(next) {
        const aside = await openAside(next);
        try {
          await aside.fill(kept());
          return aside;
        } catch (thrown) {
          await aside.close();
          throw thrown;
        }
      },
      onEvent(event) {
        metrics.versionEvent(event.what);
        metrics.modelServing(switchboard.current);
        app.log.warn(event, 'version');
        onVersion?.(event);
      },
      onFailure: failed('versions'),
    });
    return {
      app,
      opened,
      members,
      titleIds: titles.ids,
      versions: keeper,
      async close() {
        await keeper.close();
        await watch?.close();
        await servedLog?.close();
        await upkeep?.close();
        await trending?.close();
        await shadow?.close();
        await switchboard.close();
        await closeStores();
      },
    };
  } catch (thrown) {
    await watch?.close();
    await trending?.close();
    await closeStores();
    throw thrown;
  }
};

/** A server starts though its store is away: pages are degraded until the upkeep has filled it. */
const toleratingAbsence = (thrown: unknown): void => {
  if (kindOf(thrown) !== 'dependency') throw thrown;
};

/** @throws MarqueeError (caller) where no version of that name lies there */
const publishedVersion = (root: string, name: string): Version => {
  const version = findVersion(root, name);
  if (version !== undefined) return version;
  throw callerError('version-missing', `${root}: no version ${name} lies there, expected a published one`);
};
