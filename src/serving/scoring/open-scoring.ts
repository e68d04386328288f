/** What scores pages with a version's models, put together by hand: on the thread that serves, or on others. */
import { homeSources } from '../../candidate-gen/home-sources.ts';
import { createIndex, type IndexChoice } from '../../candidate-gen/indexes/choose.ts';
import { createPopularity } from '../../candidate-gen/popularity.ts';
import type { RecRequest } from '../../domain/request.ts';
import { createRng, type Rng } from '../../domain/rng.ts';
import type { Catalogue } from '../../domain/tables.ts';
import { createMultiTaskRanker } from '../../ranking/multi-task.ts';
import { createHomePage, type HomePageParts } from '../../ranking/page/home-page.ts';
import { assembleFeatures } from '../assemble-features.ts';
import type { PublishedModels } from '../model-version.ts';
import type { OwnModules } from '../own-parts/contract.ts';
import { openOwnParts } from '../own-parts/open.ts';
import type { ScorerParts } from '../pipelines/scoring.ts';

/** What of a version scores: plain data, which can be handed to another thread. */
export type ScoringModels = Pick<
  PublishedModels,
  | 'meta'
  | 'twoTower'
  | 'sources'
  | 'taste'
  | 'ranker'
  | 'examination'
  | 'counts'
  | 'trending'
  | 'topInCountry'
  | 'rowPriors'
>;

export interface OpenScoring {
  readonly parts: ScorerParts;
  /** What the page builder was made from. */
  readonly page: HomePageParts;
  readonly index: IndexChoice;
}

export interface ScoringInputs {
  readonly catalogue: Catalogue;
  readonly models: ScoringModels;
  readonly own: OwnModules;
  /** On which the user's own parts are tried first. */
  readonly tried: () => Promise<readonly RecRequest[]>;
}

/** @throws MarqueeError (caller) where a part of the user's own breaks its contract */
export const openScoring = async ({ catalogue, models, own, tried }: ScoringInputs): Promise<OpenScoring> => {
  const { titles, vocabulary } = catalogue;
  const { twoTower, taste, counts, trending, topInCountry, rowPriors, examination, meta } = models;
  const chosen = createIndex(twoTower.itemVectors, twoTower.dimension, { rng: createRng(meta.seed) });
  // Named one by one, for to copy the models would parse those that are parsed when somebody asks for them.
  const given = { catalogue, twoTower, counts, trending, sources: models.sources };
  const ownParts = await openOwnParts(own, given, tried);
  const featureSources = { twoTower, taste, counts, titles, vocabulary };
  const page: HomePageParts = {
    catalogue,
    trending,
    vectors: { vectors: twoTower.itemVectors, size: twoTower.dimension },
    examination,
    ...(topInCountry === undefined ? {} : { topInCountry }),
    ...(rowPriors === undefined ? {} : { firstSessions: rowPriors }),
  };
  return {
    parts: {
      titleCount: titles.ids.length,
      sources: [
        ...homeSources({
          ...models.sources,
          model: twoTower,
          index: chosen.index,
          trending,
          titles,
          vocabulary,
        }),
        ...ownParts.sources,
      ],
      popularity: createPopularity({ titles, counts: counts.plays }),
      features: { assemble: (request, pool) => assembleFeatures(featureSources, request, pool) },
      ranker: ownParts.ranker ?? createMultiTaskRanker(models.ranker),
      pageBuilder: createHomePage(page),
    },
    page,
    index: { kind: chosen.kind, reason: chosen.reason },
  };
};

/** What a version's requests draw from, each by its id: the same on every thread. */
export const servingRng = ({ meta }: Pick<ScoringModels, 'meta'>): Rng =>
  createRng(meta.seed).fork('serving');

/** The parts alone: a version's models may hold much that no thread needs. */
export const scoringModels = (models: ScoringModels): ScoringModels => {
  const { meta, twoTower, sources, taste, ranker, examination, counts, trending } = models;
  const { topInCountry, rowPriors } = models;
  return {
    ...{ meta, twoTower, sources, taste, ranker, examination, counts, trending },
    ...(topInCountry === undefined ? {} : { topInCountry }),
    ...(rowPriors === undefined ? {} : { rowPriors }),
  };
};
