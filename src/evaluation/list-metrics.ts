const expectCatalogue = (size: number): void => {
  if (!(size >= 1)) throw new RangeError(`catalogue: expected at least one item, got ${size}`);
};

/**
 * Share of the catalogue that stands in at least one of the lists, [0, 1].
 * @throws RangeError unless the catalogue has at least one item
 */
export const coverage = (lists: Iterable<ArrayLike<number>>, catalogueSize: number): number => {
  expectCatalogue(catalogueSize);
  const seen = new Set<number>();
  for (const list of lists) for (let i = 0; i < list.length; i++) seen.add(list[i]);
  return seen.size / catalogueSize;
};

/**
 * Gini index of how often each item of the catalogue stands in the lists: 0 where all stand as often,
 * 1 - 1 / catalogueSize where every place is one item's.
 *   G = sum_r (2 r - n - 1) x_r / (n sum x),   x ascending, r from 1, n the catalogue's size
 * NaN where all lists are empty.
 * @throws RangeError unless the catalogue has at least one item, or when an item is not a row below its size
 * @see Fleder & Hosanagar, "Blockbuster culture's next rise or fall", Management Science 2009
 */
export const giniOfExposure = (lists: Iterable<ArrayLike<number>>, catalogueSize: number): number => {
  expectCatalogue(catalogueSize);
  const exposures = new Float64Array(catalogueSize);
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (!(list[i] < catalogueSize))
        throw new RangeError(`item ${list[i]}: expected a row below ${catalogueSize}`);
      exposures[list[i]]++;
    }
  }
  exposures.sort();
  let weighted = 0;
  let total = 0;
  for (let r = 0; r < catalogueSize; r++) {
    weighted += (2 * (r + 1) - catalogueSize - 1) * exposures[r];
    total += exposures[r];
  }
  return weighted / (catalogueSize * total);
};

/**
 * Mean self-information of a list's items, in bits: -log2 of the share of users who took the item. An item
 * that nobody took counts as taken once. NaN for an empty list.
 * @param takers how many users took each item
 * @see Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS 2010
 */
export const novelty = (list: ArrayLike<number>, takers: ArrayLike<number>, userCount: number): number => {
  let bits = 0;
  for (let i = 0; i < list.length; i++) bits += Math.log2(userCount / Math.max(1, takers[list[i]]));
  return bits / list.length;
};

/**
 * Mean over all pairs of a list of 1 - cosine of their vectors: 0 where all are alike, 1 where they have
 * nothing in common. A vector of zeros has cosine 0 with every other. NaN for fewer than two items.
 * @param vectors [items, size], of which the list names rows
 * @see Ziegler et al., "Improving Recommendation Lists Through Topic Diversification", WWW 2005
 */
export const intraListDiversity = (list: ArrayLike<number>, vectors: Float32Array, size: number): number => {
  const n = list.length;
  if (n < 2) return Number.NaN;
  // Over unit vectors u the sum of all pairs' cosines is (|sum u|^2 - sum |u|^2) / 2: no need for pairs.
  const total = new Float64Array(size);
  let own = 0;
  for (let i = 0; i < n; i++) {
    const row = list[i] * size;
    let square = 0;
    for (let d = 0; d < size; d++) square += vectors[row + d] ** 2;
    if (square === 0) continue;
    const length = Math.sqrt(square);
    for (let d = 0; d < size; d++) total[d] += vectors[row + d] / length;
    own += 1;
  }
  let square = 0;
  for (const value of total) square += value * value;
  return 1 - (square - own) / (n * (n - 1));
};
