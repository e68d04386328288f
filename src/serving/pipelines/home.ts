/**
 * The path of a request: the parts of a homepage in the order in which they work, each with its budget and
 * what stands in for it. Budgets are for the 99th percentile, on one core.
 */
import type { CandidatePool, RecRequest } from '../../domain/request.ts';
import { createRetrievalOrder } from '../../ranking/baselines/retrieval-order.ts';
import type { Page, Scores } from '../../ranking/contract.ts';
import { createSingleRow } from '../../ranking/page/single-row.ts';
import { createCache } from '../cache.ts';
import { systemTimers } from '../deadline.ts';
import { runRequest, type Stage, type StageObserver } from '../stage.ts';
import { type Comparison, comparer, type Installed, installedIn, type Swap } from './compare.ts';
import { type Explanation, explainer } from './explain.ts';
import {
  type Dressed,
  dress,
  type Moment,
  type RankedTitles,
  rankedTitles,
  requestOf,
  type Served,
  servedOf,
  titlesOf,
} from './journey.ts';
import type { ArtworkChoice, Ask, HomeParts } from './parts.ts';
import { poolOf, proposeFromAll } from './proposals.ts';
import { expectChoice, expectPage, expectPool, expectScores, noFeatures } from './stage-results.ts';

export type { Ask } from './parts.ts';

/** Each throws MarqueeError (bug) where even the fallback of the whole request failed. */
export interface HomePipeline {
  readonly modelVersion: string;
  homepage(ask: Ask, observer: StageObserver): Promise<Served<Dressed>>;
  recommendations(ask: Ask & { readonly k: number }, observer: StageObserver): Promise<Served<RankedTitles>>;
  artwork(ask: Ask & { readonly title: number }, observer: StageObserver): Promise<Served<ArtworkChoice>>;
  /** Why the title stands where it does for the member: the same stages again, with what each said written down. */
  explain(ask: Ask & { readonly title: number }): Promise<Explanation>;
  /** What `compare` can put in the place of what serves. */
  readonly installed: Installed;
  /** The member's page as it is served, beside the one that other parts would make. @throws MarqueeError (caller) on a part that is not installed */
  compare(ask: Ask & { readonly swap: Swap }): Promise<Comparison>;
}

export const createHomePipeline = (parts: HomeParts): HomePipeline => {
  const { catalogue, modelVersion, profiles, sources, popularity, features, ranker, pageBuilder, artworks } =
    parts;
  const { clock, rng, timers = systemTimers, poolSize = 500, cachedPages = 10_000 } = parts;
  const faults = parts.faults === undefined ? {} : { faults: parts.faults };
  const titleCount = catalogue.titles.ids.length;
  const artworkCount = catalogue.artworks?.ids.length ?? 0;
  const retrievalOrder = createRetrievalOrder();
  const singleRow = createSingleRow();
  const lastPages = createCache<Dressed>({ maxEntries: cachedPages, freshMs: 0, staleMs: 0, clock });

  const stages = {
    context: {
      name: 'context',
      budgetMs: 5,
      failOpen: true,
      run: async (moment, _scope) => requestOf(moment, await profiles.profile(moment.memberId, moment.at)),
      fallback: (moment) => requestOf(moment, profiles.coldStart(moment.memberId)),
    } satisfies Stage<Moment, RecRequest>,

    candidates: {
      name: 'candidate-generation',
      budgetMs: 10,
      failOpen: true,
      run: async (request, scope) => expectPool(await propose(request, scope), titleCount),
      fallback: async (request, ctx) =>
        poolOf(popularity.name, await popularity.generate(request, poolSize, ctx)),
    } satisfies Stage<RecRequest, CandidatePool>,

    ranking: {
      name: 'ranking',
      budgetMs: 50,
      failOpen: true,
      run: async ({ request, pool }, ctx) =>
        expectScores(await ranker.score(request, pool, features.assemble(request, pool), ctx), pool),
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

    artwork: {
      name: 'artwork',
      budgetMs: 5,
      failOpen: true,
      run: async ({ memberId, titles }, _scope) =>
        expectChoice(await artworks.forTitles(memberId, titles), titles.length, artworkCount),
      fallback: ({ titles }) => artworks.defaults(titles),
    } satisfies Stage<Titled, ArtworkChoice>,
  };
  const propose = proposeFromAll(sources, { stage: 'candidate-generation', budgetMs: 8, poolSize });

  const homepage: Stage<Moment, Dressed> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    async run(moment, scope) {
      const { value: request, degraded: asStranger } = await scope.run(stages.context, moment);
      const { value: pool, degraded: asAnyone } = await scope.run(stages.candidates, request);
      const isPersonal = asStranger === undefined && asAnyone === undefined;
      const cached = isPersonal ? undefined : lastPages.peek(moment.memberId); // better than a page for a stranger
      if (cached !== undefined) return { ...cached, origin: 'cached' };
      const { value: scores } = await scope.run(stages.ranking, { request, pool });
      const { value: page } = await scope.run(stages.page, { request, pool, scores });
      const titles = titlesOf(page);
      const { value: choice } = await scope.run(stages.artwork, { memberId: moment.memberId, titles });
      return dress(page, pool, choice, isPersonal ? 'personalised' : 'popular');
    },
    async fallback(moment, ctx) {
      const cached = lastPages.peek(moment.memberId);
      if (cached !== undefined) return { ...cached, origin: 'cached' };
      const { request, pool } = await popular(moment, ctx);
      const scores = await stages.ranking.fallback({ request, pool }, ctx);
      const page = stages.page.fallback({ request, pool, scores }, ctx);
      return dress(page, pool, artworks.defaults(titlesOf(page)), 'popular');
    },
  };

  const recommendations: Stage<Moment & { readonly k: number }, RankedTitles> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    async run(moment, scope) {
      const { value: request } = await scope.run(stages.context, moment);
      const { value: pool } = await scope.run(stages.candidates, request);
      const { value: scores } = await scope.run(stages.ranking, { request, pool });
      return rankedTitles(pool, scores, moment.k);
    },
    async fallback(moment, ctx) {
      const { request, pool } = await popular(moment, ctx);
      return rankedTitles(pool, await stages.ranking.fallback({ request, pool }, ctx), moment.k);
    },
  };

  const artwork: Stage<Titled, ArtworkChoice> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    run: async (titled, scope) => (await scope.run(stages.artwork, titled)).value,
    fallback: stages.artwork.fallback,
  };

  const popular = async (moment: Moment, ctx: Parameters<typeof stages.candidates.fallback>[1]) => {
    const request = requestOf(moment, profiles.coldStart(moment.memberId));
    return { request, pool: await stages.candidates.fallback(request, ctx) };
  };
  const serve = async <I, O>(whole: Stage<I, O>, input: I, { requestId }: Ask, observer: StageObserver) =>
    servedOf(
      await runRequest(whole, input, {
        requestId,
        clock,
        rng: rng.fork(requestId),
        timers,
        observer,
        ...faults,
      }),
    );

  return {
    modelVersion,
    async homepage(ask, observer) {
      const served = await serve(homepage, { ...ask, at: clock.now() }, ask, observer);
      if (served.degraded.length === 0) lastPages.put(ask.memberId, served.value);
      return served;
    },
    recommendations: (ask, observer) => serve(recommendations, { ...ask, at: clock.now() }, ask, observer),
    artwork: ({ title, ...ask }, observer) =>
      serve(artwork, { memberId: ask.memberId, titles: Uint32Array.of(title) }, ask, observer),
    explain: explainer(parts),
    installed: installedIn(parts.workshop),
    compare: comparer(parts, createHomePipeline),
  };
};

interface Retrieved {
  readonly request: RecRequest;
  readonly pool: CandidatePool;
}

interface Ranked extends Retrieved {
  readonly scores: Scores;
}

interface Titled {
  readonly memberId: string;
  readonly titles: Uint32Array;
}
