import type { Suite } from './contract.ts';

const SUITES = {
  retrieval: () => import('./retrieval.ts'),
  ranking: () => import('./ranking.ts'),
  artwork: () => import('./artwork.ts'),
  serving: () => import('./serving.ts'),
  faults: () => import('./faults.ts'),
  scale: () => import('./scale.ts'),
  quality: () => import('./quality.ts'),
  training: () => import('./training.ts'),
  experiments: () => import('./experiments.ts'),
  bandits: () => import('./bandits.ts'),
  web: () => import('./web.ts'),
} satisfies Record<string, () => Promise<{ default: Suite }>>;

export type SuiteName = keyof typeof SUITES;

export const SUITE_NAMES = Object.keys(SUITES) as readonly SuiteName[];

/** The suite, loaded now: naming one must not cost what running it does. */
export const loadSuite = async (name: SuiteName): Promise<Suite> => (await SUITES[name]()).default;
