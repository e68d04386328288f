import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPopularity } from '../src/candidate-gen/popularity.ts';
import type { Measurement } from '../src/domain/measurement.ts';
import type { Progress } from '../src/domain/progress.ts';
import { artworkPolicy, measureArtwork } from '../src/experiments/artwork-stage.ts';
import { chooseArtworks, measureLookUp, mostTakenOf } from '../src/experiments/choose-artworks.ts';
import { openSubject, type Subject } from '../src/experiments/subject.ts';
import { createArtworkStore } from '../src/serving/artwork-store.ts';
import { openLmdbStore } from '../src/serving/stores/lmdb.ts';
import { type Known, replay } from '../src/training/replay.ts';
import {
  examinationLookUp,
  learnExamination,
  type TrainedArtwork,
  trainArtwork,
} from '../src/training/train.ts';
import type { Suite } from './contract.ts';

const artwork: Suite = async (options) => {
  const { progress } = options;
  const subject = await openSubject(options);
  const { dataset, until } = subject;
  const examination = learnExamination(dataset, until);
  const known = replay(dataset, until, examinationLookUp(examination));
  const themeSize = dataset.artworks?.themeSize;
  const trained =
    themeSize === undefined
      ? undefined
      : trainArtwork({ ...subject, progress }, examination, artworkPolicy(themeSize));
  const rows = await measureArtwork(subject, trained, known, progress);
  if (trained === undefined) return { backend: 'none', rows };
  const measurement = await lookUpsFromStore(subject, trained, known, progress);
  return { backend: 'none', rows: [...rows, { stage: 'artwork', measurement }] };
};

/** Look-ups from a store of its own, filled with selections for the most popular titles. */
const lookUpsFromStore = async (
  subject: Subject,
  trained: TrainedArtwork,
  known: Known,
  progress: Progress,
): Promise<Measurement> => {
  const { dataset, small, rng } = subject;
  const { titles, members } = dataset;
  const source = createPopularity({ titles, counts: known.counts.plays });
  const selections = await chooseArtworks({ subject, artwork: trained, known, source, progress });
  if (selections === undefined) throw new RangeError('a trained artwork policy chooses among artworks');
  const folder = mkdtempSync(join(tmpdir(), 'marquee-bench-'));
  const store = openLmdbStore(folder);
  try {
    const artworks = createArtworkStore({
      store,
      version: 'bench',
      mostTaken: mostTakenOf(titles.ids.length, trained),
    });
    const { members: rows, ...chosen } = selections;
    await artworks.load({ ...chosen, memberIds: Array.from(rows, (row) => members.ids[row]) });
    return await measureLookUp({ artworks, memberIds: members.ids, titles: titles.ids.length, small, rng });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

export default artwork;
