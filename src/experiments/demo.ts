/** The whole path in one run: data, train, evaluate, publish, serve, load, and the table of how it went. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeDataset } from '../../datasets/arrow-tables.ts';
import { systemClock } from '../domain/clock.ts';
import type { StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { OwnModules } from '../serving/own-parts/contract.ts';
import { type WorkPlaces, workPlaces } from '../serving/work-places.ts';
import { useBackend } from '../tensor/backend.ts';
import { trainArtwork } from '../training/artwork.ts';
import { trainSources } from '../training/sources.ts';
import { examinationLookUp, trainRanking, trainRetrieval } from '../training/train.ts';
import { measureArtwork } from './artwork-stage.ts';
import { chooseArtworks } from './choose-artworks.ts';
import { measureOwnPolicy, measureOwnRanker, measureOwnSource } from './own-parts.ts';
import { measureExamination } from './position-bias-stage.ts';
import { publishModels, type Trained } from './publish.ts';
import { measureRanking } from './ranking-stage.ts';
import { measureRetrieval, testQueries, twoTowerOf } from './retrieval-stage.ts';
import { measureServing } from './serving-stage.ts';
import { measureData, openSubject, type Subject } from './subject.ts';

export interface DemoOptions {
  readonly seed: number;
  readonly small: boolean;
  /** A dataset's folder, in place of a simulated world. */
  readonly dataset?: string;
  /** Threads for large tensor operations; all cores where it is not given. */
  readonly threads?: number;
  readonly workDir: string;
  /** Gives what comes after `node` to run a command in a process of its own. */
  readonly commandLine: () => Promise<readonly string[]>;
  /** Parts of the user's own, to be measured beside ours. */
  readonly own?: OwnModules;
}

export interface DemoOutcome {
  readonly rows: readonly StageRow[];
  readonly backend: string;
  readonly version: string;
  readonly examples: { readonly twoTower: number; readonly ranker: number; readonly artwork: number };
}

interface Preparation {
  readonly subject: Subject;
  readonly places: WorkPlaces;
  readonly seed: number;
  readonly backend: string;
  readonly progress: Progress;
}

/** Writes the dataset and publishes models for it. `evaluate` is called with what was trained, before it is published. */
export const prepareService = async (
  { subject, places, seed, backend, progress }: Preparation,
  evaluate: (trained: Trained) => Promise<void> = async () => undefined,
): Promise<{ readonly trained: Trained; readonly version: string }> => {
  const writing = progress.step('write dataset');
  await writeDataset(places.dataset, subject.dataset, subject.source);
  writing.end(places.dataset);

  const training = { ...subject, progress };
  const retrieval = await trainRetrieval(training);
  const sources = await trainSources(training, retrieval);
  const ranking = await trainRanking(training, retrieval);
  const artwork = trainArtwork({
    ...training,
    known: ranking.known,
    taste: retrieval.taste,
    examination: examinationLookUp(retrieval.examination),
  });
  const trained: Trained = { retrieval, sources, ranking, ...(artwork === undefined ? {} : { artwork }) };
  await evaluate(trained);

  const source = twoTowerOf(subject, retrieval);
  const selections = await chooseArtworks({
    subject,
    artwork,
    known: ranking.known,
    source,
    dir: join(dirname(places.models), 'artwork-batch'),
    progress,
  });
  const version = newVersionName(places.models, seed);
  const publishing = progress.step('publish');
  await publishModels({ root: places.models, version, subject, trained, selections, backend, seed });
  publishing.end(`version ${version}`);
  return { trained, version };
};

/** Runs every stage once. What is published in `workDir` is served by `npm start` from then on. */
export const runDemo = async (options: DemoOptions, progress: Progress): Promise<DemoOutcome> => {
  const { seed, workDir, commandLine, own = {} } = options;
  const places = workPlaces(workDir);
  const { name: backend } = await useBackend(
    options.threads === undefined ? {} : { threads: options.threads },
  );
  const subject = await openSubject({ ...options, progress });
  const rows: StageRow[] = measureData(subject);
  const preparation = { subject, places, seed, backend, progress };
  const { trained, version } = await prepareService(preparation, async ({ retrieval, ranking, artwork }) => {
    const evaluating = progress.step('evaluate');
    const queries = testQueries(subject, retrieval);
    rows.push(
      ...(await measureRetrieval(subject, retrieval, queries)),
      ...(await measureRanking(subject, retrieval, ranking, queries)),
      ...measureExamination(subject, retrieval),
      ...(await measureOwnSource(own, subject, retrieval, queries)),
      ...(await measureOwnRanker(own, subject, retrieval, queries)),
    );
    evaluating.end(`${queries.length.toLocaleString('en')} members of the held-out part`);
    rows.push(
      ...(await measureArtwork(subject, artwork, ranking.known, progress)),
      ...(await measureOwnPolicy(own, subject, artwork, ranking.known)),
    );
  });
  const { small, rng } = subject;
  rows.push(...(await measureServing({ workDir, small, commandLine, rng, progress })));
  const { retrieval, ranking, artwork } = trained;
  return {
    rows,
    backend,
    version,
    examples: {
      twoTower: retrieval.examples,
      ranker: ranking.examples,
      artwork: artwork?.impressions ?? 0,
    },
  };
};

/** A name that tells when and from what seed; versions are never overwritten. */
const newVersionName = (root: string, seed: number): string => {
  const stamp = new Date(systemClock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const base = `${stamp}-seed${seed}`;
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}.${n}`;
    if (!existsSync(join(root, name))) return name;
  }
};
