/** A whole server over the planted world of the contract suites, with parts that tests exchange for faulty ones. */
import { countPlays, createPopularity } from '../../src/candidate-gen/popularity.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { Catalogue, Dataset } from '../../src/domain/tables.ts';
import { createMetrics, type Metrics } from '../../src/monitoring/metrics.ts';
import { createPopularityOrder } from '../../src/ranking/baselines/popularity-order.ts';
import { createHomePage } from '../../src/ranking/page/home-page.ts';
import { type AppParts, buildApp } from '../../src/serving/app.ts';
import { type ArtworkStore, createArtworkStore } from '../../src/serving/artwork-store.ts';
import type { Server } from '../../src/serving/http/typed-fastify.ts';
import { createHomePipeline, type HomePipeline } from '../../src/serving/pipelines/home.ts';
import type { HomeParts } from '../../src/serving/pipelines/parts.ts';
import { noFeatures } from '../../src/serving/pipelines/stage-results.ts';
import { createProfileStore, type ProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { plantedFixture } from '../contracts/fixture.ts';
import { manualTimers } from './manual-timers.ts';

const fixture = plantedFixture();

/** When everything happens. */
export const NOW = fixture.at;

/** The planted world with two artworks for each title; title t's first is its most taken. */
export const dataset: Dataset & Required<Catalogue> = {
  ...fixture.dataset,
  artworks: {
    ids: fixture.dataset.titles.ids.flatMap((_, title) => [`art-${title}-a`, `art-${title}-b`]),
    title: Uint32Array.from({ length: 2 * fixture.dataset.titles.ids.length }, (_, i) => i >> 1),
    titleOffsets: Uint32Array.from({ length: fixture.dataset.titles.ids.length + 1 }, (_, i) => 2 * i),
    themeSize: 1,
    theme: new Float32Array(2 * fixture.dataset.titles.ids.length),
  },
};
export const mostTaken = Uint32Array.from(dataset.titles.ids, (_, title) => 2 * title);
export const profileOf = (member: number) => fixture.request(member).profile;

export interface Serving {
  readonly app: Server;
  readonly pipeline: HomePipeline;
  readonly store: Store;
  readonly profiles: ProfileStore;
  readonly artworks: ArtworkStore;
  readonly metrics: Metrics;
  /** Puts what is not in the store yet. */
  fill(): Promise<void>;
  /** Lets the clock go on. */
  pass(ms: number): void;
}

export interface ServingChanges {
  readonly store?: Store;
  readonly clock?: Clock;
  /** Leaves the store as it is until `fill` is called. */
  readonly fillLater?: boolean;
  readonly pipeline?: Partial<HomeParts>;
  readonly app?: Partial<AppParts>;
}

/** Profiles of every planted member are loaded; member-0 has title t's second artwork selected for even t. */
export const startServing = async (changes: ServingChanges = {}): Promise<Serving> => {
  let now = NOW;
  const clock: Clock = changes.clock ?? { now: () => now };
  const store = changes.store ?? createMemoryStore(clock);
  const { titles, members, vocabulary } = dataset;
  const profiles = createProfileStore({
    store,
    members,
    titleGenres: titles.genres,
    genreCount: vocabulary.genres.length,
  });
  const artworks = createArtworkStore({
    store,
    version: 'v1',
    mostTaken,
    titleOffsets: dataset.artworks.titleOffsets,
    exploring: new Float32Array(dataset.artworks.ids.length).fill(0.25),
  });
  const even = Uint32Array.from({ length: titles.ids.length / 2 }, (_, i) => 2 * i);
  const fill = async (): Promise<void> => {
    const records = members.ids.map((memberId, member) => ({ memberId, profile: profileOf(member) }));
    await profiles.load({ version: 'v1', profiles: records });
    await artworks.load({
      memberIds: [members.ids[0]],
      memberOffsets: Uint32Array.of(0, even.length),
      titles: even,
      choices: new Uint8Array(even.length).fill(1), // for the sake of learning, so with propensity 0.25
    });
  };
  if (changes.fillLater !== true) await fill();
  const counts = countPlays(dataset.plays, titles.ids.length, { before: NOW });
  const popularity = createPopularity({ titles, counts });
  const pipeline = createHomePipeline({
    catalogue: dataset,
    modelVersion: 'v1',
    profiles,
    sources: [{ generator: popularity }],
    popularity,
    features: { assemble: (_request, pool) => noFeatures(pool) },
    ranker: createPopularityOrder(counts),
    pageBuilder: createHomePage({ catalogue: dataset }),
    artworks,
    clock,
    rng: createRng(1),
    timers: manualTimers(), // no stage is late where the machine is slow
    ...changes.pipeline,
  });
  const metrics = createMetrics();
  const app = await buildApp({
    router: { current: pipeline.modelVersion, of: () => pipeline, arms: () => [], heard: () => undefined },
    catalogue: dataset,
    members,
    profiles,
    store,
    clock,
    metrics,
    limits: { eventLoopDelayMs: Number.POSITIVE_INFINITY }, // nothing is shed where the machine is slow
    ...changes.app,
  });
  return {
    app,
    pipeline,
    store,
    profiles,
    artworks,
    metrics,
    fill,
    pass: (ms) => {
      now += ms;
    },
  };
};
