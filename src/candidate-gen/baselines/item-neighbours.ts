/** For each item its nearest ones: what item-kNN learns, and what other models can be cut down to. */
import { topK } from '../../math/top-k.ts';

export interface ItemNeighbours {
  readonly itemCount: number;
  /** The neighbours of item j are items[offsets[j] .. offsets[j + 1]), best first. */
  readonly offsets: Uint32Array; // [itemCount + 1]
  readonly items: Uint32Array;
  /** How much having j speaks for the neighbour: > 0. */
  readonly weights: Float32Array;
}

/** Items and what each weighs beside the one that was asked for. */
export interface WeighedItems {
  /** Absent: all items, in order. */
  readonly items?: Uint32Array;
  readonly weights: Float32Array;
}

/** The `count` items of largest weight > 0 for each item, itself left out; fewer where fewer weigh anything. */
export const nearestItems = (
  itemCount: number,
  count: number,
  weigh: (item: number) => WeighedItems,
  onItem: (done: number) => void = () => undefined,
): ItemNeighbours => {
  const offsets = new Uint32Array(itemCount + 1);
  const most = itemCount * Math.min(count, itemCount);
  const items = new Uint32Array(most);
  const weights = new Float32Array(most);
  let at = 0;
  for (let j = 0; j < itemCount; j++) {
    const near = weigh(j);
    let kept = 0;
    for (const place of topK(near.weights, count + 1)) {
      const item = near.items === undefined ? place : near.items[place];
      if (item === j || kept === count || !(near.weights[place] > 0)) continue;
      items[at + kept] = item;
      weights[at + kept++] = near.weights[place];
    }
    offsets[j + 1] = at += kept;
    onItem(j + 1);
  }
  return { itemCount, offsets, items: items.slice(0, at), weights: weights.slice(0, at) };
};

/** Adds weight times the neighbours of one item to `scores`, [itemCount]. */
export const addNeighbours = (
  { offsets, items, weights }: ItemNeighbours,
  item: number,
  weight: number,
  scores: Float32Array,
): void => {
  const end = offsets[item + 1];
  for (let at = offsets[item]; at < end; at++) scores[items[at]] += weight * weights[at];
};
