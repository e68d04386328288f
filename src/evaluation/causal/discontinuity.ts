import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { twoSidedQuantile } from '../../math/distributions.ts';
import type { Interval } from '../bootstrap.ts';

export interface Discontinuity {
  /** The jump at the cutoff, by local lines. */
  readonly estimate: number;
  /** About the jump of local parabolas, which have no bias of curvature; it need not hold `estimate` in its middle. */
  readonly interval: Interval;
  readonly bandwidth: number;
  /** Units within the bandwidth below and from the cutoff on. */
  readonly units: readonly [below: number, above: number];
}

export interface DiscontinuityOptions {
  readonly level?: number;
  /** By the rule where it is not given. */
  readonly bandwidth?: number;
}

/** Of the edge-optimal constant for the triangular kernel (Imbens & Kalyanaraman, 2012). */
const EDGE_CONSTANT = 3.4375;

/**
 * What being at or above a cutoff does to those at it: the difference of two local polynomials in the running variable,
 * one on each side, weights falling to 0 at the bandwidth. A line's interval would miss the truth where the curve bends;
 * the interval here is the bias-corrected one, which with one bandwidth for both is that of the local parabola.
 * @throws RangeError on columns of unequal length, or too few units on a side
 * @see Imbens & Kalyanaraman, Review of Economic Studies 2012; Calonico, Cattaneo & Titiunik, "Robust nonparametric
 *   confidence intervals for regression-discontinuity designs", Econometrica 2014
 */
export const discontinuity = (
  running: ArrayLike<number>,
  outcome: ArrayLike<number>,
  cutoff: number,
  { level = 0.95, bandwidth = ruleOfThumb(running, outcome, cutoff) }: DiscontinuityOptions = {},
): Discontinuity => {
  if (running.length !== outcome.length) {
    throw new RangeError(`discontinuity: ${running.length} places and ${outcome.length} outcomes`);
  }
  const sides = [-1, 1].map((side) => within(running, outcome, { cutoff, bandwidth, side }));
  const jump = (degree: number) => {
    const [below, above] = sides.map((side) => fitPolynomial(side, degree));
    return { estimate: above.level - below.level, spread: above.variance + below.variance };
  };
  const parabola = jump(2);
  const reach = twoSidedQuantile(1 - level) * Math.sqrt(parabola.spread);
  return {
    estimate: jump(1).estimate,
    interval: [parabola.estimate - reach, parabola.estimate + reach],
    bandwidth,
    units: [sides[0].x.length, sides[1].x.length],
  };
};

interface Side {
  readonly x: Float64Array; // from the cutoff, in bandwidths
  readonly y: Float64Array;
  readonly weight: Float64Array;
}

const within = (
  running: ArrayLike<number>,
  outcome: ArrayLike<number>,
  { cutoff, bandwidth, side }: { cutoff: number; bandwidth: number; side: number },
): Side => {
  const [x, y, weight]: number[][] = [[], [], []];
  for (let i = 0; i < running.length; i++) {
    const off = running[i] - cutoff;
    if (off >= 0 !== side > 0 || Math.abs(off) >= bandwidth) continue;
    x.push(off / bandwidth);
    y.push(outcome[i]);
    weight.push(1 - Math.abs(off) / bandwidth);
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y), weight: Float64Array.from(weight) };
};

/** A weighted polynomial: its level and second derivative at 0, and the level's variance whatever the errors are (HC1). */
const fitPolynomial = ({ x, y, weight }: Side, degree: number) => {
  const size = degree + 1;
  if (x.length < 3 * size) {
    throw new RangeError(
      `discontinuity: expected ${3 * size} units or more within the bandwidth on each side, got ${x.length}`,
    );
  }
  const gram = Matrix.zeros(size, size);
  const moment = Matrix.zeros(size, 1);
  for (let i = 0; i < x.length; i++) {
    for (let a = 0, xa = weight[i]; a < size; a++, xa *= x[i]) {
      moment.set(a, 0, moment.get(a, 0) + xa * y[i]);
      for (let b = 0, xb = xa; b < size; b++, xb *= x[i]) gram.set(a, b, gram.get(a, b) + xb);
    }
  }
  const solver = new CholeskyDecomposition(gram);
  if (!solver.isPositiveDefinite()) {
    throw new RangeError('discontinuity: the running variable takes too few values near the cutoff');
  }
  const beta = solver.solve(moment).to1DArray();
  const first = solver.solve(Matrix.columnVector([1, ...new Array<number>(degree).fill(0)])).to1DArray();
  let [variance, residuals] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    let [fitted, lever] = [0, 0];
    for (let a = 0, power = 1; a < size; a++, power *= x[i]) {
      fitted += beta[a] * power;
      lever += first[a] * power;
    }
    variance += (weight[i] * lever * (y[i] - fitted)) ** 2;
    residuals += (y[i] - fitted) ** 2;
  }
  const scale = x.length / (x.length - size);
  return {
    level: beta[0],
    curvature: degree < 2 ? 0 : 2 * beta[2],
    variance: variance * scale,
    noise: (residuals / x.length) * scale,
  };
};

/**
 * The bandwidth that is best for the level at an edge if the curve is as a cubic over each side says:
 *   h = C ((s-^2 + s+^2) / (f (m+'' - m-'')^2 + r))^(1/5) n^(-1/5)
 * f being the density at the cutoff, and r what keeps h finite where the curvatures are alike.
 */
const ruleOfThumb = (running: ArrayLike<number>, outcome: ArrayLike<number>, cutoff: number): number => {
  const n = running.length;
  let [sum, squares, furthest] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    sum += running[i];
    squares += running[i] ** 2;
    furthest = Math.max(furthest, Math.abs(running[i] - cutoff));
  }
  const deviation = Math.sqrt(squares / n - (sum / n) ** 2);
  const pilot = 1.84 * deviation * n ** -0.2; // Silverman, for a uniform kernel
  let near = 0;
  for (let i = 0; i < n; i++) if (Math.abs(running[i] - cutoff) < pilot) near++;
  const density = near / (2 * pilot * n);
  const wide = Math.min(furthest, 2 * deviation) * 1.0001;
  const [below, above] = [-1, 1].map((side) => {
    const units = within(running, outcome, { cutoff, bandwidth: wide, side });
    return { fit: fitPolynomial({ ...units, weight: units.weight.fill(1) }, 3), count: units.x.length };
  });
  const curvature = (above.fit.curvature - below.fit.curvature) / wide ** 2;
  const regular = (2160 * (below.fit.noise / below.count + above.fit.noise / above.count)) / wide ** 4;
  const h =
    EDGE_CONSTANT * ((below.fit.noise + above.fit.noise) / (density * (curvature ** 2 + regular) * n)) ** 0.2;
  return Math.min(h, wide);
};
