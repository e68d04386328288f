/** A step function that never falls: `values[b]` from `from[b]` on, to before `from[b + 1]`. */
export interface IsotonicSteps {
  readonly from: Float64Array; // [blocks] ascending; what lies below the first takes the first's value
  readonly values: Float64Array; // [blocks] ascending, 0 to 1
}

/**
 * The never-falling rates of least squared error over scores, by pooling adjacent violators: blocks of neighbouring
 * scores whose rate falls below that of the block before are joined to it.
 *   rate of a block = sum of outcomes / sum of exposures, 1 at most
 * An exposure is how much an observation counts: P(examined) for clicks, or 1. Equal scores stand in one block.
 * @throws RangeError on lengths that differ, or no exposure
 * @see Ayer et al., 1955 (pool adjacent violators); Zadrozny & Elkan, KDD 2002 (calibration)
 */
export const fitIsotonic = (
  scores: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  exposures: ArrayLike<number>,
): IsotonicSteps => {
  const n = scores.length;
  if (outcomes.length !== n || exposures.length !== n) {
    const got = `${n} scores, ${outcomes.length} outcomes, ${exposures.length} exposures`;
    throw new RangeError(`isotonic: expected as many of each, got ${got}`);
  }
  const order = Uint32Array.from({ length: n }, (_, i) => i)
    .filter((i) => exposures[i] > 0)
    .sort((a, b) => scores[a] - scores[b]);
  if (order.length === 0) throw new RangeError('isotonic: expected an exposure above 0, got none');
  const from: number[] = [];
  const yes: number[] = [];
  const of: number[] = [];
  for (const i of order) {
    const last = from.length - 1;
    if (last >= 0 && scores[i] === from[last]) {
      yes[last] += outcomes[i];
      of[last] += exposures[i];
    } else {
      from.push(scores[i]);
      yes.push(outcomes[i]);
      of.push(exposures[i]);
    }
  }
  let blocks = 0; // those that are settled lie before it
  for (let b = 0; b < from.length; b++, blocks++) {
    [from[blocks], yes[blocks], of[blocks]] = [from[b], yes[b], of[b]];
    while (blocks > 0 && yes[blocks] * of[blocks - 1] <= yes[blocks - 1] * of[blocks]) {
      yes[blocks - 1] += yes[blocks];
      of[blocks - 1] += of[blocks];
      blocks--;
    }
  }
  return {
    from: Float64Array.from(from.slice(0, blocks)),
    values: Float64Array.from({ length: blocks }, (_, b) => Math.min(1, yes[b] / of[b])),
  };
};

/** The rate at a score. */
export const isotonicAt = ({ from, values }: IsotonicSteps, score: number): number => {
  let low = 0; // the last block that begins at or before the score, or the first
  let high = from.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (from[middle] <= score) low = middle;
    else high = middle - 1;
  }
  return values[low];
};
