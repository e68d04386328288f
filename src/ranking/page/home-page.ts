/**
 * The homepage: themed rows cut from one ranked list. Stands for Netflix's row-based page (Alvino &
 * Basilico, "Learning a personalized homepage", 2015); simplified: a row's value is the sum of its titles'
 * values, and no row is learned.
 */
import { dayOf } from '../../domain/clock.ts';
import { bugError } from '../../domain/errors.ts';
import type { CandidatePool, RecRequest } from '../../domain/request.ts';
import { type Catalogue, codesOf } from '../../domain/tables.ts';
import { topK } from '../../math/top-k.ts';
import type { PageBuilder, Scores } from '../contract.ts';
import { chooseRows, type RowCandidate } from './choose-rows.ts';
import { resumableTitles } from './continue-watching.ts';
import { genreAffinity } from './genre-affinity.ts';
import { examinationWeights, type HomePageConfig, homePageConfig } from './home-page-config.ts';
import { rankedOrder } from './ranked-order.ts';

export interface HomePageParts {
  readonly catalogue: Catalogue;
  /** Recent plays of each title, [titles]; read at each request, so it may be kept up to date in place. Absent: no trending row. */
  readonly trending?: Float32Array | Float64Array;
  readonly config?: Partial<HomePageConfig>;
}

/**
 * A page builder whose rows are top picks, continue watching, trending now, new releases and one for each
 * genre, chosen greedily by expected value (`chooseRows`), with more picks where those run out. Within a
 * row titles stand by score; those of continue watching by recency, and their scores are the pool's range
 * scaled by what resuming is worth.
 * @throws MarqueeError (caller) on a bad config. `build` throws MarqueeError (bug) on scores that are not
 * aligned with the pool or not finite.
 */
export function createHomePage({ catalogue, trending, config: given }: HomePageParts): PageBuilder {
  const config = homePageConfig(given);
  const weights = examinationWeights(config);
  const { rowCount, columns } = config;
  return {
    name: 'home-page',
    build(request, pool, scores) {
      const ranked = rankedPool(pool, scores);
      const candidates: RowCandidate[] = [
        { template: 'top-picks', heading: 'Top picks for you', ...ranked, lift: 1, minimumTitles: 1 },
        continueWatching(request, ranked, config),
        ...(trending === undefined ? [] : [trendingNow(ranked, trending, config)]),
        newReleases(request, ranked, catalogue, config),
        ...genreRows(request, ranked, catalogue, config),
        {
          template: 'more-picks',
          heading: 'More picks for you',
          ...ranked,
          lift: 1,
          minimumTitles: 1,
          filler: true,
        },
      ];
      const worthless = ranked.scores.at(-1) ?? 0;
      return { rows: chooseRows(candidates, { rowCount, columns, weights, worthless }) };
    },
  };
}

interface RankedTitles {
  readonly titles: Uint32Array; // [n] best first
  readonly scores: Float32Array; // [n]
}

function rankedPool(pool: CandidatePool, scores: Scores): RankedTitles {
  const order = rankedOrder(pool, scores);
  const ranked = { titles: new Uint32Array(order.length), scores: new Float32Array(order.length) };
  for (let i = 0; i < order.length; i++) {
    const title = pool.items[order[i]];
    const score = scores.combined[order[i]];
    if (!Number.isFinite(score)) {
      throw bugError(
        'SCORES_NOT_FINITE',
        `home-page: expected finite scores, got ${score} for title ${title}`,
      );
    }
    ranked.titles[i] = title;
    ranked.scores[i] = score;
  }
  return ranked;
}

/** Titles of a row as they are collected; plain arrays, since most rows are never shown. */
class RowTitles {
  readonly titles: number[] = [];
  readonly scores: number[] = [];

  add(ranked: RankedTitles, position: number): void {
    this.titles.push(ranked.titles[position]);
    this.scores.push(ranked.scores[position]);
  }
}

function continueWatching(request: RecRequest, ranked: RankedTitles, config: HomePageConfig): RowCandidate {
  const { titles, worth } = resumableTitles(request, config);
  const best = ranked.scores.at(0) ?? 1;
  const worst = ranked.scores.at(-1) ?? 0;
  const scores = Float32Array.from(worth, (share) => worst + share * (best - worst));
  return {
    template: 'continue-watching',
    heading: 'Continue watching',
    titles,
    scores,
    lift: 1,
    minimumTitles: 1,
  };
}

function trendingNow(
  ranked: RankedTitles,
  counts: Float32Array | Float64Array,
  { trendingDepth, minimumTitles }: HomePageConfig,
): RowCandidate {
  const plays = new Float32Array(ranked.titles.length);
  for (let i = 0; i < plays.length; i++) {
    const count = counts[ranked.titles[i]];
    plays[i] = count > 0 ? count : Number.NaN; // never selected
  }
  const row = new RowTitles();
  for (const position of topK(plays, trendingDepth).sort()) row.add(ranked, position); // back in ranked order
  return { template: 'trending-now', heading: 'Trending now', ...row, lift: 1, minimumTitles };
}

function newReleases(
  request: RecRequest,
  ranked: RankedTitles,
  { titles }: Catalogue,
  { newReleaseDays, minimumTitles }: HomePageConfig,
): RowCandidate {
  const today = dayOf(request.at);
  const fresh = new RowTitles();
  for (let i = 0; i < ranked.titles.length; i++) {
    const age = today - titles.releaseDay[ranked.titles[i]];
    if (age >= 0 && age < newReleaseDays) fresh.add(ranked, i);
  }
  return {
    template: 'new-releases',
    heading: 'New releases',
    ...fresh,
    lift: 1,
    minimumTitles,
  };
}

function genreRows(
  request: RecRequest,
  ranked: RankedTitles,
  { titles, vocabulary }: Catalogue,
  { affinityWeight, surveyPlays, minimumTitles }: HomePageConfig,
): RowCandidate[] {
  const { genres } = vocabulary;
  const affinity = genreAffinity(request.profile, genres.length, surveyPlays);
  const shelves = genres.map(() => new RowTitles());
  for (let i = 0; i < ranked.titles.length; i++) {
    for (const genre of codesOf(titles.genres, ranked.titles[i])) shelves[genre].add(ranked, i);
  }
  const rows: RowCandidate[] = []; // none for genre 0, which is 'unknown'
  for (let genre = 1; genre < genres.length; genre++) {
    const lift = 1 - affinityWeight * (1 - affinity[genre]);
    rows.push({
      template: 'genre',
      heading: genres[genre],
      ...shelves[genre],
      lift,
      minimumTitles,
    });
  }
  return rows;
}
