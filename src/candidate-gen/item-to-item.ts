/** "Because you watched": what is near to the titles that the member played last. */
import type { EpochMs } from '../domain/clock.ts';
import { type Interactions, interactionsOf } from '../domain/interactions.ts';
import type { RecRequest } from '../domain/request.ts';
import type { Dataset, Titles } from '../domain/tables.ts';
import { topK } from '../math/top-k.ts';
import { addNeighbours, type ItemNeighbours } from './baselines/item-neighbours.ts';
import type { CandidateGenerator } from './contract.ts';
import { searchSize, takeEligible } from './eligible.ts';

/** Plays of the history that speak. */
const LAST_PLAYS = 10;

/** What a play counts beside the one after it. */
const RECENCY = 0.9;

/**
 * What each member played before a moment, each title once, in order of its first play: what `fitItemKnn` and
 * its like take.
 */
export const playedBefore = ({ plays, members, titles }: Dataset, before: EpochMs): Interactions => {
  const played = members.ids.map(() => new Set<number>());
  for (let i = 0; i < plays.title.length; i++) {
    if (!(plays.time[i] < before)) break; // plays are sorted by time
    played[plays.member[i]].add(plays.title[i]);
  }
  return interactionsOf(
    played.map((set) => [...set]),
    titles.ids.length,
  );
};

export interface ItemToItemParts {
  readonly titles: Titles;
  /** Over the same titles, as `fitItemKnn(...).neighbours` or `easeNeighbours` gives them. */
  readonly neighbours: ItemNeighbours;
}

/**
 * A source that scores titles by the neighbours of the member's last plays:
 *   score_i = sum over the last plays j, newest first, of 0.9^place * watchedFraction_j * weight_ji
 * Titles near to none of them follow in row order with a score of 0, so ask for few or merge by score.
 * @throws RangeError when titles and neighbours differ in number
 * @see Linden, Smith & York, "Amazon.com recommendations: item-to-item collaborative filtering", 2003
 */
export const createItemToItem = ({ titles, neighbours }: ItemToItemParts): CandidateGenerator => {
  const size = titles.releaseDay.length;
  if (neighbours.itemCount !== size) {
    throw new RangeError(`item-to-item: neighbours of ${neighbours.itemCount} titles, expected ${size}`);
  }
  return {
    name: 'item-to-item',
    async generate(request, limit, { signal }) {
      signal.throwIfAborted();
      const scores = scoresOf(request, neighbours);
      const items = topK(scores, searchSize(request, titles, limit));
      const list = { items, scores: Float32Array.from(items, (title) => scores[title]) };
      return takeEligible(list, request, titles, limit);
    },
  };
};

const scoresOf = ({ profile }: RecRequest, neighbours: ItemNeighbours): Float32Array => {
  const scores = new Float32Array(neighbours.itemCount);
  const { historyTitles, historyFractions } = profile;
  for (let place = 0; place < Math.min(LAST_PLAYS, historyTitles.length); place++) {
    const at = historyTitles.length - 1 - place;
    addNeighbours(neighbours, historyTitles[at], RECENCY ** place * historyFractions[at], scores);
  }
  return scores;
};
