/**
 * The path of a request: the parts of a homepage in the order in which they work, each with its budget and
 * what stands in for it. Budgets are for the 99th percentile, on one core.
 */
import type { RecRequest, StageContext } from '../../domain/request.ts';
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
  requestOf,
  type Served,
  servedOf,
  titlesOf,
} from './journey.ts';
import type { ArtworkChoice, Ask, HomeParts } from './parts.ts';
import { POOL_SIZE } from './scorer.ts';
import { createScorer } from './scoring.ts';
import { expectChoice } from './stage-results.ts';

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
  const { catalogue, modelVersion, profiles, artworks } = parts;
  const { clock, rng, timers = systemTimers, poolSize = POOL_SIZE, cachedPages = 10_000 } = parts;
  const faults = parts.faults === undefined ? {} : { faults: parts.faults };
  const titleCount = catalogue.titles.ids.length;
  const artworkCount = catalogue.artworks?.ids.length ?? 0;
  const here = createScorer({ ...parts, titleCount });
  const { scorer = here } = parts;
  const { standIn } = here;
  const lastPages = createCache<Dressed>({ maxEntries: cachedPages, freshMs: 0, staleMs: 0, clock });

  const stages = {
    context: {
      name: 'context',
      budgetMs: 5,
      failOpen: true,
      run: async (moment, _scope) => requestOf(moment, await profiles.profile(moment.memberId, moment.at)),
      fallback: (moment) => asStranger(moment),
    } satisfies Stage<Moment, RecRequest>,

    // candidate-generation, ranking, page: `scoring.ts`

    artwork: {
      name: 'artwork',
      budgetMs: 5,
      failOpen: true,
      run: async ({ memberId, titles }, _scope) =>
        expectChoice(await artworks.forTitles(memberId, titles), titles.length, artworkCount),
      fallback: ({ titles }) => artworks.defaults(titles),
    } satisfies Stage<Titled, ArtworkChoice>,
  };
  const asStranger = (moment: Moment): RecRequest => requestOf(moment, profiles.coldStart(moment.memberId));

  const homepage: Stage<Moment, Dressed> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    async run(moment, scope) {
      const { value: request, degraded } = await scope.run(stages.context, moment);
      const cached = lastPages.peek(moment.memberId); // better than a page for a stranger
      const isKnown = degraded === undefined;
      const onlyPersonal = cached !== undefined;
      const scored =
        isKnown || !onlyPersonal ? await scorer.page({ request, poolSize, onlyPersonal }, scope) : undefined;
      if (scored === undefined)
        return cached === undefined ? await popularPage(moment, scope) : asCached(cached);
      const { page, pool } = scored;
      const titles = titlesOf(page);
      const { value: choice } = await scope.run(stages.artwork, { memberId: moment.memberId, titles });
      return dress(page, pool, choice, isKnown && scored.isPersonal ? 'personalised' : 'popular');
    },
    async fallback(moment, ctx) {
      const cached = lastPages.peek(moment.memberId);
      return cached === undefined ? await popularPage(moment, ctx) : asCached(cached);
    },
  };
  const asCached = (page: Dressed): Dressed => ({ ...page, origin: 'cached' });
  const popularPage = async (moment: Moment, ctx: StageContext): Promise<Dressed> => {
    const { page, pool } = await standIn.page({ request: asStranger(moment), poolSize }, ctx);
    return dress(page, pool, artworks.defaults(titlesOf(page)), 'popular');
  };

  const recommendations: Stage<Moment & { readonly k: number }, RankedTitles> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    async run(moment, scope) {
      const { value: request } = await scope.run(stages.context, moment);
      return await scorer.list({ request, poolSize, k: moment.k }, scope);
    },
    fallback: (moment, ctx) => standIn.list({ request: asStranger(moment), poolSize, k: moment.k }, ctx),
  };

  const artwork: Stage<Titled, ArtworkChoice> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    run: async (titled, scope) => (await scope.run(stages.artwork, titled)).value,
    fallback: stages.artwork.fallback,
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

interface Titled {
  readonly memberId: string;
  readonly titles: Uint32Array;
}
