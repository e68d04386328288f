import { solveRidge } from '../../math/linear-algebra.ts';

/** Units of a randomised experiment, with what was known of each before. */
export interface UpliftData {
  readonly features: readonly Float64Array[]; // [units][features]
  readonly treated: Uint8Array; // [units]
  readonly outcome: ArrayLike<number>; // [units]
}

/** What the treatment is expected to add to the outcome of a unit with these features. */
export type UpliftModel = (features: Float64Array) => number;

/** Predicts the outcome; every learner here is built from such, so a better one makes a better learner. */
type Regression = (features: Float64Array) => number;

/** Of standardised features, beside units in thousands. */
const RIDGE = 10;

const fitRidge = (rows: readonly Float64Array[], targets: ArrayLike<number>): Regression => {
  const theta = solveRidge(rows, targets, RIDGE);
  return (features) => {
    let sum = 0;
    for (let i = 0; i < theta.length; i++) sum += theta[i] * features[i];
    return sum;
  };
};

/** 1, the features, their squares and their products. */
const expand = (features: Float64Array): Float64Array => {
  const out = [1, ...features];
  for (let i = 0; i < features.length; i++) {
    for (let j = i; j < features.length; j++) out.push(features[i] * features[j]);
  }
  return Float64Array.from(out);
};

const rowsOf = ({ features, treated, outcome }: UpliftData, arm: number) => {
  const units = Array.from(treated.keys()).filter((i) => treated[i] === arm);
  if (units.length < 2)
    throw new RangeError(`uplift: expected units in both arms, got ${units.length} in ${arm}`);
  return {
    rows: units.map((i) => expand(features[i])),
    targets: units.map((i) => outcome[i]),
  };
};

/** One model with the treatment, and its products with the features, as features; the difference of its two answers. */
export const sLearner = ({ features, treated, outcome }: UpliftData): UpliftModel => {
  const withArm = (row: Float64Array, arm: number): Float64Array => {
    const plain = expand(row);
    return Float64Array.from([...plain, ...plain.map((x) => arm * x)]);
  };
  const predict = fitRidge(
    features.map((row, i) => withArm(row, treated[i])),
    outcome,
  );
  return (row) => predict(withArm(row, 1)) - predict(withArm(row, 0));
};

/** Two models, one for each arm. */
export const tLearner = (data: UpliftData): UpliftModel => {
  const [control, treatment] = [0, 1].map((arm) => {
    const { rows, targets } = rowsOf(data, arm);
    return fitRidge(rows, targets);
  });
  return (row) => treatment(expand(row)) - control(expand(row));
};

/**
 * Two models as above, then two of the effects that each unit's other arm is imputed for, weighted by the share treated.
 * @see Kuenzel, Sekhon, Bickel & Yu, "Metalearners for estimating heterogeneous treatment effects", PNAS 2019 (S, T, X)
 */
export const xLearner = (data: UpliftData): UpliftModel => {
  const [control, treatment] = [0, 1].map((arm) => rowsOf(data, arm));
  const [ofControl, ofTreatment] = [control, treatment].map(({ rows, targets }) => fitRidge(rows, targets));
  const effectOfTreated = fitRidge(
    treatment.rows,
    treatment.targets.map((y, i) => y - ofControl(treatment.rows[i])),
  );
  const effectOfControl = fitRidge(
    control.rows,
    control.targets.map((y, i) => ofTreatment(control.rows[i]) - y),
  );
  const share = treatment.rows.length / (treatment.rows.length + control.rows.length);
  return (row) => {
    const expanded = expand(row);
    return (1 - share) * effectOfTreated(expanded) + share * effectOfControl(expanded);
  };
};

/** The outcome expected without the treatment; what a ranking by risk goes by. */
export const riskModel = (data: UpliftData): Regression => {
  const { rows, targets } = rowsOf(data, 0);
  const predict = fitRidge(rows, targets);
  return (row) => predict(expand(row));
};
