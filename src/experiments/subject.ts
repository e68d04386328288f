import { openDataset } from '../../datasets/arrow-tables.ts';
import type { DatasetSource } from '../../datasets/dataset-meta.ts';
import { simulate, worldBehind } from '../../datasets/simulate.ts';
import { type TemporalSplit, temporalSplit } from '../../datasets/split.ts';
import { type Clock, type EpochMs, fixedClock } from '../domain/clock.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import { createRng, type Rng } from '../domain/rng.ts';
import type { Dataset } from '../domain/tables.ts';
import type { WorldConfig } from '../simulator/config.ts';
import type { World } from '../simulator/world.ts';

/** What is measured: data, the moment that parts past from held-out future, and the truth where there is one. */
export interface Subject {
  readonly dataset: Dataset;
  readonly source: DatasetSource;
  readonly world?: World;
  readonly split: TemporalSplit;
  /** Models learn from what is before this moment; it is also the clock of what is measured offline. */
  readonly until: EpochMs;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly small: boolean;
  /** How long the simulation took, where the world was made for the occasion. */
  readonly simulatedMs?: number;
}

export interface SubjectOptions {
  readonly seed: number;
  readonly small: boolean;
  /** A dataset's folder, in place of a world made for the occasion. */
  readonly dataset?: string;
  readonly progress: Progress;
}

/** A million impressions in 30 s. */
const LEAST_PER_SECOND = 1_000_000 / 30;

/** A world of a few seconds. */
const SMALL_WORLD: Partial<WorldConfig> = { titles: 2_000, members: 2_000, days: 30, visitsPerDay: 0.3 };

/** @throws MarqueeError (caller) when the folder is no dataset, or holds too few plays to split */
export const openSubject = async (options: SubjectOptions): Promise<Subject> => {
  const { seed, small, progress } = options;
  const startedAt = performance.now();
  const { dataset, source, world } =
    options.dataset === undefined
      ? simulate({ ...(small ? SMALL_WORLD : {}), seed }, progress)
      : await openWithWorld(options.dataset, progress);
  const simulatedMs = performance.now() - startedAt;
  const split = temporalSplit(dataset);
  return {
    dataset,
    source,
    ...(world === undefined ? {} : { world }),
    split,
    until: split.testStart,
    rng: createRng(seed).fork('measure'),
    clock: fixedClock(split.testStart),
    small,
    ...(options.dataset === undefined ? { simulatedMs } : {}),
  };
};

/** How fast the world was simulated; nothing where the data came from a folder. */
export const measureData = ({ dataset, simulatedMs }: Subject): StageRow[] => {
  const n = dataset.impressions?.time.length ?? 0;
  if (simulatedMs === undefined || n === 0) return [];
  const measurement: Measurement = {
    name: 'world.impressions-per-second',
    value: (1_000 * n) / simulatedMs,
    unit: '1/s',
    n,
    definition: 'impressions per second of simulating the catalogue, the members and their logs, on one core',
  };
  return [{ stage: 'data', measurement: heldTo(measurement, LEAST_PER_SECOND, 'at-least') }];
};

const openWithWorld = async (dir: string, progress: Progress) => {
  const step = progress.step('open dataset');
  const { dataset, source } = await openDataset(dir);
  const world = worldBehind(dataset.name, source);
  step.end(`${dataset.name}: ${dataset.plays.time.length.toLocaleString('en')} plays`);
  return { dataset, source, world };
};
