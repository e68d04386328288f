/**
 * What is arithmetic of a request: from what is known of a member to a page of titles. It reads nothing that can be
 * away, so it can be done on another thread. Budgets are for the 99th percentile, on one core.
 */
import type { CandidateGenerator } from '../../candidate-gen/contract.ts';
import type { CandidatePool, FeatureMatrix, RecRequest, StageContext } from '../../domain/request.ts';
import { createRetrievalOrder } from '../../ranking/baselines/retrieval-order.ts';
import type { Page, PageBuilder, Ranker, Scores } from '../../ranking/contract.ts';
import { createSingleRow } from '../../ranking/page/single-row.ts';
import type { Stage } from '../stage.ts';
import { evidenceOf } from '../watching/evidence.ts';
import { rankedTitles } from './journey.ts';
import type { FeatureAssembler, Source } from './parts.ts';
import { poolOf, proposeFromAll } from './proposals.ts';
import type { Scorer, Scoring, StandIn } from './scorer.ts';
import { expectPage, expectPool, expectScores, noFeatures } from './stage-results.ts';

export interface ScorerParts {
  readonly titleCount: number;
  readonly sources: readonly Source[];
  /** The source of last resort. It must be quick and read nothing that can be away. */
  readonly popularity: CandidateGenerator;
  readonly features: FeatureAssembler;
  readonly ranker: Ranker;
  readonly pageBuilder: PageBuilder;
}

interface Retrieved {
  readonly request: RecRequest;
  readonly pool: CandidatePool;
  /** Hears of the features that were ranked by. */
  readonly onFeatures?: (features: FeatureMatrix) => void;
}

interface Ranked extends Retrieved {
  readonly scores: Scores;
}

/** A scorer that works on the thread that it is asked on, and what stands in for it. */
export const createScorer = (parts: ScorerParts): Scorer & { readonly standIn: StandIn } => {
  const { titleCount, sources, popularity, features, ranker, pageBuilder } = parts;
  const retrievalOrder = createRetrievalOrder();
  const singleRow = createSingleRow();
  const propose = proposeFromAll(sources, { stage: 'candidate-generation', budgetMs: 8 });

  const stages = {
    candidates: {
      name: 'candidate-generation',
      budgetMs: 10,
      failOpen: true,
      run: async (scoring, scope) => expectPool(await propose(scoring, scope), titleCount),
      fallback: async ({ request, poolSize }, ctx) =>
        poolOf(popularity.name, await popularity.generate(request, poolSize, ctx)),
    } satisfies Stage<Scoring, CandidatePool>,

    ranking: {
      name: 'ranking',
      budgetMs: 50,
      failOpen: true,
      async run({ request, pool, onFeatures }, ctx) {
        const assembled = features.assemble(request, pool);
        const scores = expectScores(await ranker.score(request, pool, assembled, ctx), pool);
        onFeatures?.(assembled);
        return scores;
      },
      fallback: ({ request, pool }, ctx) => retrievalOrder.score(request, pool, noFeatures(pool), ctx),
    } satisfies Stage<Retrieved, Scores>,

    page: {
      name: 'page',
      budgetMs: 10,
      failOpen: true,
      run: ({ request, pool, scores }, ctx) =>
        expectPage(pageBuilder.build(request, pool, scores, ctx), titleCount),
      fallback: ({ request, pool, scores }, ctx) => singleRow.build(request, pool, scores, ctx),
    } satisfies Stage<Ranked, Page>,
  };

  const popular = async (scoring: Scoring, ctx: StageContext): Promise<Ranked> => {
    const { request } = scoring;
    const pool = await stages.candidates.fallback(scoring, ctx);
    return { request, pool, scores: await stages.ranking.fallback({ request, pool }, ctx) };
  };

  return {
    async page(scoring, scope) {
      const { request, onlyPersonal } = scoring;
      const { value: pool, degraded: asAnyone } = await scope.run(stages.candidates, scoring);
      const isPersonal = asAnyone === undefined;
      if (!isPersonal && onlyPersonal) return undefined;
      let seen: FeatureMatrix | undefined;
      const { value: scores, degraded: unranked } = await scope.run(stages.ranking, {
        request,
        pool,
        onFeatures(features) {
          seen = features;
        },
      });
      const { value: page } = await scope.run(stages.page, { request, pool, scores });
      const isTold = scoring.evidence === true && unranked === undefined && seen !== undefined;
      return {
        ...{ page, pool, isPersonal },
        ...(isTold && seen !== undefined
          ? { evidence: evidenceOf(request, pool, { features: seen, scores }, page) }
          : {}),
      };
    },
    async list(scoring, scope) {
      const { request, k } = scoring;
      const { value: pool } = await scope.run(stages.candidates, scoring);
      const { value: scores } = await scope.run(stages.ranking, { request, pool });
      return rankedTitles(pool, scores, k);
    },
    standIn: {
      async page(scoring, ctx) {
        const ranked = await popular(scoring, ctx);
        return { page: stages.page.fallback(ranked, ctx), pool: ranked.pool, isPersonal: false };
      },
      async list(scoring, ctx) {
        const { pool, scores } = await popular(scoring, ctx);
        return rankedTitles(pool, scores, scoring.k);
      },
    },
  };
};
