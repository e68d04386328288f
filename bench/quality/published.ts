import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findPublishedSplits, readPublishedSplit } from '../../datasets/published.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { measureModels } from '../../src/experiments/evaluate-published.ts';
import type { PublishedModelName } from '../../src/experiments/published-models.ts';
import { splitWord } from '../../src/experiments/published-rows.ts';
import { type PublishedResults, publishedResults } from './published-results.ts';

export interface PublishedMeasuring {
  readonly models: readonly PublishedModelName[];
  /** Leaves splits of more than 200,000 training pairs out. */
  readonly small: boolean;
  readonly threads?: number;
  readonly rng: Rng;
  readonly progress: Progress;
}

const SMALL_PAIRS = 200_000;

/**
 * The rows of every published split that the folder or a folder in it holds: measurements named
 * `split.model.metric@k`, what papers printed beside them, held to budgets where the split's files are known.
 * What cannot be measured says why in a row of its own.
 */
export const measurePublished = async (
  dir: string | undefined,
  { models, small, threads, rng, progress }: PublishedMeasuring,
): Promise<StageRow[]> => {
  if (dir === undefined || statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const got = dir === undefined ? 'no folder of data was found' : `${dir}: no such folder`;
    return [{ stage: 'published splits', absent: `${got}; --data names a folder of them` }];
  }
  const rows: StageRow[] = [];
  for (const folder of [dir, ...subFolders(dir)]) {
    try {
      for (const files of findPublishedSplits(folder)) {
        const split = readPublishedSplit(files);
        const word = splitWord(split);
        const pairs = split.train.items.length;
        if (small && pairs > SMALL_PAIRS) {
          const absent = `${pairs.toLocaleString('en')} training pairs, and --small stops at ${SMALL_PAIRS.toLocaleString('en')}`;
          rows.push({ stage: word, absent });
          continue;
        }
        const options = { ...(threads === undefined ? {} : { threads }), rng: rng.fork(word), progress };
        const measured = await measureModels(split, models, options);
        const results = publishedResults(split.fingerprint);
        for (const row of measured) {
          const stage = 'absent' in row ? `${word} ${row.stage}` : word;
          rows.push({ ...besidePublished(row, word, results), stage });
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof MarqueeError) || thrown.kind === 'bug') throw thrown;
      rows.push({ stage: folder, absent: thrown.message });
    }
  }
  return rows.length > 0 ? rows : [{ stage: 'published splits', absent: `${dir}: holds none` }];
};

const subFolders = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(dir, name))
    .sort();

/** The row with the printed figures of its measure as baselines, held to its budget where it has one. */
export const besidePublished = (
  row: StageRow,
  word: string,
  results: PublishedResults | undefined,
): StageRow => {
  if ('absent' in row || results === undefined) return row;
  const { measurement } = row;
  const measure = measurement.name.slice(word.length + 1); // model.metric@k
  const printed = Object.entries(results.printed[measure.slice(measure.indexOf('.') + 1)] ?? {});
  const budget = results.budgets[measure];
  const beside: Measurement =
    printed.length === 0
      ? measurement
      : {
          ...measurement,
          baselines: [
            ...(measurement.baselines ?? []),
            ...printed.map(([name, value]) => ({ name: `published ${name}`, value })),
          ],
        };
  return { ...row, measurement: budget === undefined ? beside : heldTo(beside, ...budget) };
};
