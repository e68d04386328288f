import { createRng } from '../src/domain/rng.ts';
import { PUBLISHED_MODEL_NAMES } from '../src/experiments/published-models.ts';
import type { Suite } from './contract.ts';
import { measurePublished } from './quality/published.ts';

const quality: Suite = async ({ data, small, seed, threads, progress }) => {
  const rows = await measurePublished(data, {
    models: PUBLISHED_MODEL_NAMES,
    small,
    ...(threads === undefined ? {} : { threads }),
    rng: createRng(seed).fork('quality'),
    progress,
  });
  return { backend: 'kernels', rows };
};

export default quality;
