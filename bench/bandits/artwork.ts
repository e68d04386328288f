import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPopularity } from '../../src/candidate-gen/popularity.ts';
import { fixedClock } from '../../src/domain/clock.ts';
import type { StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { measureHttp, measureLookUp, measurePrecompute } from '../../src/experiments/artwork-speed.ts';
import { measureArtworkTakes } from '../../src/experiments/artwork-stage.ts';
import { artworkBatch, chooseArtworks, mostTakenOf } from '../../src/experiments/choose-artworks.ts';
import { measureClickbait } from '../../src/experiments/clickbait.ts';
import { openSubject, type Subject } from '../../src/experiments/subject.ts';
import { trainArtworkAlone } from '../../src/experiments/train-artwork-alone.ts';
import { createPopularityOrder } from '../../src/ranking/baselines/popularity-order.ts';
import { createSingleRow } from '../../src/ranking/page/single-row.ts';
import { buildApp } from '../../src/serving/app.ts';
import { type ArtworkStore, createArtworkStore } from '../../src/serving/artwork-store.ts';
import { createHomePipeline } from '../../src/serving/pipelines/home.ts';
import { noFeatures } from '../../src/serving/pipelines/stage-results.ts';
import { createProfileStore } from '../../src/serving/profile-store.ts';
import { startServer } from '../../src/serving/server.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
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
  const served = await measureServed({ subject, trained, known, progress, overHttp: true });
  const clickbait = measureClickbait(seed);
  return [
    ...takes,
    ...[...clickbait, ...speed].map((measurement) => ({ stage: STAGE, measurement })),
    ...served,
  ];
};

const popularityOf = ({ dataset: { titles } }: Subject, known: Known) =>
  createPopularity({ titles, counts: known.counts.plays });

/** Look-ups from a store of its own, filled with selections for the most popular titles; and the same over HTTP. */
export const measureServed = async (options: {
  readonly subject: Subject;
  readonly trained: TrainedArtwork;
  readonly known: Known;
  readonly progress: Progress;
  readonly overHttp: boolean;
}): Promise<StageRow[]> => {
  const { subject, trained, known, progress, overHttp } = options;
  const { dataset, small, rng } = subject;
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
      small,
      rng,
    });
    const http = overHttp ? await measureOverHttp(subject, known, store, artworks) : [];
    return [lookUp, ...http].map((measurement) => ({ stage: STAGE, measurement }));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A service whose pages are by popularity alone, for its artwork route is what is asked. */
const measureOverHttp = async (subject: Subject, known: Known, store: Store, artworks: ArtworkStore) => {
  const { dataset, until, small, rng } = subject;
  const { titles, members, vocabulary } = dataset;
  const clock = fixedClock(until);
  const popularity = popularityOf(subject, known);
  const profiles = createProfileStore({
    store,
    members,
    titleGenres: titles.genres,
    genreCount: vocabulary.genres.length,
  });
  const pipeline = createHomePipeline({
    catalogue: dataset,
    modelVersion: 'bench',
    profiles,
    sources: [{ generator: popularity }],
    popularity,
    features: { assemble: (_request, pool) => noFeatures(pool) },
    ranker: createPopularityOrder(known.counts.plays),
    pageBuilder: createSingleRow(),
    artworks,
    clock,
    rng: rng.fork('serving'),
  });
  const app = await buildApp({ pipeline, catalogue: dataset, profiles, store, clock });
  const server = await startServer(app, { host: '127.0.0.1', port: 0, signals: [] });
  try {
    return await measureHttp({
      origin: server.url,
      memberIds: members.ids,
      titleIds: titles.ids,
      small,
      rng,
    });
  } finally {
    await server.close();
  }
};
