import type { Scenario } from './contract.ts';

/** The product questions, by the name that a person types. */
const SCENARIOS = {
  'new-retrieval': async () => (await import('./product-tests.ts')).newRetrieval,
  'personal-artwork': async () => (await import('./product-tests.ts')).personalArtwork,
  trailers: async () => (await import('./trailers.ts')).trailers,
  'clicks-up-watch-down': async () => (await import('./product-tests.ts')).clicksUpWatchDown,
  'good-offline': async () => (await import('./product-tests.ts')).goodOffline,
  'twenty-experiments': async () => (await import('./twenty-experiments.ts')).twentyExperiments,
  'price-change': async () => (await import('./price-change.ts')).priceChange,
  'season-push': async () => (await import('./season-push.ts')).seasonPush,
  'regional-drop': async () => (await import('./regional-drop.ts')).regionalDrop,
} satisfies Record<string, () => Promise<Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

/** The scenario, loaded now: naming one must not cost what running it does. */
export const loadScenario = (name: ScenarioName): Promise<Scenario> => SCENARIOS[name]();
