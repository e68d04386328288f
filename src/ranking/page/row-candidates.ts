/** The rows that a request could have: each template with its titles, in the order in which a row shows them. */
import { dayOf } from '../../domain/clock.ts';
import type { RecRequest } from '../../domain/request.ts';
import { type Catalogue, codesOf } from '../../domain/tables.ts';
import { type TopInCountry, topTitlesOf } from '../../features/country-counts.ts';
import { topK } from '../../math/top-k.ts';
import { alikeOf, lastFinished, type TitleVectors } from './because-you-watched.ts';
import type { RowCandidate } from './choose-rows.ts';
import { resumableTitles } from './continue-watching.ts';
import type { HomePageConfig } from './home-page-config.ts';

/** A pool in the order of its scores. */
export interface RankedTitles {
  readonly titles: Uint32Array; // [n] best first
  readonly scores: Float32Array; // [n]
}

/** What rows are made of, beside the request and its ranked pool. Without a part its rows are left out. */
export interface RowParts {
  readonly catalogue: Catalogue;
  /** Recent plays of each title as of the logs, [titles]; read at each request, so it may be kept up to date in place. */
  readonly trending?: Float32Array | Float64Array;
  readonly topInCountry?: TopInCountry;
  readonly vectors?: TitleVectors;
}

/** Every row that the request could have; which are shown, and where, is another's choice. */
export const rowCandidates = (
  parts: RowParts,
  request: RecRequest,
  ranked: RankedTitles,
  config: HomePageConfig,
): RowCandidate[] => [
  {
    template: 'top-picks',
    heading: 'Top picks for you',
    ...ranked,
    reason: () => ({ kind: 'top-pick' }),
    minimumTitles: 1,
  },
  continueWatching(request, ranked, config),
  ...trendingNow(parts, request, ranked, config),
  ...becauseYouWatched(parts, request, ranked, config),
  newReleases(parts, request, ranked, config),
  ...topTen(parts, request, ranked, config),
  ...genreRows(parts, ranked, config),
  {
    template: 'more-picks',
    heading: 'More picks for you',
    ...ranked,
    reason: () => ({ kind: 'top-pick' }),
    minimumTitles: 1,
    filler: true,
  },
];

const continueWatching = (
  request: RecRequest,
  ranked: RankedTitles,
  config: HomePageConfig,
): RowCandidate => {
  const { titles, worth, watchedFractions } = resumableTitles(request, config);
  const best = ranked.scores.at(0) ?? 1;
  const worst = ranked.scores.at(-1) ?? 0;
  return {
    template: 'continue-watching',
    heading: 'Continue watching',
    titles,
    scores: Float32Array.from(worth, (share) => worst + share * (best - worst)),
    reason: (i) => ({ kind: 'continue-watching', watchedFraction: watchedFractions[i] }),
    minimumTitles: 1,
  };
};

/** By the plays of the last hour in the member's region where enough of the pool is among them, else by those of the logs. */
const trendingNow = (
  { trending }: RowParts,
  request: RecRequest,
  ranked: RankedTitles,
  { trendingDepth, minimumTitles }: HomePageConfig,
): RowCandidate[] => {
  const live = livePlays(request, ranked);
  const isLive = live.reduce((count, plays) => count + (plays > 0 ? 1 : 0), 0) >= minimumTitles;
  if (!isLive && trending === undefined) return [];
  const plays = isLive ? live : Float32Array.from(ranked.titles, (title) => trending?.[title] ?? 0);
  for (let i = 0; i < plays.length; i++) if (!(plays[i] > 0)) plays[i] = Number.NaN; // never selected
  return [
    {
      template: 'trending-now',
      heading: 'Trending now',
      ...titlesAt(ranked, topK(plays, trendingDepth).sort()), // back in ranked order
      reason: () => ({ kind: 'trending' }),
      minimumTitles,
    },
  ];
};

/** Plays of the last hour of each title of the pool; 0 where none are told. */
const livePlays = ({ trending }: RecRequest, { titles }: RankedTitles): Float32Array => {
  const plays = new Float32Array(titles.length);
  if (trending === undefined) return plays;
  const told = new Map(Array.from(trending.titles, (title, i) => [title, trending.plays[i]]));
  for (let i = 0; i < plays.length; i++) plays[i] = told.get(titles[i]) ?? 0;
  return plays;
};

const becauseYouWatched = (
  { vectors, catalogue }: RowParts,
  { profile }: RecRequest,
  ranked: RankedTitles,
  { watchedAnchors, similarDepth, minimumTitles }: HomePageConfig,
): RowCandidate[] => {
  if (vectors === undefined) return [];
  const anchors = lastFinished(profile, watchedAnchors);
  return alikeOf(anchors, ranked.titles, vectors, similarDepth).map(({ watched, positions }) => ({
    template: 'because-you-watched',
    heading: `Because you watched ${catalogue.titles.names[watched]}`,
    ...titlesAt(ranked, positions),
    reason: () => ({ kind: 'because-you-watched', title: watched }),
    minimumTitles,
  }));
};

const newReleases = (
  { catalogue: { titles } }: RowParts,
  { at }: RecRequest,
  ranked: RankedTitles,
  { newReleaseDays, minimumTitles }: HomePageConfig,
): RowCandidate => {
  const today = dayOf(at);
  const fresh: number[] = [];
  for (let i = 0; i < ranked.titles.length; i++) {
    const age = today - titles.releaseDay[ranked.titles[i]];
    if (age >= 0 && age < newReleaseDays) fresh.push(i);
  }
  const row = titlesAt(ranked, fresh);
  return {
    template: 'new-releases',
    heading: 'New releases',
    ...row,
    reason: (i) => ({ kind: 'new-release', releaseDay: titles.releaseDay[row.titles[i]] }),
    minimumTitles,
  };
};

/** In the country's order, not in the member's; who has watched one, or is not proposed it, has a gap in the ranks. */
const topTen = (
  { topInCountry }: RowParts,
  { profile: { country } }: RecRequest,
  ranked: RankedTitles,
  { minimumTitles }: HomePageConfig,
): RowCandidate[] => {
  if (topInCountry === undefined) return [];
  const top = topTitlesOf(topInCountry, country).subarray(0, 10);
  const positions: number[] = [];
  const ranks: number[] = [];
  top.forEach((title, i) => {
    const position = ranked.titles.indexOf(title);
    if (position < 0) return;
    positions.push(position);
    ranks.push(i + 1);
  });
  return [
    {
      template: 'top-in-country',
      heading: 'Top 10 in your country',
      ...titlesAt(ranked, positions),
      reason: (i) => ({ kind: 'top-in-country', country, rank: ranks[i] }),
      minimumTitles,
    },
  ];
};

const genreRows = (
  { catalogue: { titles, vocabulary } }: RowParts,
  ranked: RankedTitles,
  { minimumTitles }: HomePageConfig,
): RowCandidate[] => {
  const shelves: number[][] = vocabulary.genres.map(() => []);
  for (let i = 0; i < ranked.titles.length; i++) {
    for (const genre of codesOf(titles.genres, ranked.titles[i])) shelves[genre].push(i);
  }
  const rows: RowCandidate[] = []; // none for genre 0, which is 'unknown'
  for (let genre = 1; genre < shelves.length; genre++) {
    rows.push({
      template: 'genre',
      heading: vocabulary.genres[genre],
      ...titlesAt(ranked, shelves[genre]),
      reason: () => ({ kind: 'genre', genre }),
      minimumTitles,
    });
  }
  return rows;
};

/** The titles at some positions of the list, with their scores. */
export const titlesAt = (ranked: RankedTitles, positions: ArrayLike<number>): RankedTitles => {
  const titles = new Uint32Array(positions.length);
  const scores = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    titles[i] = ranked.titles[positions[i]];
    scores[i] = ranked.scores[positions[i]];
  }
  return { titles, scores };
};
