import type { Progress } from '../domain/progress.ts';
import { type TrainedArtwork, trainArtwork } from '../training/artwork.ts';
import { type Known, replay } from '../training/replay.ts';
import { trainTaste } from '../training/taste.ts';
import { collectTasteExamples } from '../training/taste-examples.ts';
import { examinationLookUp, learnExamination } from '../training/train.ts';
import type { Subject } from './subject.ts';

export interface ArtworkAlone {
  readonly known: Known;
  readonly trained: TrainedArtwork | undefined;
}

/** The artwork model without the towers and the ranker, as the demo would train it. */
export const trainArtworkAlone = async (subject: Subject, progress: Progress): Promise<ArtworkAlone> => {
  const { dataset, until, rng } = subject;
  const examination = examinationLookUp(learnExamination(dataset, until));
  const shown = collectTasteExamples({ dataset, examination, rng: rng.fork('taste-examples') });
  const known = replay(dataset, until, examination, shown.visitor);
  const { model: taste } = await trainTaste({
    dataset,
    examples: shown.examples,
    rng: rng.fork('taste'),
    progress,
  });
  return { known, trained: trainArtwork({ dataset, until, rng, progress, known, taste, examination }) };
};
