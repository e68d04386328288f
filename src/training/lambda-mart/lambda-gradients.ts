/** Rows of pages, page by page, with what each row is worth at the top of its page. */
export interface RankedGroups {
  readonly offsets: Uint32Array; // [groups + 1], of rows
  /** >= 0; a row of more gain should stand above one of less. */
  readonly gain: Float32Array; // [rows]
  /** What a pair counts that the row should win: its inverse propensity. */
  readonly weight: Float32Array; // [rows]
}

/** 1 / log2(rank + 1) of a 0-based place within the first k, 0 beyond. */
const discountAt = (place: number, k: number): number => (place < k ? 1 / Math.log2(place + 2) : 0);

/** Rows `from` to `to` by falling score, equal ones as they came. Groups are pages: short, and nearly sorted before. */
const sortByScore = (scores: Float64Array, from: number, to: number, order: Uint32Array): void => {
  for (let i = from; i < to; i++) {
    let place = i - from;
    for (; place > 0 && scores[order[place - 1]] < scores[i]; place--) order[place] = order[place - 1];
    order[place] = i;
  }
};

const longest = ({ offsets }: RankedGroups): number => {
  let most = 0;
  for (let g = 1; g < offsets.length; g++) most = Math.max(most, offsets[g] - offsets[g - 1]);
  return most;
};

/**
 * Writes the first and second derivative by each row's score of
 *   L = sum over pairs of a page with gain_i > gain_j of w_ij log(1 + exp(s_j - s_i)),
 *   w_ij = weight_i (gain_i - gain_j) |discount(place_i) - discount(place_j)|
 * w_ij, what the page's DCG@k changes by when the two swap places, being held at the present order. Not divided by the
 * page's ideal DCG: most pages have one take, and a finished one would count no more than one that was left.
 * @see Burges, "From RankNet to LambdaRank to LambdaMART: an overview", 2010; Joachims, Swaminathan & Schnabel,
 * "Unbiased learning-to-rank with biased feedback", WSDM 2017 (the weights)
 */
export const lambdaGradients = (
  groups: RankedGroups,
  scores: Float64Array,
  k: number,
  out: { readonly gradient: Float64Array; readonly hessian: Float64Array },
): void => {
  const { offsets, gain, weight } = groups;
  const { gradient, hessian } = out;
  const size = longest(groups);
  const order = new Uint32Array(size);
  const discounts = Float64Array.from({ length: size }, (_, place) => discountAt(place, k));
  gradient.fill(0);
  hessian.fill(0);
  for (let g = 0; g + 1 < offsets.length; g++) {
    const count = offsets[g + 1] - offsets[g];
    sortByScore(scores, offsets[g], offsets[g + 1], order);
    for (let a = 0; a < count; a++) {
      const i = order[a];
      if (gain[i] === 0) continue;
      for (let b = 0; b < count; b++) {
        const j = order[b];
        if (gain[j] >= gain[i]) continue;
        const w = weight[i] * (gain[i] - gain[j]) * Math.abs(discounts[a] - discounts[b]);
        const wrong = 1 / (1 + Math.exp(scores[i] - scores[j])); // P(j before i) of RankNet
        gradient[i] -= w * wrong;
        gradient[j] += w * wrong;
        hessian[i] += w * wrong * (1 - wrong);
        hessian[j] += w * wrong * (1 - wrong);
      }
    }
  }
};

/**
 * DCG@k of the pages in the order of the scores over that of the best order, each a sum over pages of
 * sum weight gain discount; NaN where no row of any page has a gain.
 */
export const weightedNdcg = (groups: RankedGroups, scores: Float64Array, k: number): number => {
  const { offsets, gain, weight } = groups;
  const order = new Uint32Array(longest(groups));
  const worth = new Float64Array(gain.length);
  for (let i = 0; i < worth.length; i++) worth[i] = gain[i] * weight[i];
  const gained = (by: Float64Array, from: number, to: number): number => {
    sortByScore(by, from, to, order);
    let sum = 0;
    for (let place = 0; place < Math.min(k, to - from); place++)
      sum += worth[order[place]] * discountAt(place, k);
    return sum;
  };
  let reached = 0;
  let ideal = 0;
  for (let g = 0; g + 1 < offsets.length; g++) {
    reached += gained(scores, offsets[g], offsets[g + 1]);
    ideal += gained(worth, offsets[g], offsets[g + 1]);
  }
  return reached / ideal;
};
