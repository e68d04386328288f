/** 2^32: numbers of a source have at least 32 random bits. */
const WORD = 0x1_0000_0000;

export interface SignFlipOptions {
  /** Uniform on [0, 1), of 32 random bits or more. */
  readonly uniform: () => number;
  /** Default 9,999: the least p is then 0.0001. */
  readonly flips?: number;
}

export const SIGN_FLIP_DEFINITION =
  'two-sided p of the mean difference over the same users: share of random sign changes of the differences whose mean is at least as far from 0, the one observed included';

/**
 * Two-sided p value of the mean of a - b over the same users, under the hypothesis that each difference is as
 * likely to have had the other sign.
 *   p = (1 + #{random signs s: |sum s_i d_i| >= |sum d_i|}) / (1 + flips)
 * 1 where the two never differ.
 * @throws RangeError on unequal lengths, no values, a difference that is NaN, or flips < 99
 * @see Fisher, "The Design of Experiments", 1935; Smucker, Allan & Carterette, CIKM 2007, for retrieval metrics
 */
export const signFlipP = (
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { uniform, flips = 9_999 }: SignFlipOptions,
): number => {
  if (a.length !== b.length) throw new RangeError(`sign flips: ${a.length} and ${b.length} users`);
  if (a.length === 0) throw new RangeError('sign flips: expected at least one user, got none');
  if (!(flips >= 99)) throw new RangeError(`flips: expected at least 99, got ${flips}`);
  const differences = Float64Array.from({ length: a.length }, (_, i) => a[i] - b[i]).filter((d) => d !== 0);
  if (differences.some(Number.isNaN)) throw new RangeError('sign flips: got NaN, expected numbers');
  let total = 0;
  for (const difference of differences) total += difference;
  // sums that are equal but for rounding count as equal
  const reach = Math.abs(total) - 1e-9 * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  let asFar = 0;
  for (let flip = 0; flip < flips; flip++) {
    let flipped = 0;
    for (let i = 0; i < differences.length; i += 32) {
      let signs = (uniform() * WORD) >>> 0;
      const end = Math.min(i + 32, differences.length);
      for (let at = i; at < end; at++) {
        flipped += (signs & 1) * differences[at];
        signs >>>= 1;
      }
    }
    if (Math.abs(total - 2 * flipped) >= reach) asFar++;
  }
  return (1 + asFar) / (1 + flips);
};
