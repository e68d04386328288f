/** Grid points that a distribution brings to the common grid, where no narrower one has brought its own. */
const POINTS = 40;
/** How far a distribution reaches from its centre, in standard deviations of its log-odds. */
const DEVIATIONS = 5.5;
/** The same where it holds few observations and its tails fall as exp(-alpha |t|): to exp(-16), 1e-7. */
const EXPONENTS = 16;

export interface Beta {
  /** >= 1 */
  readonly alpha: number;
  /** >= 1 */
  readonly beta: number;
}

/**
 * P(a is the largest of independent x_a ~ Beta(alpha_a, beta_a)), [n], to about 1e-5:
 *   p(a) = integral of f_a(t) prod_{b != a} F_b(t) dt over the log-odds t = log(x / (1 - x))
 * by Simpson's rule on a grid that is everywhere as fine as the narrowest distribution there needs. In log-odds the density x^alpha (1 - x)^beta / B(alpha, beta) is smooth
 * and never infinite; B comes from the same sums.
 * @throws RangeError on none, or parameters that are not >= 1
 */
export const chancesOfBest = (betas: readonly Beta[]): Float64Array => {
  const spans = betas.map(spanOf);
  const chances = new Float64Array(betas.length);
  const highest = spans.reduce((most, { low }) => Math.max(most, low), -Infinity);
  const contenders = [...spans.keys()].filter((a) => spans[a].high >= highest);
  if (contenders.length === 0) throw new RangeError('best of betas: expected at least one, got none');
  const grid = commonGrid(contenders.map((a) => spans[a]));
  const curves = contenders.map((a) => curveOn(grid, betas[a]));
  const after = new Float64Array(contenders.length + 1).fill(1); // products of F from each contender on
  for (let k = 0; k < grid.times.length; k++) {
    for (let c = contenders.length - 1; c > 0; c--) after[c] = after[c + 1] * curves[c].below[k];
    let before = grid.weights[k];
    for (let c = 0; c < contenders.length && before > 0; c++) {
      chances[contenders[c]] += before * curves[c].density[k] * after[c + 1];
      before *= curves[c].below[k];
    }
  }
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  for (let a = 0; a < chances.length; a++) chances[a] /= total;
  return chances;
};

interface Span {
  readonly low: number;
  readonly high: number;
}

/** The log-odds outside which a distribution has next to nothing. */
const spanOf = ({ alpha, beta }: Beta): Span => {
  if (!(alpha >= 1 && beta >= 1 && alpha + beta < Infinity)) {
    throw new RangeError(`best of betas: expected alpha and beta >= 1, got ${alpha} and ${beta}`);
  }
  const centre = Math.log(alpha / beta);
  const reach = DEVIATIONS * Math.sqrt(1 / alpha + 1 / beta);
  return {
    low: centre - Math.max(reach, EXPONENTS / alpha),
    high: centre + Math.max(reach, EXPONENTS / beta),
  };
};

interface Grid {
  /** Ascending; every second one is the middle of its neighbours. [2 cells + 1] */
  readonly times: Float64Array;
  /** Of Simpson's rule. */
  readonly weights: Float64Array;
  /** log x; log (1 - x) is that less t. */
  readonly logChance: Float64Array;
}

const commonGrid = (spans: readonly Span[]): Grid => {
  const narrowestFirst = [...spans].sort((a, b) => a.high - a.low - (b.high - b.low));
  const ends: number[] = [];
  narrowestFirst.forEach(({ low, high }, s) => {
    const finer = narrowestFirst.slice(0, s);
    for (let i = 0; i < POINTS; i++) {
      const t = low + ((high - low) * i) / (POINTS - 1);
      if (!finer.some((span) => span.low <= t && t <= span.high)) ends.push(t);
    }
  });
  ends.sort((a, b) => a - b);
  const times = new Float64Array(2 * ends.length - 1);
  for (let k = 0; k < times.length; k++) times[k] = (ends[k >> 1] + ends[(k + 1) >> 1]) / 2;
  const weights = new Float64Array(times.length);
  for (let k = 0; k + 2 < times.length; k += 2) {
    const sixth = (times[k + 2] - times[k]) / 6;
    weights[k] += sixth;
    weights[k + 1] = 4 * sixth;
    weights[k + 2] = sixth;
  }
  return { times, weights, logChance: times.map((t) => -Math.log1p(Math.exp(-t))) };
};

/** Density and distribution function on the grid. */
const curveOn = ({ times, weights, logChance }: Grid, { alpha, beta }: Beta) => {
  const peak = alpha * Math.log(alpha / (alpha + beta)) + beta * Math.log(beta / (alpha + beta));
  const density = new Float64Array(times.length);
  let total = 0;
  for (let k = 0; k < times.length; k++) {
    density[k] = Math.exp((alpha + beta) * logChance[k] - beta * times[k] - peak);
    total += weights[k] * density[k];
  }
  for (let k = 0; k < times.length; k++) density[k] /= total;
  const below = new Float64Array(times.length);
  for (let k = 0; k + 2 < times.length; k += 2) {
    const width = times[k + 2] - times[k];
    const [first, middle, last] = [density[k], density[k + 1], density[k + 2]];
    below[k + 1] = Math.max(0, below[k] + (width * (5 * first + 8 * middle - last)) / 24);
    below[k + 2] = below[k] + (width * (first + 4 * middle + last)) / 6;
  }
  return { density, below };
};
