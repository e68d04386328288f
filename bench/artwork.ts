import { artworkPolicy, measureArtwork } from '../src/experiments/artwork-stage.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { replay } from '../src/training/replay.ts';
import { examinationLookUp, learnExamination, trainArtwork } from '../src/training/train.ts';
import type { Suite } from './contract.ts';

const artwork: Suite = async (options) => {
  const subject = await openSubject(options);
  const { dataset, until } = subject;
  const examination = learnExamination(dataset, until);
  const known = replay(dataset, until, examinationLookUp(examination));
  const themeSize = dataset.artworks?.themeSize;
  const trained =
    themeSize === undefined
      ? undefined
      : trainArtwork({ ...subject, progress: options.progress }, examination, artworkPolicy(themeSize));
  return { backend: 'none', rows: await measureArtwork(subject, trained, known, options.progress) };
};

export default artwork;
