/**
 * How well a ranking finds those whom a treatment helps, on a randomised test. Treated from the top of the ranking down,
 * after a share of the units the gain is
 *   g(share) = Y_t - Y_c N_t / N_c     over the units so far, Y being sums of outcomes and N counts
 * and the coefficient is the area between g and the straight line to its end, per unit tested: 0 for a random ranking.
 * @throws RangeError on columns of unequal length, or a test without one of the arms
 * @see Radcliffe, "Using control groups to target on predicted lift", 2007
 */
export const qiniOf = (
  score: ArrayLike<number>,
  outcome: ArrayLike<number>,
  treated: ArrayLike<number>,
): number => {
  const n = score.length;
  if (outcome.length !== n || treated.length !== n) {
    throw new RangeError(`qini: ${n} scores, ${outcome.length} outcomes and ${treated.length} arms`);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => score[j] - score[i] || i - j);
  const count = [0, 0];
  const sum = [0, 0];
  let area = 0;
  let gain = 0;
  for (const i of order) {
    const arm = treated[i] > 0 ? 1 : 0;
    count[arm]++;
    sum[arm] += outcome[i];
    gain = count[0] === 0 ? 0 : sum[1] - (sum[0] * count[1]) / count[0];
    area += gain;
  }
  if (count[0] === 0 || count[1] === 0) throw new RangeError('qini: expected units in both arms');
  return (area / n - gain / 2) / n;
};
