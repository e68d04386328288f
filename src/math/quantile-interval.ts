/**
 * Ranks (1-based, lower and upper) of the order statistics that hold the p-quantile between them with at
 * least the given confidence, whatever the distribution of the n values:
 *   lower = the largest l with P(B < l) <= (1 - confidence) / 2,   B ~ Binomial(n, p)
 *   upper = the smallest u with P(B < u) >= 1 - (1 - confidence) / 2
 * Undefined where n is too small for one of them to exist: a p99 at 95 % needs 368 values.
 * @throws RangeError unless n is a whole number, 0 < p < 1 and 0 < confidence < 1
 * @see Hahn & Meeker, "Statistical Intervals", 1991, section 5.2
 */
export const quantileRanks = (
  n: number,
  p: number,
  confidence = 0.95,
): readonly [lower: number, upper: number] | undefined => {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`n: expected a whole number, got ${n}`);
  if (!(p > 0 && p < 1)) throw new RangeError(`p: expected a number between 0 and 1, got ${p}`);
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence: expected a number between 0 and 1, got ${confidence}`);
  }
  const tail = (1 - confidence) / 2;
  const odds = Math.log(p) - Math.log1p(-p);
  let logMass = n * Math.log1p(-p); // log P(B = 0)
  let below = 0; // P(B < rank)
  let lower = 0;
  for (let rank = 1; rank <= n; rank++) {
    below += Math.exp(logMass);
    if (below <= tail) lower = rank;
    if (below >= 1 - tail) return lower === 0 ? undefined : [lower, rank];
    logMass += Math.log(n - rank + 1) - Math.log(rank) + odds;
  }
  return undefined;
};
