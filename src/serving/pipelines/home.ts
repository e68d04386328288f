/**
 * The path of a request: the parts of a homepage in the order in which they work, each with its budget and
 * what stands in for it. Budgets are for the 99th percentile, on one core.
 */
import type { MemberProfile } from '../../domain/request.ts';
import type { Priority } from '../admission/bounded-queue.ts';
import { overloadedError } from '../admission/overloaded.ts';
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
import { createLastPages, type MadeFor } from './last-pages.ts';
import type { ArtworkChoice, Ask, HomeParts, MemberContext } from './parts.ts';
import { POOL_SIZE } from './scorer.ts';
import { createScorer } from './scoring.ts';
import { expectChoice } from './stage-results.ts';
import { withoutSeen } from './without-seen.ts';

export type { Ask } from './parts.ts';

/** Each throws MarqueeError (bug) where even the fallback of the whole request failed. */
export interface HomePipeline {
  readonly modelVersion: string;
  homepage(ask: Ask, observer: StageObserver): Promise<Served<Dressed>>;
  recommendations(ask: Ask & { readonly k: number }, observer: StageObserver): Promise<Served<RankedTitles>>;
  artwork(ask: Ask & { readonly title: number }, observer: StageObserver): Promise<Served<ArtworkChoice>>;
  /** Whether one more page is turned away, to be asked once for each that is; absent where none ever is. */
  turnsAway?(priority: Priority): boolean;
  /** Why the title stands where it does for the member: the same stages again, with what each said written down. */
  explain(ask: Ask & { readonly title: number }): Promise<Explanation>;
  /** What `compare` can put in the place of what serves. */
  readonly installed: Installed;
  /** The member's page as it is served, beside the one that other parts would make. @throws MarqueeError (caller) on a part that is not installed */
  compare(ask: Ask & { readonly swap: Swap }): Promise<Comparison>;
}

/** What is popular changes by the day. */
const POPULAR_FRESH_MS = 60_000;

export const createHomePipeline = (parts: HomeParts): HomePipeline => {
  const { catalogue, modelVersion, profiles, artworks } = parts;
  const { clock, rng, timers = systemTimers, poolSize = POOL_SIZE } = parts;
  const { cachedPages = 4_000, freshMs = 0 } = parts;
  const faults = parts.faults === undefined ? {} : { faults: parts.faults };
  const titleCount = catalogue.titles.ids.length;
  const artworkCount = catalogue.artworks?.ids.length ?? 0;
  const here = createScorer({ ...parts, titleCount });
  const { scorer = here } = parts;
  const { standIn } = here;
  const lastPages = createLastPages({ most: cachedPages, freshMs, clock });
  const popularPages = createCache<Dressed>({ maxEntries: 1, freshMs: POPULAR_FRESH_MS, staleMs: 0, clock });

  const stages = {
    context: {
      name: 'context',
      budgetMs: 5,
      failOpen: true,
      run: async (moment, _scope) => profiles.profile(moment.memberId, moment.at),
      fallback: (moment) => profiles.coldStart(moment.memberId),
    } satisfies Stage<Moment, MemberContext>,

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

  const homepage: Stage<Moment, Dressed> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    async run(moment, scope) {
      const { memberId, priority = 'person', anew = false, evidence = false } = moment;
      const { value: context, degraded } = await scope.run(stages.context, moment);
      const isKnown = degraded === undefined;
      if (isKnown) known.set(moment, context.profile);
      const request = requestOf(moment, context);
      const madeFor = { device: request.device, ...(isKnown ? { stamp: context.stamp } : {}) };
      const isToBeSeen = anew || parts.faults?.any() === true; // a stage that is broken on purpose
      const fresh = isKnown && !isToBeSeen ? lastPages.fresh(memberId, madeFor) : undefined;
      if (fresh !== undefined) return fresh;
      const last = lastPages.last(memberId); // better than a page for a stranger
      if (!isKnown && last !== undefined) return last;
      const onlyPersonal = last !== undefined;
      const asked = { request, poolSize, priority, onlyPersonal, evidence: evidence && isKnown };
      const scored = await scorer.page(asked, scope);
      if (scored === undefined) return standingIn(moment);
      const { page, pool } = scored;
      const titles = titlesOf(page);
      const { value: choice, degraded: inDefaults } = await scope.run(stages.artwork, { memberId, titles });
      const isPersonal = isKnown && scored.isPersonal;
      const dressed = {
        ...dress(page, pool, choice, isPersonal ? 'personalised' : 'popular'),
        key: {},
        ...(scored.evidence === undefined ? {} : { evidence: scored.evidence }),
      };
      if (isPersonal && inDefaults === undefined) made.set(dressed, madeFor);
      return dressed;
    },
    fallback: (moment) => standingIn(moment),
  };
  /** Who asks, once it was read: where no page can be made in time, what they watched since leaves the one that stands in. */
  const known = new WeakMap<Moment, MemberProfile>();
  const standingIn = async (moment: Moment): Promise<Dressed> => {
    const page = lastPages.last(moment.memberId) ?? (await popularPage());
    const profile = known.get(moment);
    return profile === undefined ? page : withoutSeen(page, profile);
  };
  /** What pages were made for, until it is known whether they are to be kept. */
  const made = new WeakMap<Dressed, MadeFor>();

  /** One for everybody, for what is popular is so with all. */
  const popularPage = async (): Promise<Dressed> => {
    const nobody: AbortSignal = new AbortController().signal;
    const make = async (signal: AbortSignal): Promise<Dressed> => {
      const moment = { requestId: 'popular', memberId: '', at: clock.now() };
      const request = requestOf(moment, profiles.coldStart(''));
      const ctx = { clock, rng: rng.fork(moment.requestId), signal };
      const { page, pool } = await standIn.page({ request, poolSize, priority: 'person' }, ctx);
      return dress(page, pool, artworks.defaults(titlesOf(page)), 'popular');
    };
    return (await popularPages.getOrLoad('', make, nobody)).value;
  };

  /** The member's last page, without what they have watched since. */
  const lastPage: Stage<Moment & { readonly page: Dressed }, Dressed> = {
    name: 'last-page',
    budgetMs: 10,
    failOpen: true,
    async run(moment, scope) {
      const { value: context, degraded } = await scope.run(stages.context, moment);
      const isAsItWas = degraded !== undefined || lastPages.isOf(moment.memberId, context.stamp);
      return isAsItWas ? moment.page : withoutSeen(moment.page, context.profile);
    },
    fallback: ({ page }) => page,
  };

  /** Where there is no place left: for a person what costs next to nothing, for who does not wait for it nothing. */
  const shed = async (ask: Ask, observer: StageObserver): Promise<Served<Dressed>> => {
    if (ask.priority === 'prefetch') throw overloadedError();
    const page = lastPages.last(ask.memberId);
    const { value, degraded, reports }: Served<Dressed> =
      page === undefined
        ? { value: await popularPage(), degraded: [], reports: [] }
        : await serve(lastPage, { ...ask, page, at: clock.now() }, ask, observer);
    return { value, degraded: [{ stage: 'scoring', reason: 'shed' }, ...degraded], reports };
  };

  const recommendations: Stage<Moment & { readonly k: number }, RankedTitles> = {
    name: 'request',
    budgetMs: 100,
    failOpen: true,
    async run(moment, scope) {
      const { value: context } = await scope.run(stages.context, moment);
      const { k, priority = 'person' } = moment;
      const list = { request: requestOf(moment, context), poolSize, priority, k };
      return (await scorer.list(list, scope)) ?? (await standIn.list(list, scope));
    },
    async fallback(moment, ctx) {
      const { k, priority = 'person' } = moment;
      const request = requestOf(moment, profiles.coldStart(moment.memberId));
      return await standIn.list({ request, poolSize, priority, k }, ctx);
    },
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

  /** What a person is given in place of what was shed is of no use to who does not wait for it. */
  const unlessShed = <V>({ priority }: Ask, served: Served<V>): Served<V> => {
    if (priority === 'prefetch' && served.degraded.some(({ reason }) => reason === 'shed'))
      throw overloadedError();
    return served;
  };

  return {
    modelVersion,
    ...(scorer.turnsAway === undefined ? {} : { turnsAway: scorer.turnsAway }),
    async homepage(ask, observer) {
      const { memberId, priority = 'person', anew } = ask;
      const isToBeMade = anew === true || !lastPages.mayBeFresh(memberId);
      if (isToBeMade && scorer.turnsAway?.(priority) === true) return await shed(ask, observer);
      const served = await serve(homepage, { ...ask, at: clock.now() }, ask, observer);
      const madeFor = made.get(served.value);
      if (madeFor !== undefined && served.degraded.length === 0)
        lastPages.put(memberId, served.value, madeFor);
      return unlessShed(ask, served);
    },
    async recommendations(ask, observer) {
      const { priority = 'person' } = ask;
      if (priority === 'prefetch' && scorer.turnsAway?.(priority) === true) throw overloadedError();
      return unlessShed(ask, await serve(recommendations, { ...ask, at: clock.now() }, ask, observer));
    },
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
