import type { Interval } from '../bootstrap.ts';
import { expectPanel, meanOver, type Panel } from './panel.ts';

export interface SyntheticControl {
  /** Mean over the periods after the change: the unit less its synthetic twin. */
  readonly estimate: number;
  readonly interval: Interval;
  /** Weights of the other units, >= 0, summing to 1. */
  readonly weights: Float64Array; // [units], 0 for the treated
  /** Share of the units, the treated among them, whose own gap is as large: p of no effect. */
  readonly p: number;
}

/** Projections that bring the weights within about 1e-4 of the best on a few dozen units. */
const STEPS = 300;

/**
 * The effect of a change on one unit, beside a weighted mean of the others that went along with it before the change;
 * levels are taken out first, so that it is the course that is matched. The interval reaches as far as the gaps that the
 * same procedure finds for units where nothing happened (placebos): estimate -/+ the ceil(level (J + 1))-th smallest of
 * J. With J donors the level is at most J / (J + 1).
 * @throws RangeError on fewer donors than the level needs, or fewer than two periods before the change
 * @see Abadie, Diamond & Hainmueller, "Synthetic Control Methods", JASA 2010; Doudchenko & Imbens, 2016 (intercept)
 */
export const syntheticControl = (
  panel: Panel,
  treated: number,
  from: number,
  level = 0.95,
): SyntheticControl => {
  expectPanel(panel, from, 2);
  const donors = Array.from({ length: panel.units }, (_, unit) => unit).filter((unit) => unit !== treated);
  const rank = Math.ceil(level * (donors.length + 1));
  if (rank > donors.length) {
    throw new RangeError(
      `synthetic control: expected ${Math.ceil(level / (1 - level))} other units or more for a level of ${level}, got ${donors.length}`,
    );
  }
  const products = preProducts(panel, from);
  const gapOf = (unit: number, others: readonly number[]) => {
    const weights = simplexWeights(products, panel.units, unit, others);
    let gap = meanOver(panel, unit, from, panel.periods) - meanOver(panel, unit, 0, from);
    others.forEach((other, i) => {
      gap -= weights[i] * (meanOver(panel, other, from, panel.periods) - meanOver(panel, other, 0, from));
    });
    return { gap, weights };
  };
  const own = gapOf(treated, donors);
  const placebos = Float64Array.from(donors, (donor) =>
    Math.abs(
      gapOf(
        donor,
        donors.filter((other) => other !== donor),
      ).gap,
    ),
  ).sort();
  const reach = placebos[rank - 1];
  const weights = new Float64Array(panel.units);
  donors.forEach((donor, i) => {
    weights[donor] = own.weights[i];
  });
  const asLarge = placebos.filter((gap) => gap >= Math.abs(own.gap)).length;
  return {
    estimate: own.gap,
    interval: [own.gap - reach, own.gap + reach],
    weights,
    p: (1 + asLarge) / (1 + placebos.length),
  };
};

/** Inner products of the units' courses before the change, each about its own mean: [units, units]. */
const preProducts = (panel: Panel, from: number): Float64Array => {
  const { units, periods, values } = panel;
  const centred = new Float64Array(units * from);
  for (let unit = 0; unit < units; unit++) {
    const level = meanOver(panel, unit, 0, from);
    for (let t = 0; t < from; t++) centred[unit * from + t] = values[unit * periods + t] - level;
  }
  const products = new Float64Array(units * units);
  for (let i = 0; i < units; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let t = 0; t < from; t++) sum += centred[i * from + t] * centred[j * from + t];
      products[i * units + j] = products[j * units + i] = sum;
    }
  }
  return products;
};

/**
 * The weights >= 0 that sum to 1 and bring the others nearest to the unit, by accelerated projected gradients.
 * @see Beck & Teboulle, "A fast iterative shrinkage-thresholding algorithm", 2009
 */
const simplexWeights = (
  products: Float64Array,
  units: number,
  unit: number,
  others: readonly number[],
): Float64Array => {
  const n = others.length;
  let trace = 0;
  for (const other of others) trace += products[other * units + other];
  let weights: Float64Array = new Float64Array(n).fill(1 / n);
  let point = weights;
  let momentum = 1;
  for (let step = 0; step < STEPS && trace > 0; step++) {
    const moved = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const row = others[i] * units;
      let slope = -products[row + unit];
      for (let j = 0; j < n; j++) slope += products[row + others[j]] * point[j];
      moved[i] = point[i] - slope / trace; // the trace bounds the largest eigenvalue
    }
    const next = onSimplex(moved);
    const faster = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2;
    const push = (momentum - 1) / faster;
    point = next.map((w, i) => w + push * (w - weights[i]));
    [weights, momentum] = [next, faster];
  }
  return weights;
};

/** The nearest weights that are >= 0 and sum to 1 (Duchi et al., ICML 2008). */
export const onSimplex = (values: Float64Array): Float64Array => {
  const descending = values.slice().sort().reverse();
  let [sum, shift] = [0, 0];
  for (let i = 0; i < descending.length; i++) {
    sum += descending[i];
    const candidate = (sum - 1) / (i + 1);
    if (descending[i] > candidate) shift = candidate;
  }
  return values.map((value) => Math.max(0, value - shift));
};
