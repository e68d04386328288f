/**
 * The same titles for every member, most played first: the baseline of every model, the source of last
 * resort, and, with a short half-life, what is trending.
 */
import type { EpochMs } from '../domain/clock.ts';
import type { Plays, Titles } from '../domain/tables.ts';
import type { CandidateGenerator } from './contract.ts';
import { eligibility, expectLimit } from './eligible.ts';

export interface PlayWindow {
  /** Plays at this time or later are not counted. */
  readonly before: EpochMs;
  /** Age at which a play counts half. Absent: every play counts 1, all-time popularity. */
  readonly halfLifeMs?: number;
}

/**
 * Plays of each title before a time, [titles].
 *   count_t = sum over the plays of t of 2^(-(before - time) / halfLife)
 * @throws RangeError when the half-life is not > 0, or a play's title is not below titleCount
 */
export function countPlays(plays: Plays, titleCount: number, window: PlayWindow): Float64Array {
  const { before, halfLifeMs } = window;
  if (halfLifeMs !== undefined && !(halfLifeMs > 0)) {
    throw new RangeError(`halfLifeMs: expected a number > 0, got ${halfLifeMs}`);
  }
  const counts = new Float64Array(titleCount);
  for (let i = 0; i < plays.title.length; i++) {
    const age = before - plays.time[i];
    if (!(age > 0)) break; // plays are sorted by time
    const title = plays.title[i];
    if (title >= titleCount) throw new RangeError(`plays: row ${i} names title ${title} of ${titleCount}`);
    counts[title] += halfLifeMs === undefined ? 1 : 2 ** (-age / halfLifeMs);
  }
  return counts;
}

export interface PopularityParts {
  readonly titles: Titles;
  /** [titles], as `countPlays` gives them. Read once, as the source is built. */
  readonly counts: Float32Array | Float64Array;
  /** Default `popularity`; a second source with decayed counts is called `trending`. */
  readonly name?: string;
}

/**
 * A source that proposes titles by their count; titles never played follow in row order. Its scores are
 * the counts.
 * @throws RangeError when counts and titles differ in length
 */
export function createPopularity({
  titles,
  counts,
  name = 'popularity',
}: PopularityParts): CandidateGenerator {
  const size = titles.releaseDay.length;
  if (counts.length !== size)
    throw new RangeError(`counts: expected ${size}, one a title, got ${counts.length}`);
  const order = Uint32Array.from({ length: size }, (_, title) => title);
  order.sort((a, b) => counts[b] - counts[a] || a - b);
  return {
    name,
    async generate(request, limit, { signal }) {
      signal.throwIfAborted();
      expectLimit(limit);
      const eligible = eligibility(request, titles);
      const items = new Uint32Array(Math.min(limit, size));
      let taken = 0;
      for (let i = 0; i < size && taken < items.length; i++) {
        if (eligible(order[i])) items[taken++] = order[i];
      }
      const scores = new Float32Array(taken);
      for (let i = 0; i < taken; i++) scores[i] = counts[items[i]];
      return { items: items.subarray(0, taken), scores };
    },
  };
}
