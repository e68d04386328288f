import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { sigmoid } from '../../math/statistics.ts';
import { type Effect, effectOf } from '../ab/effect.ts';

/** How far treated and untreated units are alike: where they are not, no weighting can compare them. */
export interface Overlap {
  readonly least: number;
  readonly most: number;
  /** Share of units whose propensity is below 0.05 or above 0.95. */
  readonly extremeShare: number;
  /** (sum w)^2 / sum w^2 of each arm: how many units its weighted mean stands on (Kish, 1965). */
  readonly effectiveSampleSize: readonly [control: number, treatment: number];
}

const EXTREME = 0.05;
const NEWTON_STEPS = 50;
/** Keeps the fit finite where a feature parts the arms wholly. */
const RIDGE = 1e-3;

/**
 * P(treated | features) of each unit, by logistic regression (Newton's steps).
 * @throws RangeError unless both arms have units
 */
export const propensities = (features: readonly Float64Array[], treated: Uint8Array): Float64Array => {
  const units = features.length;
  const share = treated.reduce((sum, t) => sum + t, 0) / units;
  if (!(share > 0 && share < 1))
    throw new RangeError(`propensity: expected units in both arms, got a share of ${share}`);
  const rows = features.map((row) => [1, ...row]);
  const size = rows[0].length;
  const theta = new Float64Array(size);
  const scoreOf = (row: readonly number[]): number =>
    sigmoid(row.reduce((sum, x, i) => sum + x * theta[i], 0));
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const hessian = Matrix.eye(size).mul(RIDGE);
    const slope = Matrix.zeros(size, 1);
    for (let a = 0; a < size; a++) slope.set(a, 0, -RIDGE * theta[a]);
    rows.forEach((row, unit) => {
      const p = scoreOf(row);
      for (let a = 0; a < size; a++) {
        slope.set(a, 0, slope.get(a, 0) + (treated[unit] - p) * row[a]);
        for (let b = 0; b <= a; b++) hessian.set(a, b, hessian.get(a, b) + p * (1 - p) * row[a] * row[b]);
      }
    });
    for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) hessian.set(b, a, hessian.get(a, b));
    const move = new CholeskyDecomposition(hessian).solve(slope).to1DArray();
    for (let a = 0; a < size; a++) theta[a] += move[a];
    if (move.every((by) => Math.abs(by) < 1e-8)) break;
  }
  return Float64Array.from(rows, scoreOf);
};

/**
 * Effect on all units of a treatment that units chose, by weights 1 / P(the arm they are in), each arm's summing to 1.
 *   mean_1 - mean_0,   mean_k = sum w y / sum w,   SE^2 = sum_k sum w^2 (y - mean_k)^2 / (sum w)^2
 * It holds where nothing beside the features moves both the choice and the outcome. The error takes propensities for
 * known, which makes it a little too large where they were fitted.
 * @throws RangeError on columns of unequal length, or a propensity outside (0, 1)
 * @see Hajek, 1971; Lunceford & Davidian, Statistics in Medicine 2004
 */
export const weightedEffect = (
  outcome: ArrayLike<number>,
  treated: Uint8Array,
  propensity: Float64Array,
): { readonly effect: Effect; readonly overlap: Overlap } => {
  const units = treated.length;
  if (outcome.length !== units || propensity.length !== units) {
    throw new RangeError(
      `weighted effect: ${units} units, ${outcome.length} outcomes, ${propensity.length} propensities`,
    );
  }
  const total = [0, 0];
  const squares = [0, 0];
  const means = [0, 0];
  let [least, most, extreme] = [1, 0, 0];
  const weightOf = (unit: number): number =>
    1 / (treated[unit] === 1 ? propensity[unit] : 1 - propensity[unit]);
  for (let unit = 0; unit < units; unit++) {
    const p = propensity[unit];
    if (!(p > 0 && p < 1)) throw new RangeError(`propensity ${unit}: expected between 0 and 1, got ${p}`);
    least = Math.min(least, p);
    most = Math.max(most, p);
    if (p < EXTREME || p > 1 - EXTREME) extreme++;
    const arm = treated[unit];
    const weight = weightOf(unit);
    total[arm] += weight;
    squares[arm] += weight ** 2;
    means[arm] += weight * outcome[unit];
  }
  for (const arm of [0, 1]) means[arm] /= total[arm];
  let spread = 0;
  for (let unit = 0; unit < units; unit++) {
    const arm = treated[unit];
    spread += ((weightOf(unit) * (outcome[unit] - means[arm])) / total[arm]) ** 2;
  }
  return {
    effect: effectOf({
      estimate: means[1] - means[0],
      standardError: Math.sqrt(spread),
      degreesOfFreedom: Number.POSITIVE_INFINITY,
      control: means[0],
    }),
    overlap: {
      least,
      most,
      extremeShare: extreme / units,
      effectiveSampleSize: [total[0] ** 2 / squares[0], total[1] ** 2 / squares[1]],
    },
  };
};
