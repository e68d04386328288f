/**
 * Share of the catalogue that stands in at least one of the lists, [0, 1].
 * @throws RangeError unless the catalogue has at least one item
 */
export const coverage = (lists: Iterable<ArrayLike<number>>, catalogueSize: number): number => {
  if (!(catalogueSize >= 1))
    throw new RangeError(`catalogue: expected at least one item, got ${catalogueSize}`);
  const seen = new Set<number>();
  for (const list of lists) for (let i = 0; i < list.length; i++) seen.add(list[i]);
  return seen.size / catalogueSize;
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
