/**
 * Which titles a source may propose: those released by the time of the request that the member's
 * history does not hold and the member has not turned down. Every source takes the rule from here, so that no two sources differ on it.
 */
import { dayOf } from '../domain/clock.ts';
import type { CandidateList, RecRequest } from '../domain/request.ts';
import type { Titles } from '../domain/tables.ts';
import { dislikedTitles } from '../features/profile.ts';

/** All of a request that the rule looks at. */
export type Moment = Pick<RecRequest, 'at' | 'profile'>;

/** A test of one title row for this request. */
export function eligibility(request: Moment, titles: Titles): (title: number) => boolean {
  const today = dayOf(request.at);
  const seen = dislikedTitles(request.profile);
  for (const title of request.profile.historyTitles) seen.add(title);
  return (title) => titles.releaseDay[title] <= today && !seen.has(title);
}

/**
 * The first `limit` eligible candidates of the list, in its order.
 * @throws RangeError when limit is not a whole number >= 0
 */
export function takeEligible(
  list: CandidateList,
  request: Moment,
  titles: Titles,
  limit: number,
): CandidateList {
  expectLimit(limit);
  const eligible = eligibility(request, titles);
  const size = Math.min(limit, list.items.length);
  const items = new Uint32Array(size);
  const scores = new Float32Array(size);
  let taken = 0;
  for (let i = 0; i < list.items.length && taken < limit; i++) {
    if (!eligible(list.items[i])) continue;
    items[taken] = list.items[i];
    scores[taken] = list.scores[i];
    taken += 1;
  }
  return { items: items.subarray(0, taken), scores: scores.subarray(0, taken) };
}

/**
 * How many rows to ask of a vector index over all titles, so that `takeEligible` still finds `limit`:
 * the limit, and room for every row that the rule may refuse.
 * @throws RangeError when limit is not a whole number >= 0
 */
export function searchSize(request: Moment, titles: Titles, limit: number): number {
  expectLimit(limit);
  if (limit === 0) return 0;
  const { historyTitles, thumbTitles } = request.profile;
  const refused = historyTitles.length + thumbTitles.length + unreleasedAt(titles, dayOf(request.at));
  return Math.min(titles.releaseDay.length, limit + refused);
}

export function expectLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new RangeError(`limit: expected a whole number >= 0, got ${limit}`);
  }
}

/** Release days in order, kept per table: a request then counts the unreleased in log(titles) steps. */
const sortedDays = new WeakMap<Titles, Int32Array>();

function unreleasedAt(titles: Titles, today: number): number {
  let days = sortedDays.get(titles);
  if (days === undefined) {
    days = titles.releaseDay.slice().sort();
    sortedDays.set(titles, days);
  }
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (days[middle] <= today) low = middle + 1;
    else high = middle;
  }
  return days.length - low;
}
