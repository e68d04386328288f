/** The shapes that a request takes on its way from a member's id to what is served. */
import type { EpochMs } from '../../domain/clock.ts';
import type { CandidatePool, RecRequest } from '../../domain/request.ts';
import type { Page, PageRow, Scores } from '../../ranking/contract.ts';
import { rankedOrder } from '../../ranking/page/ranked-order.ts';
import type { Priority } from '../admission/bounded-queue.ts';
import type { DegradeReason, RequestOutcome, StageReport } from '../stage.ts';
import type { ArtworkChoice, MemberContext } from './parts.ts';
import type { Evidence, RankedTitles } from './scorer.ts';

export type { RankedTitles } from './scorer.ts';

/** Who asks, and when. */
export interface Moment {
  readonly requestId: string;
  readonly memberId: string;
  readonly at: EpochMs;
  readonly device?: number;
  readonly priority?: Priority;
  readonly anew?: boolean;
  readonly evidence?: boolean;
}

export const requestOf = (moment: Moment, { member, profile, trending }: MemberContext): RecRequest => ({
  requestId: moment.requestId,
  memberId: moment.memberId,
  member,
  at: moment.at,
  device: moment.device ?? profile.device,
  profile,
  ...(trending === undefined ? {} : { trending }),
});

/** The k best of the pool, fewer where it holds fewer. */
export const rankedTitles = (pool: CandidatePool, scores: Scores, k: number): RankedTitles => {
  const order = rankedOrder(pool, scores).subarray(0, k);
  return {
    titles: Uint32Array.from(order, (position) => pool.items[position]),
    scores: Float32Array.from(order, (position) => scores.combined[position]),
  };
};

/** The page's titles from the first row's first to the last row's last. */
export const titlesOf = ({ rows }: Page): Uint32Array => {
  const titles = new Uint32Array(rows.reduce((sum, row) => sum + row.titles.length, 0));
  let at = 0;
  for (const row of rows) {
    titles.set(row.titles, at);
    at += row.titles.length;
  }
  return titles;
};

/**
 * Where a page comes from: made for this request, made for an earlier one, made for nobody in particular, or made when
 * the server started, of nothing but the catalogue.
 */
export type PageOrigin = 'personalised' | 'cached' | 'popular' | 'static';

/** Where a title of a page comes from, and how it stood there. */
export interface Origin {
  /** The source that proposed it, or the row's own template for what none proposes, such as what was begun. */
  readonly source: string;
  /** On the common scale of the sources; of the row where there is none. */
  readonly score: number;
}

export interface DressedRow extends PageRow {
  readonly choice: ArtworkChoice;
  readonly origins: readonly Origin[]; // [n]
}

/** A page with an artwork for each of its titles. */
export interface Dressed {
  readonly origin: PageOrigin;
  readonly rows: readonly DressedRow[];
  /** The same for pages of the same rows, for whoever keeps something of them; absent where the page stands for itself. */
  readonly key?: object;
  /** Where it was asked for. */
  readonly evidence?: Evidence;
}

/** `choice` is aligned with `titlesOf(page)`; the page was built from `pool`. */
export const dress = (
  page: Page,
  pool: CandidatePool,
  choice: ArtworkChoice,
  origin: PageOrigin,
): Dressed => {
  let at = 0;
  const places = new Map(Array.from(pool.items, (title, place) => [title, place]));
  const rows = page.rows.map((row) => {
    const origins = Array.from(row.titles, (title, i): Origin => {
      const place = places.get(title);
      if (place === undefined) return { source: row.template, score: row.scores[i] };
      return { source: pool.sourceNames[pool.source[place]], score: pool.scores[place] };
    });
    const from = at;
    at += row.titles.length;
    const artworks = choice.artworks.subarray(from, at);
    const propensities = choice.propensities.subarray(from, at);
    return {
      ...row,
      origins,
      choice: { artworks, propensities, selected: choice.selected.subarray(from, at) },
    };
  });
  return { origin, rows };
};

/** One fallback that was served, or would have been. */
export interface Degradation {
  readonly stage: string;
  readonly reason: DegradeReason;
}

export interface Served<V> {
  readonly value: V;
  readonly degraded: readonly Degradation[];
  readonly reports: readonly StageReport[];
}

export const servedOf = <V>({ outcome, reports }: RequestOutcome<V>): Served<V> => ({
  value: outcome.value,
  reports,
  degraded: reports.flatMap(({ stage, degraded: reason }) =>
    reason === undefined ? [] : [{ stage, reason }],
  ),
});
