import { byItem, type Interactions, itemsOf } from '../../domain/interactions.ts';
import type { UserScorer } from '../../evaluation/contract.ts';
import { type FitContext, settingsOf, startFit } from './fit.ts';
import { addNeighbours, type ItemNeighbours, nearestItems, type WeighedItems } from './item-neighbours.ts';

export interface ItemKnnConfig {
  /** Neighbours kept of each item. */
  readonly neighbours: number;
  /** Added to the denominator, in users: items that few took are then no one's close neighbours. */
  readonly shrinkage: number;
  /** A user of n items counts n^-userPower: 0 counts all alike, 1 gives each user one vote to share out. */
  readonly userPower: number;
  /** Share of the normalisation that falls on the item proposed; the rest falls on the one that was taken. */
  readonly targetShare: number;
}

export const ITEM_KNN_DEFAULTS: ItemKnnConfig = {
  neighbours: 500,
  shrinkage: 0,
  userPower: 0.5,
  targetShare: 0.35,
};

export interface ItemKnn extends UserScorer {
  readonly neighbours: ItemNeighbours;
}

/** Bytes that a fit needs at its peak. */
export const itemKnnBytes = (
  { itemCount, items }: Pick<Interactions, 'itemCount' | 'items'>,
  neighbours: number = ITEM_KNN_DEFAULTS.neighbours,
): number => 2 * 8 * itemCount * Math.min(neighbours, itemCount) + 8 * items.length + 24 * itemCount;

/**
 * Item-kNN: an item's score is the sum of its similarity to the user's items.
 *   sim(j, i) = sum over users v of both of n_v^-userPower / (n_j^(1 - targetShare) n_i^targetShare + shrinkage)
 * with n_v the items of v and n_i the users of i. userPower 0 and targetShare 0.5 give the cosine.
 * @throws MarqueeError (caller) on a setting out of range, or more memory than there is
 * @see Deshpande & Karypis, "Item-based top-N recommendation algorithms", TOIS 2004
 */
export const fitItemKnn = (
  train: Interactions,
  chosen: Partial<ItemKnnConfig> = {},
  context: FitContext = {},
): ItemKnn => {
  const { neighbours, shrinkage, userPower, targetShare } = settingsOf(
    'item-knn',
    ITEM_KNN_DEFAULTS,
    chosen,
    {
      neighbours: { least: 1, whole: true },
      shrinkage: { least: 0 },
      userPower: { least: 0 },
      targetShare: { least: 0 },
    },
  );
  const progress = startFit('item-knn', itemKnnBytes(train, neighbours), context);
  const { userCount, itemCount, offsets, items } = train;
  const takers = byItem(train);
  const vote = Float64Array.from(
    { length: userCount },
    (_, u) => (offsets[u + 1] - offsets[u]) ** -userPower,
  );
  const taken = Float64Array.from({ length: itemCount }, (_, i) => takers.offsets[i + 1] - takers.offsets[i]);
  const asTarget = taken.map((n) => n ** targetShare);
  const sums = new Float64Array(itemCount); // all 0 between two items
  const met = new Uint32Array(itemCount);
  const weights = new Float32Array(itemCount);
  const similarTo = (j: number): WeighedItems => {
    let count = 0;
    for (const v of itemsOf(takers, j)) {
      const share = vote[v];
      for (let at = offsets[v]; at < offsets[v + 1]; at++) {
        const i = items[at];
        if (sums[i] === 0) met[count++] = i;
        sums[i] += share;
      }
    }
    const asSource = taken[j] ** (1 - targetShare);
    for (let k = 0; k < count; k++) {
      const i = met[k];
      weights[k] = sums[i] / (asSource * asTarget[i] + shrinkage);
      sums[i] = 0;
    }
    return { items: met, weights: weights.subarray(0, count) };
  };
  const step = progress.step('item-knn: similarities', itemCount);
  const found = nearestItems(itemCount, neighbours, similarTo, (done) => step.advance(done));
  step.end();
  return {
    name: 'item-knn',
    userCount,
    itemCount,
    neighbours: found,
    scoreUsers(users, out) {
      for (let u = 0; u < users.length; u++) {
        const scores = out.subarray(u * itemCount, (u + 1) * itemCount).fill(0);
        for (const item of itemsOf(train, users[u])) addNeighbours(found, item, 1, scores);
      }
    },
  };
};
