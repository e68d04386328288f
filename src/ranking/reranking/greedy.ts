/** What all re-rankers share: relevance on one scale, and the greedy loop that chooses one place after the other. */

/**
 * Scores moved and stretched so that the least is 0 and the largest 1, [n]; all 1 where they are equal. A
 * trade-off then means the same for every ranker, whether it gives probabilities or log odds.
 * @throws RangeError on a score that is not finite
 */
export const relevanceOf = (scores: ArrayLike<number>): Float64Array => {
  const relevance = Float64Array.from(scores);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const score of relevance) {
    if (!Number.isFinite(score)) throw new RangeError(`scores: expected finite numbers, got ${score}`);
    least = Math.min(least, score);
    most = Math.max(most, score);
  }
  return relevance.map((score) => (most > least ? (score - least) / (most - least) : 1));
};

export interface GreedyChoice {
  readonly relevance: Float64Array; // [n], settles ties; of equal ones the first
  /** How many to choose; all where there are fewer. */
  readonly k: number;
  /** What adding candidate i to those chosen is worth; never NaN. */
  readonly worth: (i: number) => number;
  /** Called with each choice, so that `worth` can allow for it. */
  readonly chosen?: (i: number) => void;
}

/**
 * Different positions of candidates, the one of largest worth first, then the one of largest worth beside it,
 * and so on: [min(k, n)].
 * @throws RangeError when k is not a whole number >= 0
 */
export const greedyOrder = ({ relevance, k, worth, chosen }: GreedyChoice): Uint32Array => {
  if (!Number.isSafeInteger(k) || k < 0) throw new RangeError(`k: expected a whole number >= 0, got ${k}`);
  const n = relevance.length;
  const taken = new Uint8Array(n);
  const order = new Uint32Array(Math.min(k, n));
  for (let place = 0; place < order.length; place++) {
    let best = -1;
    let bestWorth = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      if (taken[i] === 1) continue;
      const value = worth(i);
      if (best < 0 || value > bestWorth || (value === bestWorth && relevance[i] > relevance[best])) {
        best = i;
        bestWorth = value;
      }
    }
    taken[best] = 1;
    order[place] = best;
    chosen?.(best);
  }
  return order;
};

/** @throws RangeError unless the trade-off is in [0, 1] */
export const expectShare = (name: string, value: number): void => {
  if (!(value >= 0 && value <= 1))
    throw new RangeError(`${name}: expected a number from 0 to 1, got ${value}`);
};
