/** The page as a whole: what its rows, and the ranker behind them, are worth in the world. */
import { mergeCandidates } from '../candidate-gen/merge.ts';
import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { CandidatePool, RecRequest, StageContext } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import { type BootstrapOptions, bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../evaluation/ratio-interval.ts';
import { countTopInCountry } from '../features/country-counts.ts';
import { mean } from '../math/statistics.ts';
import { createPopularityOrder } from '../ranking/baselines/popularity-order.ts';
import { createRetrievalOrder } from '../ranking/baselines/retrieval-order.ts';
import type { Page, PageBuilder, Ranker, Scores } from '../ranking/contract.ts';
import { createMultiTaskRanker } from '../ranking/multi-task.ts';
import { rowsAsTheyCome } from '../ranking/page/choose-rows.ts';
import { createHomePage, type HomePageParts } from '../ranking/page/home-page.ts';
import { defaultHomePageConfig } from '../ranking/page/home-page-config.ts';
import { rankedOrder } from '../ranking/page/ranked-order.ts';
import { assembleFeatures, type FeatureSources } from '../serving/assemble-features.ts';
import { noFeatures } from '../serving/pipelines/stage-results.ts';
import type { World } from '../simulator/world.ts';
import { trendingBefore } from '../training/sources.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import type { MemberQueries } from './held-out.ts';
import { latencyQuantile, sampleLatencyMs } from './latency.ts';
import { COUNTRY_WINDOW } from './publish.ts';
import { PAGE_CANDIDATES, twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';
import { worldReplies } from './world-replies.ts';

const STAGE = 'page';
const { rowCount, columns } = defaultHomePageConfig;

/** The world says nothing of resuming, so nothing counts as begun and not finished. */
export const WITHOUT_RESUMING = { resumeFrom: 1, resumeTo: 1 };

const TAKES =
  'sum over the places of a page of P(examined) P(click | examined), both as they are true in the world, the artwork being drawn as the logs draw it; mean over members';
const FINISHES =
  'true expected finished watches of a page, sum of P(examined) P(click | examined) P(finish | click) over its places, of the pipeline (two towers, ranker, page) over those of retrieval alone (its order cut into a page of the same places), less 1; means over the same members';

interface Ranked {
  readonly request: RecRequest;
  readonly pool: CandidatePool;
  readonly scores: Scores;
}

/** What pages are worth, what the ranker adds to retrieval on them, and how long one takes to build. */
export const measurePages = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker' | 'known'>,
  queries: readonly MemberQueries[],
): Promise<StageRow[]> => {
  const { dataset, rng, clock, world, small } = subject;
  const context: StageContext = { rng, clock, signal: new AbortController().signal };
  const parts = pageParts(subject, retrieval);
  const sources: FeatureSources = {
    twoTower: retrieval.twoTower,
    taste: retrieval.taste,
    counts: ranking.known.counts,
    titles: dataset.titles,
    vocabulary: dataset.vocabulary,
  };
  const generator = twoTowerOf(subject, retrieval);
  const ranker = createMultiTaskRanker(ranking.ranker);
  const ranked: Ranked[] = [];
  for (const [{ request }] of queries) {
    const list = await generator.generate(request, PAGE_CANDIDATES, context);
    const pool = mergeCandidates([{ source: generator.name, list }], PAGE_CANDIDATES);
    const scores = await ranker.score(request, pool, assembleFeatures(sources, request, pool), context);
    ranked.push({ request, pool, scores });
  }

  const measurements =
    world === undefined
      ? []
      : [
          ...worthOfRows(world, parts, ranked, rng, context),
          await finishLift({ world, parts, ranked, rng, context, plays: ranking.known.counts.plays }),
        ];
  measurements.push(await pageLatency(createHomePage(parts), ranked, context, small ? 1_000 : 4_000));
  return measurements.map((measurement) => ({ stage: STAGE, measurement }));
};

/** What a published version gives the page, made from what was trained. */
export const pageParts = (
  { dataset, until }: Subject,
  { twoTower, examination }: TrainedRetrieval,
): HomePageParts => {
  const { plays, members, vocabulary } = dataset;
  return {
    catalogue: dataset,
    trending: trendingBefore(dataset, until),
    topInCountry: countTopInCountry(plays, members, vocabulary.countries.length, {
      before: until,
      ...COUNTRY_WINDOW,
    }),
    vectors: { vectors: twoTower.itemVectors, size: twoTower.dimension },
    examination,
  };
};

/** The ranked list cut into the rows of a page, the first row first: no themes, no choice. */
const cutIntoRows: PageBuilder = {
  name: 'ranked-list',
  build(_request, pool, scores) {
    const order = rankedOrder(pool, scores).subarray(0, rowCount * columns);
    const rows = Array.from({ length: Math.ceil(order.length / columns) }, (_, row) => {
      const positions = order.subarray(row * columns, (row + 1) * columns);
      return {
        template: 'top-picks',
        heading: 'Top picks for you',
        titles: Uint32Array.from(positions, (position) => pool.items[position]),
        scores: Float32Array.from(positions, (position) => scores.combined[position]),
        reasons: Array.from(positions, () => ({ kind: 'top-pick' }) as const),
      };
    });
    return { rows };
  },
};

export interface PageWorth {
  readonly takes: number;
  readonly finishes: number;
}

/** What the world expects of a page. */
export const worthOf = (world: World, { member, device, at }: RecRequest, { rows }: Page): PageWorth => {
  let takes = 0;
  let finishes = 0;
  rows.forEach(({ titles }, row) => {
    titles.forEach((title, position) => {
      const { examined, clickGivenExamined, finishGivenClick } = world.expectOverArtworks(member, title, {
        device,
        row,
        position,
        at,
      });
      takes += examined * clickGivenExamined;
      finishes += examined * clickGivenExamined * finishGivenClick;
    });
  });
  return { takes, finishes };
};

const worthOfRows = (
  world: World,
  parts: HomePageParts,
  ranked: readonly Ranked[],
  rng: Rng,
  context: StageContext,
): Measurement[] => {
  const pagesOf = (builder: PageBuilder): Page[] =>
    ranked.map(({ request, pool, scores }) => builder.build(request, pool, scores, context));
  const takesOf = (pages: readonly Page[]): Float64Array =>
    Float64Array.from(pages, (page, i) => worthOf(world, ranked[i].request, page).takes);
  const config = WITHOUT_RESUMING;
  const pages = pagesOf(createHomePage({ ...parts, config }));
  const chosen = takesOf(pages);
  const fixed = takesOf(pagesOf(createHomePage({ ...parts, config, choose: rowsAsTheyCome })));
  const list = takesOf(pagesOf(cutIntoRows));
  const n = ranked.length;
  const protocol = `pages of ${rowCount} rows of ${columns} for ${n} members of the held-out part, each on the device of the request; continue watching left out, of which the world says nothing`;
  const uniform = (label: string) => {
    const draws = rng.fork(`bootstrap:${label}`);
    return { uniform: () => draws.next() };
  };
  const gain = (name: string, other: Float64Array, than: string): Measurement => ({
    ...shareMore(name, chosen, other, uniform(name)),
    definition: `${TAKES}; of rows chosen by expected takes over ${than}, less 1`,
    protocol,
  });
  const templates = Float64Array.from(pages, ({ rows }) => new Set(rows.map((row) => row.template)).size);
  return [
    {
      name: 'page.expected-takes',
      value: mean(chosen),
      unit: 'takes',
      n,
      ci: bootstrapMeanInterval(chosen, uniform('page.expected-takes')),
      baselines: [
        { name: 'fixed-order', value: mean(fixed) },
        { name: 'ranked-list', value: mean(list) },
      ],
      definition: TAKES,
      protocol,
    },
    gain('page.takes-over-fixed-order', fixed, 'the same rows in the order of their templates'),
    gain('page.takes-over-ranked-list', list, 'the ranked list cut into rows without a theme'),
    {
      name: 'page.templates',
      value: mean(templates),
      unit: 'templates',
      n,
      definition: 'different row templates of a page; mean over members',
      protocol,
    },
  ];
};

/** By what share the mean of `a` exceeds that of `b`, with the paired bootstrap interval over members. */
const shareMore = (
  name: string,
  a: Float64Array,
  b: Float64Array,
  options: BootstrapOptions,
): Measurement => {
  const [lower, upper] = ratioOfMeansInterval(a, b, options);
  return { name, value: mean(a) / mean(b) - 1, unit: 'share', n: a.length, ci: [lower - 1, upper - 1] };
};

/** What the pipeline must add to retrieval alone. */
const LEAST_LIFT = 0.2;

const finishLift = async (options: {
  readonly world: World;
  readonly parts: HomePageParts;
  readonly ranked: readonly Ranked[];
  readonly plays: Float64Array;
  readonly rng: Rng;
  readonly context: StageContext;
}): Promise<Measurement> => {
  const { world, parts, ranked, plays, rng, context } = options;
  const page = createHomePage({ ...parts, config: WITHOUT_RESUMING });
  const finishesOf = async (
    builder: PageBuilder,
    scoresOf: (of: Ranked) => Scores | Promise<Scores>,
  ): Promise<Float64Array> => {
    const finishes = new Float64Array(ranked.length);
    for (let i = 0; i < ranked.length; i++) {
      const { request, pool } = ranked[i];
      const built = builder.build(request, pool, await scoresOf(ranked[i]), context);
      finishes[i] = worthOf(world, request, built).finishes;
    }
    return finishes;
  };
  const orderOf =
    (ranker: Ranker) =>
    ({ request, pool }: Ranked) =>
      ranker.score(request, pool, noFeatures(pool), context);
  const replies = rng.fork('replies');
  const retrieval = await finishesOf(cutIntoRows, orderOf(createRetrievalOrder()));
  const pipeline = await finishesOf(page, ({ scores }) => scores);
  const popular = await finishesOf(page, orderOf(createPopularityOrder(plays)));
  const oracle = await finishesOf(page, ({ request, pool }) => ({
    combined: Float32Array.from(worldReplies(world, request, pool.items, replies).expected),
    heads: {},
  }));
  const draws = rng.fork('bootstrap:pipeline.finish-lift');
  const lift = shareMore('pipeline.finish-lift', pipeline, retrieval, { uniform: () => draws.next() });
  return heldTo(
    {
      ...lift,
      baselines: [
        { name: 'popularity', value: mean(popular) / mean(retrieval) - 1 },
        { name: 'oracle', value: mean(oracle) / mean(retrieval) - 1 },
      ],
      definition: FINISHES,
      protocol: `${PAGE_CANDIDATES} candidates of the two-tower source; pages of ${rowCount} rows of ${columns}, one request of each member of the held-out part; continue watching left out; popularity and oracle order the same candidates on the same page`,
    },
    LEAST_LIFT,
    'at-least',
    (lift.ci?.[0] ?? Number.NaN) > 0,
  );
};

const pageLatency = async (
  page: PageBuilder,
  ranked: readonly Ranked[],
  context: StageContext,
  samples: number,
): Promise<Measurement> => {
  const taken = await sampleLatencyMs({ warmUp: 300, samples }, (i) => {
    const { request, pool, scores } = ranked[i % ranked.length];
    return page.build(request, pool, scores, context);
  });
  return heldTo(
    {
      ...latencyQuantile('page.latency.p99', taken, 0.99),
      protocol: `pages of ${rowCount} rows of ${columns} from ${PAGE_CANDIDATES} candidates, one after another`,
    },
    10,
  );
};
