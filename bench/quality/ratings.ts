/** The two towers on the public ratings that a folder of data holds, each in a folder of its own. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importMovielens } from '../../datasets/movielens.ts';
import { LAYOUTS } from '../../datasets/movielens-layouts.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import type { StageRow } from '../../src/domain/measurement.ts';
import { testQueries, twoTowerOf } from '../../src/experiments/retrieval-stage.ts';
import { openSubject } from '../../src/experiments/subject.ts';
import { measureTemporal, temporalBaselines, temporalWord } from '../../src/experiments/temporal-stage.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import { trainRetrieval } from '../../src/training/train.ts';
import type { SuiteOptions } from '../contract.ts';

export type RatingsMeasuring = Pick<SuiteOptions, 'seed' | 'small' | 'threads' | 'progress'>;

/** `small` leaves larger files of ratings out: those of some 300,000 ratings still fit. */
const SMALL_BYTES = 8_000_000;

/**
 * The rows of every MovieLens archive that the folder or a folder in it holds, told by its files. What cannot be
 * measured says why in a row of its own; a folder without archives gives no rows.
 */
export const measureRatings = async (
  dir: string | undefined,
  options: RatingsMeasuring,
): Promise<StageRow[]> => {
  if (dir === undefined || statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const rows: StageRow[] = [];
  for (const { folder, ratings } of archivesIn(dir)) {
    try {
      const bytes = statSync(ratings).size;
      if (options.small && bytes > SMALL_BYTES) {
        const absent = `${megabytes(bytes)} of ratings, and --small stops at ${megabytes(SMALL_BYTES)}`;
        rows.push({ stage: folder, absent });
      } else rows.push(...(await measureArchive(folder, options)));
    } catch (thrown) {
      if (!(thrown instanceof MarqueeError) || thrown.kind === 'bug') throw thrown;
      rows.push({ stage: folder, absent: thrown.message });
    }
  }
  return rows;
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** Folders with all the files of a layout, and where their ratings are. */
const archivesIn = (dir: string): { readonly folder: string; readonly ratings: string }[] => {
  const below = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [dir, ...below.map(({ name }) => join(dir, name)).sort()].flatMap((folder) => {
    const present = readdirSync(folder);
    const layout = LAYOUTS.find(({ files }) => files.every((file) => present.includes(file)));
    return layout === undefined ? [] : [{ folder, ratings: join(folder, layout.ratingsFile) }];
  });
};

const measureArchive = async (
  folder: string,
  { seed, small, threads, progress }: RatingsMeasuring,
): Promise<StageRow[]> => {
  const place = mkdtempSync(join(tmpdir(), 'marquee-ratings-'));
  try {
    await importMovielens(folder, join(place, 'dataset'));
    await useBackend(threads === undefined ? {} : { threads });
    const subject = await openSubject({ seed, small, dataset: join(place, 'dataset'), progress });
    const trained = await trainRetrieval({ ...subject, progress });
    return await measureTemporal(subject, twoTowerOf(subject, trained), {
      word: temporalWord(subject.dataset.name),
      baselines: temporalBaselines(subject, progress),
      queries: testQueries(subject, trained),
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
};
