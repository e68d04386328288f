/** Tail probabilities and quantiles of Student's t and of chi-square, by incomplete gamma and beta functions. */

const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
  1.505_632_735_149_311_6e-7,
];

const TINY = 1e-300;
const PRECISION = 1e-16;
const MOST_TERMS = 10_000;

/**
 * log Gamma(x), to about 1e-14 relative.
 * @throws RangeError unless x > 0
 * @see Lanczos, "A Precision Approximation of the Gamma Function", 1964 (g = 7, nine terms)
 */
export const logGamma = (x: number): number => {
  if (!(x > 0)) throw new RangeError(`log gamma: expected > 0, got ${x}`);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
};

/** The continued fraction b0 + a1 / (b1 + a2 / (b2 + ...)) (Lentz's method as modified by Thompson & Barnett, 1986). */
const continuedFraction = (b0: number, term: (k: number) => readonly [a: number, b: number]): number => {
  let value = b0 === 0 ? TINY : b0;
  let c = value;
  let d = 0;
  for (let k = 1; k < MOST_TERMS; k++) {
    const [a, b] = term(k);
    d = b + a * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = b + a / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return value;
};

/**
 * P(X > x) of the chi-square distribution, the upper incomplete gamma function Q(df / 2, x / 2); small tails keep
 * their digits.
 * @throws RangeError unless x >= 0 and df > 0
 * @see Abramowitz & Stegun, 1964, 6.5.29 (series) and 6.5.31 (continued fraction)
 */
export const chiSquareTail = (x: number, df: number): number => {
  if (!(x >= 0 && df > 0)) throw new RangeError(`chi-square: expected x >= 0 and df > 0, got ${x} and ${df}`);
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const a = df / 2;
  const z = x / 2;
  const scale = Math.exp(a * Math.log(z) - z - logGamma(a));
  if (z < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < MOST_TERMS && term > sum * PRECISION; k++) {
      term *= z / (a + k);
      sum += term;
    }
    return 1 - scale * sum;
  }
  return scale / continuedFraction(z + 1 - a, (k) => [-k * (k - a), z + 2 * k + 1 - a]);
};

/**
 * The regularised incomplete beta function I_x(a, b).
 * @throws RangeError unless 0 <= x <= 1 and a, b > 0
 * @see Didonato & Morris, "Algorithm 708", 1992 (the continued fraction of Abramowitz & Stegun 26.5.8)
 */
export const incompleteBeta = (x: number, a: number, b: number): number => {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0)) {
    throw new RangeError(`incomplete beta: expected x in [0, 1] and a, b > 0, got ${x}, ${a}, ${b}`);
  }
  if (x === 0 || x === 1) return x;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logScale = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  const fraction = continuedFraction(1, (k) => {
    const m = Math.floor(k / 2);
    const numerator =
      k % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    return [numerator, 1];
  });
  return Math.exp(logScale) / (a * fraction);
};

/** From here on Student's t is taken for the normal: their tails differ by less than 1e-5 of themselves. */
const NORMAL_FROM = 1e6;

/**
 * P(|T| > |t|) of Student's t; from a million degrees of freedom on, of the normal. Small tails keep their digits.
 * @throws RangeError unless df > 0
 */
export const twoSidedTail = (t: number, df = Number.POSITIVE_INFINITY): number => {
  if (!(df > 0)) throw new RangeError(`student t: expected df > 0, got ${df}`);
  if (df >= NORMAL_FROM) return chiSquareTail(t * t, 1);
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
};

/**
 * The t > 0 with P(|T| > t) = tail; with df = Infinity, of the normal.
 * @throws RangeError unless 0 < tail < 1 and df > 0
 * @see Dowell & Jarratt, "A modified regula falsi method", 1971 (the Illinois rule, on the tail's logarithm)
 */
export const twoSidedQuantile = (tail: number, df = Number.POSITIVE_INFINITY): number => {
  if (!(tail > 0 && tail < 1)) throw new RangeError(`tail: expected between 0 and 1, got ${tail}`);
  const excess = (t: number): number => Math.log(twoSidedTail(t, df) / tail);
  let [low, atLow] = [0, -Math.log(tail)];
  let [high, atHigh] = [2, excess(2)];
  while (atHigh > 0) {
    [low, atLow] = [high, atHigh];
    high *= 2;
    atHigh = excess(high);
  }
  let t = high;
  for (let step = 0; step < 200 && high - low > 1e-14 * high; step++) {
    const next = high - (atHigh * (high - low)) / (atHigh - atLow);
    if (Math.abs(next - t) <= 1e-15 * t) break;
    t = next;
    const here = excess(t);
    if (here > 0) {
      [low, atLow] = [t, here];
      atHigh /= 2;
    } else {
      [high, atHigh] = [t, here];
      atLow /= 2;
    }
  }
  return t;
};
