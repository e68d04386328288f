/** How far two rankings agree: correlations of whole rankings, and the likeness of two top lists. */

const expectPaired = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
  if (a.length !== b.length) throw new RangeError(`rank correlation: ${a.length} and ${b.length} values`);
  for (const values of [a, b]) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) throw new RangeError(`rank correlation: value ${i} is NaN`);
    }
  }
};

/** Pairs among n. */
const pairs = (n: number): number => (n * (n - 1)) / 2;

/** Pairs of equal neighbours in a sorted order. */
const tiedPairs = (n: number, equalsNext: (place: number) => boolean): number => {
  let tied = 0;
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && equalsNext(end - 1)) end++;
    tied += pairs(end - start);
    start = end;
  }
  return tied;
};

/** Sorts in place by merging, and returns how many pairs stood in falling order. */
const sortCountingFalls = (values: Float64Array): number => {
  let falls = 0;
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        if (left < middle && (right >= end || from[left] <= from[right])) to[at] = from[left++];
        else {
          to[at] = from[right++];
          falls += middle - left;
        }
      }
    }
    [from, to] = [to, from];
  }
  values.set(from);
  return falls;
};

/**
 * Kendall's tau-b of paired values, [-1, 1]: 1 for the same order, -1 for the reverse.
 *   tau = (concordant - discordant) / sqrt((pairs - tied in a) (pairs - tied in b))
 * NaN where either has no two values that differ. O(n log n).
 * @throws RangeError on unequal lengths or NaN
 * @see Kendall, "The treatment of ties in ranking problems", 1945; Knight, JASA 1966 for the algorithm
 */
export const kendallTau = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expectPaired(a, b);
  const n = a.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => a[i] - a[j] || b[i] - b[j]);
  const sameA = (p: number): boolean => a[order[p]] === a[order[p + 1]];
  const tiedA = tiedPairs(n, sameA);
  const tiedBoth = tiedPairs(n, (p) => sameA(p) && b[order[p]] === b[order[p + 1]]);
  const values = Float64Array.from(order, (i) => b[i]);
  const discordant = sortCountingFalls(values); // where a ties, b rises, so a tie is no fall
  const tiedB = tiedPairs(n, (p) => values[p] === values[p + 1]);
  const untied = pairs(n) - tiedA - tiedB + tiedBoth; // concordant + discordant
  return (untied - 2 * discordant) / Math.sqrt((pairs(n) - tiedA) * (pairs(n) - tiedB));
};

/** 1-based ranks by rising value; equal values share the mean of their ranks. */
const meanRanks = (values: ArrayLike<number>): Float64Array => {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort(
    (i, j) => values[i] - values[j],
  );
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let at = start; at < end; at++) ranks[order[at]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
};

/**
 * Spearman's rho of paired values, [-1, 1]: the linear correlation of their ranks, equal values sharing the
 * mean of theirs. NaN where either has no two values that differ.
 * @throws RangeError on unequal lengths or NaN
 * @see Spearman, "The proof and measurement of association between two things", 1904
 */
export const spearmanRho = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expectPaired(a, b);
  const [ranksA, ranksB] = [meanRanks(a), meanRanks(b)];
  const centre = (a.length + 1) / 2;
  let [both, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [ranksA[i] - centre, ranksB[i] - centre];
    both += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return both / Math.sqrt(squaresA * squaresB);
};

/**
 * Likeness of two top lists of distinct items, [0, 1]: 1 for the same list, 0 for lists without a common item.
 * Kendall's distance counts 1 for a pair that the lists order differently, one list telling that an item it
 * holds stands before one that it lacks, and 1/2 for a pair that only one list holds:
 *   1 - K(a, b) / K(disjoint lists of these lengths)
 * NaN for two empty lists.
 * @see Fagin, Kumar & Sivakumar, "Comparing top k lists", SIAM J. Discrete Math 2003 (p = 1/2)
 */
export const topListLikeness = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const placesA = placesOf(a);
  const placesB = placesOf(b);
  const union = [...new Set([...placesA.keys(), ...placesB.keys()])];
  let distance = 0;
  for (let i = 0; i < union.length; i++) {
    for (let j = i + 1; j < union.length; j++) {
      const told = [orderIn(placesA, union[i], union[j]), orderIn(placesB, union[i], union[j])];
      if (told.includes(0)) distance += 1 / 2;
      else if (told[0] !== told[1]) distance += 1;
    }
  }
  return 1 - distance / (a.length * b.length + (pairs(a.length) + pairs(b.length)) / 2);
};

const placesOf = (list: ArrayLike<number>): Map<number, number> => {
  const places = new Map<number, number>();
  for (let i = 0; i < list.length; i++) places.set(list[i], i);
  return places;
};

/** -1 where the list puts the first item before the second, 1 where after, 0 where it holds neither. */
const orderIn = (places: ReadonlyMap<number, number>, first: number, second: number): number =>
  Math.sign((places.get(first) ?? places.size) - (places.get(second) ?? places.size));
