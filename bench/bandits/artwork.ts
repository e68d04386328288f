import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPopularity } from '../../src/candidate-gen/popularity.ts';
import type { StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { measureHttp, measureLookUp, measurePrecompute } from '../../src/experiments/artwork-speed.ts';
import { measureArtworkTakes } from '../../src/experiments/artwork-stage.ts';
import { artworkBatch, chooseArtworks, mostTakenOf } from '../../src/experiments/choose-artworks.ts';
import { measureClickbait } from '../../src/experiments/clickbait.ts';
import { prepareService } from '../../src/experiments/demo.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import { openSubject, type Subject } from '../../src/experiments/subject.ts';
import { trainArtworkAlone } from '../../src/experiments/train-artwork-alone.ts';
import { createArtworkStore } from '../../src/serving/artwork-store.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { workPlaces } from '../../src/serving/work-places.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import type { TrainedArtwork } from '../../src/training/artwork.ts';
import type { Known } from '../../src/training/replay.ts';
import type { SuiteOptions } from '../contract.ts';

const STAGE = 'artwork';

/** What the artwork system is worth and how fast it is: takes, finishes, clickbait, precomputing, look-ups, HTTP. */
export const measureArtworkSystem = async (options: SuiteOptions): Promise<StageRow[]> => {
  const { progress, seed } = options;
  const subject = await openSubject(options);
  const { known, trained } = await trainArtworkAlone(subject, progress);
  const takes = measureArtworkTakes(subject, trained, known);
  if (trained === undefined) return takes;
  const popularity = popularityOf(subject, known);
  const batch = await artworkBatch({ subject, artwork: trained, known, source: popularity, progress });
  const speed = batch === undefined ? [] : [await measurePrecompute(batch)];
  const served = await measureServed({ subject, trained, known, progress });
  const http = await measureOverHttp(subject, options);
  const clickbait = measureClickbait(seed);
  return [
    ...takes,
    ...[...clickbait, ...speed].map((measurement) => ({ stage: STAGE, measurement })),
    ...served,
    ...http,
  ];
};

const popularityOf = ({ dataset: { titles } }: Subject, known: Known) =>
  createPopularity({ titles, counts: known.counts.plays });

/** Look-ups from a store of its own, filled with selections for the most popular titles. */
export const measureServed = async (options: {
  readonly subject: Subject;
  readonly trained: TrainedArtwork;
  readonly known: Known;
  readonly progress: Progress;
}): Promise<StageRow[]> => {
  const { subject, trained, known, progress } = options;
  const { dataset, rng } = subject;
  const { titles, members, artworks: images } = dataset;
  const source = popularityOf(subject, known);
  const folder = mkdtempSync(join(tmpdir(), 'marquee-bench-'));
  const store = openLmdbStore(join(folder, 'store'));
  try {
    const dir = join(folder, 'artwork-batch');
    const selections = await chooseArtworks({ subject, artwork: trained, known, source, dir, progress });
    if (selections === undefined || images === undefined) throw new RangeError('an artwork was learned');
    const artworks = createArtworkStore({
      store,
      version: 'bench',
      mostTaken: mostTakenOf(titles.ids.length, trained),
      titleOffsets: images.titleOffsets,
      exploring: trained.policy.exploring,
    });
    const { members: rows, ...chosen } = selections;
    await artworks.load({ ...chosen, memberIds: Array.from(rows, (row) => members.ids[row]) });
    const lookUp = await measureLookUp({
      artworks,
      memberIds: members.ids,
      titles: titles.ids.length,
      rng,
    });
    return [{ stage: STAGE, measurement: lookUp }];
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The artwork route of the whole service, published and started in a process of its own, as an operator does. */
const measureOverHttp = async (
  subject: Subject,
  { seed, threads, progress, commandLine }: SuiteOptions,
): Promise<StageRow[]> => {
  const { dataset, small, rng } = subject;
  const backend = await useBackend(threads === undefined ? {} : { threads });
  const workDir = mkdtempSync(join(tmpdir(), 'marquee-artwork-'));
  try {
    await prepareService({ subject, places: workPlaces(workDir), seed, backend: backend.name, progress });
    const server = await startServerProcess({ workDir, commandLine: await commandLine() });
    try {
      const [memberIds, titleIds] = [dataset.members.ids, dataset.titles.ids];
      const http = await measureHttp({ origin: server.url, memberIds, titleIds, small, rng });
      return http.map((measurement) => ({ stage: STAGE, measurement }));
    } finally {
      await server.close();
    }
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
};
