/** The parts that are installed beside those that serve, made from one version's models: to be compared, never to serve. */
import { chancesOfBest } from '../bandits/best-of-betas.ts';
import { drawDecision, mixFloor, spreadOverBest } from '../bandits/decision.ts';
import { createPopularity } from '../candidate-gen/popularity.ts';
import { createRandom } from '../candidate-gen/random.ts';
import type { Rng } from '../domain/rng.ts';
import type { Catalogue } from '../domain/tables.ts';
import { createPopularityOrder } from '../ranking/baselines/popularity-order.ts';
import { createRandomOrder } from '../ranking/baselines/random-order.ts';
import { createRetrievalOrder } from '../ranking/baselines/retrieval-order.ts';
import type { Ranker } from '../ranking/contract.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { OBJECTIVE_WEIGHTS } from '../ranking/objectives.ts';
import { createHomePage, type HomePageParts } from '../ranking/page/home-page.ts';
import { placeCurve } from '../ranking/page/place-curve.ts';
import { createSingleRow } from '../ranking/page/single-row.ts';
import { RERANKERS } from '../ranking/reranking/rerank.ts';
import type { PublishedModels } from './model-version.ts';
import type { ArtworkLookup, ArtworkRecord, Source, Workshop } from './pipelines/parts.ts';

export interface WorkshopParts {
  readonly catalogue: Catalogue;
  readonly models: PublishedModels;
  /** Those that serve, to be had alone too. */
  readonly sources: readonly Source[];
  /** What the page that serves is made of. */
  readonly page: HomePageParts;
  readonly artworks: ArtworkLookup;
  readonly rng: Rng;
}

export const createWorkshop = (parts: WorkshopParts): Workshop => {
  const { catalogue, models, sources, page, artworks, rng } = parts;
  const { counts, twoTower, artwork, ranker, examination } = models;
  const { titles } = catalogue;
  const generators = [
    ...sources.map(({ generator }) => generator),
    createPopularity({ titles, counts: counts.plays }),
    createRandom(titles),
  ];
  const clicksAlone = { ...OBJECTIVE_WEIGHTS, click: 1, finish: 0 };
  const rankers: Ranker[] = [
    createMultiTaskRanker(ranker),
    { ...createMultiTaskRanker(ranker, clicksAlone), name: 'clicks-alone' },
    createRetrievalOrder(),
    createPopularityOrder(counts.plays),
    createRandomOrder(),
  ];
  const pageBuilders = [
    ...RERANKERS.map((by) => ({
      ...createHomePage({ ...page, config: { ...page.config, reranking: { by } } }),
      name: `home-page-${by}`,
    })),
    createSingleRow(),
  ];
  const record = artwork && {
    takes: artwork.takes,
    exposures: artwork.exposures,
    exploring: artwork.exploring,
  };
  const named = <P extends { readonly name: string }>(all: readonly P[]): Map<string, P> =>
    new Map(all.map((part) => [part.name, part]));
  return {
    generators: new Map(generators.map((generator) => [generator.name, [{ generator }]])),
    rankers: named(rankers),
    pageBuilders: named(pageBuilders),
    policies: record === undefined ? new Map() : artworkPolicies(catalogue, record, artworks, rng),
    vectors: { vectors: twoTower.itemVectors, size: twoTower.dimension },
    examination: placeCurve(examination),
    ...(record === undefined ? {} : { artworks: record }),
  };
};

/** Share of uniform choices of `epsilon-greedy`. */
const EPSILON = 0.1;

/** Policies that know an artwork by its takes alone, the same for all members: what personal choice is to be held against. */
const artworkPolicies = (
  catalogue: Catalogue,
  { takes, exposures }: ArtworkRecord,
  artworks: ArtworkLookup,
  rng: Rng,
): Map<string, ArtworkLookup> => {
  const { titleOffsets } = catalogue.artworks ?? { titleOffsets: new Uint32Array(1) };
  const { defaults } = artworks;
  type Chances = (rows: readonly number[]) => Float64Array;
  const rates: Chances = (rows) => Float64Array.from(rows, (a) => (takes[a] + 1) / (exposures[a] + 2));
  const choosingBy = (chancesOf: Chances): ArtworkLookup => ({
    defaults,
    async forTitles(memberId, titles) {
      const choice = defaults(titles);
      titles.forEach((title, i) => {
        const [first, end] = [titleOffsets[title], titleOffsets[title + 1]];
        if (first === end) return;
        const rows = Array.from({ length: end - first }, (_, at) => first + at);
        const { action, propensity } = drawDecision(chancesOf(rows), rng.fork(`${memberId}/${title}`));
        choice.artworks[i] = rows[action];
        choice.propensities[i] = propensity;
        choice.selected[i] = 1;
      });
      return choice;
    },
  });
  const betas: Chances = (rows) =>
    chancesOfBest(rows.map((a) => ({ alpha: 1 + takes[a], beta: 1 + Math.max(0, exposures[a] - takes[a]) })));
  return new Map<string, ArtworkLookup>([
    ['most-taken', { defaults, forTitles: async (_member, titles) => defaults(titles) }],
    ['epsilon-greedy', choosingBy((rows) => mixFloor(spreadOverBest(rates(rows), rows.length), EPSILON))],
    ['beta-ts', choosingBy(betas)],
    ['uniform', choosingBy((rows) => new Float64Array(rows.length).fill(1 / rows.length))],
  ]);
};
