import { measureArtwork } from '../src/experiments/artwork-stage.ts';
import { measureOwnPolicy } from '../src/experiments/own-parts.ts';
import { openSubject } from '../src/experiments/subject.ts';
import { trainArtworkAlone } from '../src/experiments/train-artwork-alone.ts';
import { measureServed } from './bandits/artwork.ts';
import type { Suite } from './contract.ts';

const artwork: Suite = async (options) => {
  const { progress } = options;
  const subject = await openSubject(options);
  const { known, trained } = await trainArtworkAlone(subject, progress);
  const rows = [
    ...(await measureArtwork(subject, trained, known, progress)),
    ...(await measureOwnPolicy(options.own ?? {}, subject, trained, known)),
  ];
  if (trained === undefined) return { backend: 'none', rows };
  const served = await measureServed({ subject, trained, known, progress });
  return { backend: 'none', rows: [...rows, ...served] };
};

export default artwork;
