import type { Progress } from '../domain/progress.ts';
import type { Rng } from '../domain/rng.ts';
import type { EvaluationSplit, UserScorer } from '../evaluation/contract.ts';

/** What a file of two-tower settings holds, and its name for errors. */
export interface TowerSettingsFile {
  readonly file: string;
  readonly settings: unknown;
}

/** The training part and how it will be tested: all that a model may see. */
export interface PublishedFit extends Pick<EvaluationSplit, 'kind' | 'train'> {
  readonly rng: Rng;
  readonly progress: Progress;
  /** Of the two towers, as a file holds them; default: chosen on a validation part of `train`. */
  readonly towerSettings?: TowerSettingsFile;
}

type FitPublished = (fit: PublishedFit) => Promise<UserScorer>;

/** The models that learn from a published split. Each is loaded as it is fitted: to name them must cost nothing. */
const MODELS = {
  random: async ({ train, rng }) => (await import('./random-scorer.ts')).randomScorer(train, rng),
  popularity: async ({ train }) =>
    (await import('../candidate-gen/baselines/popularity.ts')).fitPopularity(train),
  'item-knn': async ({ train, progress }) =>
    (await import('../candidate-gen/baselines/item-knn.ts')).fitItemKnn(train, {}, { progress }),
  als: async ({ train, rng, progress }) =>
    (await import('../candidate-gen/baselines/als.ts')).fitAls(train, {}, { rng, progress }),
  ease: async ({ train, progress }) =>
    (await import('../candidate-gen/baselines/ease.ts')).fitEase(train, {}, { progress }),
  bpr: async ({ train, rng, progress }) =>
    (await import('../candidate-gen/baselines/bpr.ts')).fitBpr(train, {}, { rng, progress }),
  'two-tower': async (fit) => (await import('../training/id-towers/fit.ts')).fitIdTowers(fit),
} satisfies Record<string, FitPublished>;

export type PublishedModelName = keyof typeof MODELS;

export const PUBLISHED_MODEL_NAMES = Object.keys(MODELS) as readonly PublishedModelName[];

/** What every model is printed beside. */
export const FLOOR_MODELS = ['random', 'popularity'] as const satisfies readonly PublishedModelName[];

export const fitPublished = (name: PublishedModelName, fit: PublishedFit): Promise<UserScorer> => {
  const model: FitPublished = MODELS[name];
  return model({ ...fit, rng: fit.rng.fork(name) });
};
