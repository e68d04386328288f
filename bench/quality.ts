import { createRng } from '../src/domain/rng.ts';
import { PUBLISHED_MODEL_NAMES } from '../src/experiments/published-models.ts';
import type { Suite } from './contract.ts';
import { measurePublished } from './quality/published.ts';
import { measureRatings } from './quality/ratings.ts';
import { measureWorld } from './quality/world.ts';

/** Quality: the world beside its truth, then public splits beside what papers printed. */
const quality: Suite = async (options) => {
  const { data, dataset, small, seed, threads, progress } = options;
  const { backend, rows } = await measureWorld(options);
  const published = await measurePublished(data, {
    models: PUBLISHED_MODEL_NAMES,
    small,
    ...(threads === undefined ? {} : { threads }),
    rng: createRng(seed).fork('quality'),
    progress,
  });
  const ratings = await measureRatings(data, {
    seed,
    small,
    ...(threads === undefined ? {} : { threads }),
    progress,
  });
  const isWhole = !small && dataset === undefined;
  return {
    backend,
    rows: [...rows, ...ratings, ...published],
    ...(isWhole ? { report: 'docs/results.md' } : {}),
  };
};

export default quality;
