import { expectReplaceable } from '../src/artifacts/directory-swap.ts';
import type { Manifest } from '../src/artifacts/manifest.ts';
import { callerError } from '../src/domain/errors.ts';
import { type Progress, silentProgress } from '../src/domain/progress.ts';
import type { Dataset } from '../src/domain/tables.ts';
import { WORLD_VERSION, type WorldConfig, worldConfig } from '../src/simulator/config.ts';
import { simulateLogs } from '../src/simulator/history.ts';
import { createWorld, type World } from '../src/simulator/world.ts';
import { DATASET_KIND, writeDataset } from './arrow-tables.ts';
import type { DatasetSource } from './dataset-meta.ts';

export interface Simulation {
  readonly world: World;
  readonly dataset: Dataset;
  readonly source: DatasetSource;
}

/** A world and its logs, in memory. @throws MarqueeError (caller) naming the size that is out of range */
export const simulate = (changes: Partial<WorldConfig>, progress: Progress = silentProgress): Simulation => {
  const config = worldConfig(changes);
  const world = createWorld(config);
  const dataset = logsOf(world, progress);
  return { world, dataset, source: { kind: 'simulated', version: WORLD_VERSION, config: { ...config } } };
};

/** What a world's days leave behind. */
export const logsOf = (world: World, progress: Progress = silentProgress): Dataset => {
  const { config } = world;
  const step = progress.step('simulate', config.days);
  const { impressions, plays } = simulateLogs(world, (day, days) =>
    step.advance(day, `day ${day} of ${days}`),
  );
  step.end(
    `${impressions.time.length.toLocaleString('en')} impressions, ${plays.time.length.toLocaleString('en')} plays`,
  );
  return {
    ...world.catalogue,
    name: `world-${config.seed}-${config.titles}x${config.members}x${config.days}`,
    members: world.members,
    impressions,
    plays,
  };
};

/** Simulates a world and writes its tables to `out`, whole or not at all. */
export const simulateDataset = async (
  out: string,
  options: { readonly config?: Partial<WorldConfig>; readonly progress?: Progress } = {},
): Promise<Manifest> => {
  expectReplaceable(out, { replace: DATASET_KIND }); // before half a minute of work
  const { dataset, source } = simulate(options.config ?? {}, options.progress);
  return writeDataset(out, dataset, source);
};

/**
 * The world behind a dataset, made again from its config, or undefined where the dataset was not simulated.
 * @throws MarqueeError (caller) when it was simulated by another version of the world
 */
export const worldBehind = (name: string, source: DatasetSource): World | undefined => {
  if (source.kind !== 'simulated') return undefined;
  if (source['version'] !== WORLD_VERSION) {
    throw callerError(
      'world-version',
      `dataset ${name}: simulated by version ${String(source['version'])} of the world, expected ${WORLD_VERSION}: simulate it again`,
    );
  }
  return createWorld(worldConfig(source['config'] as Partial<WorldConfig>));
};
