/** A world's members beside a published version, good and with planted faults, each of them as pages that are made once. */
import { openCatalogue } from '../../../datasets/arrow-tables.ts';
import { worldBehind } from '../../../datasets/simulate.ts';
import { currentVersion, type Version } from '../../artifacts/publish.ts';
import { callerError } from '../../domain/errors.ts';
import type { Progress } from '../../domain/progress.ts';
import type { Rng } from '../../domain/rng.ts';
import { shuffleInPlace } from '../../math/random.ts';
import type { PublishedModels } from '../../serving/model-version.ts';
import { openVersion, readVersion } from '../../serving/open-version.ts';
import { createProfileStore } from '../../serving/profile-store.ts';
import { createMemoryStore } from '../../serving/stores/memory.ts';
import { workPlaces } from '../../serving/work-places.ts';
import type { World } from '../../simulator/world.ts';
import { type PageReplies, repliesOf } from './page-replies.ts';
import { PLANTED_MODELS, type PlantedModels, plantModels } from './planted-models.ts';

export interface CanaryWorld {
  readonly world: World;
  /** Rows of those who ask for pages. */
  readonly asking: readonly number[];
  /** To the pages of the version as it was published, by place in `asking`. */
  readonly good: readonly PageReplies[];
  /** To the pages of the same version with each fault. */
  readonly planted: Readonly<Record<PlantedModels, readonly PageReplies[]>>;
  /** What such a version holds, to be published. */
  modelsOf(fault: PlantedModels): PublishedModels;
}

/** @throws MarqueeError (caller) where nothing was published, or the dataset is not of a world */
export const openCanaryWorld = async (options: {
  readonly workDir: string;
  /** How many members ask for pages, drawn from all. */
  readonly members: number;
  readonly rng: Rng;
  readonly progress: Progress;
}): Promise<CanaryWorld> => {
  const { workDir, rng, progress } = options;
  const places = workPlaces(workDir);
  const catalogued = await openCatalogue(places.dataset);
  const { name, catalogue, members, source } = catalogued;
  const world = worldBehind(name, source);
  const version = currentVersion(places.models);
  if (world === undefined || version === undefined) {
    throw callerError('no-world', `${workDir}: expected a published version of a simulated world`);
  }
  const models = await readVersion(version, catalogued);
  const at = models.meta.publishedAt;
  const clock = { now: () => at };
  const store = createMemoryStore(clock);
  const profiles = createProfileStore({
    store,
    members,
    titleGenres: catalogue.titles.genres,
    genreCount: catalogue.vocabulary.genres.length,
    examination: models.examination,
  });
  const profileOf = (member: number) => ({ memberId: members.ids[member], profile: models.profiles[member] });
  await profiles.load({ version: version.name, profiles: members.ids.map((_, member) => profileOf(member)) });
  const all = Uint32Array.from(members.ids, (_, member) => member);
  const asking = [...shuffleInPlace(all, () => rng.next()).subarray(0, options.members)];
  const repliesOfModels = async (named: Version, made: PublishedModels): Promise<PageReplies[]> => {
    const step = progress.step(`pages of ${named.name}`);
    const opened = await openVersion(named, made, { ...catalogued, store, profiles, clock, own: {} });
    await opened.fill([]);
    const replies = await repliesOf(opened.pipeline, world, asking, at);
    await opened.close();
    step.end(`${replies.length} members`);
    return replies;
  };
  const good = await repliesOfModels(version, models);
  const modelsOf = (fault: PlantedModels): PublishedModels =>
    plantModels(fault, models, world.catalogue.artworks.titleOffsets, rng.fork(fault));
  const planted: Partial<Record<PlantedModels, PageReplies[]>> = {};
  for (const fault of PLANTED_MODELS) {
    planted[fault] = await repliesOfModels({ name: fault, dir: version.dir }, modelsOf(fault));
  }
  return { world, asking, good, planted: planted as Record<PlantedModels, PageReplies[]>, modelsOf };
};
