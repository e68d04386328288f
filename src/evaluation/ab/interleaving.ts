import { mean, standardError } from '../../math/statistics.ts';
import { type Effect, effectOf } from './effect.ts';

/** One list of two rankers' titles, shown to one member. */
export interface Interleaved {
  readonly items: Uint32Array; // [length]
  /** Whose choice each item was: 0 of the first ranker, 1 of the second. */
  readonly team: Uint8Array; // [length]
}

/** Two rankers' lists for the same request, best first, each without repeats. */
export interface RankedPair {
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
}

/** Walks down both lists, whoever `picksNext` says taking the best item of their own that is not in yet. */
const merge = (
  { a, b }: RankedPair,
  length: number,
  picksNext: (taken: readonly [number, number], seen: readonly [number, number]) => 0 | 1,
  skipsCount: boolean,
): Interleaved => {
  const items: number[] = [];
  const team: number[] = [];
  const inList = new Set<number>();
  const taken: [number, number] = [0, 0];
  const seen: [number, number] = [0, 0];
  const lists = [a, b];
  while (items.length < length && (seen[0] < a.length || seen[1] < b.length)) {
    let who = picksNext(taken, seen);
    if (seen[who] >= lists[who].length) who = who === 0 ? 1 : 0;
    const list = lists[who];
    if (!skipsCount) while (seen[who] < list.length && inList.has(list[seen[who]])) seen[who]++;
    const item = list[seen[who]++];
    if (item === undefined || inList.has(item)) continue;
    inList.add(item);
    items.push(item);
    team.push(who);
    taken[who]++;
  }
  return { items: Uint32Array.from(items), team: Uint8Array.from(team) };
};

/**
 * Team draft: in each round a coin says who picks first, and each ranker puts in its best title that is not in yet.
 * @see Radlinski, Kurup & Joachims, "How does clickthrough data reflect retrieval quality?", CIKM 2008
 */
export const teamDraft = (pair: RankedPair, length: number, uniform: () => number): Interleaved =>
  merge(
    pair,
    length,
    ([first, second]) => (first === second ? (uniform() < 0.5 ? 0 : 1) : first < second ? 0 : 1),
    false,
  );

/**
 * Balanced: one coin for the list says who begins; from then on every prefix holds the top of both lists, equally deep
 * but for one.
 * @see Joachims, "Evaluating retrieval performance using clickthrough data", 2003
 */
export const balanced = (pair: RankedPair, length: number, uniform: () => number): Interleaved => {
  const begins = uniform() < 0.5 ? 0 : 1;
  return merge(
    pair,
    length,
    (_, [first, second]) => (first === second ? begins : first < second ? 0 : 1),
    true,
  );
};

/** Clicks on the second ranker's choices less those on the first's: above 0 speaks for the second. */
export const teamCredit = ({ team }: Interleaved, clicked: ArrayLike<number>): number => {
  let credit = 0;
  for (let i = 0; i < team.length; i++) if (clicked[i] > 0) credit += team[i] === 1 ? 1 : -1;
  return credit;
};

/** Where each item stands in a list; undefined for one that is not in it. */
const placesIn = (list: ArrayLike<number>): ReadonlyMap<number, number> =>
  new Map(Array.from(list, (item, place) => [item, place]));

/**
 * The credit of a balanced list, -1, 0 or 1: who has more of the clicked titles in the top k of their own list, k being
 * how deep either had to be read to come to the last click.
 * @see Joachims, 2003, as `balanced`
 */
export const balancedCredit = (
  { a, b }: RankedPair,
  { items }: Interleaved,
  clicked: ArrayLike<number>,
): number => {
  const [inA, inB] = [placesIn(a), placesIn(b)];
  const beyond = Number.POSITIVE_INFINITY;
  let deepest = -1;
  for (let i = 0; i < items.length; i++) {
    if (clicked[i] > 0) deepest = Math.min(inA.get(items[i]) ?? beyond, inB.get(items[i]) ?? beyond);
  }
  let credit = 0;
  for (let i = 0; i < items.length; i++) {
    if (!(clicked[i] > 0)) continue;
    if ((inB.get(items[i]) ?? beyond) <= deepest) credit++;
    if ((inA.get(items[i]) ?? beyond) <= deepest) credit--;
  }
  return Math.sign(credit);
};

/**
 * Whether credits of independent pages speak for the second ranker: their mean, by the one-sample t test.
 * @throws RangeError on fewer than two credits
 */
export const preferenceOf = (credits: ArrayLike<number>): Effect => {
  if (credits.length < 2)
    throw new RangeError(`preference: expected two pages or more, got ${credits.length}`);
  return effectOf({
    estimate: mean(credits),
    standardError: standardError(credits),
    degreesOfFreedom: credits.length - 1,
    control: 0,
  });
};
