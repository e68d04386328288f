import { sigmoid } from '../../math/statistics.ts';
import { HEADS, type MultiTaskModel } from '../multi-task.ts';

/** Observed clicks beside the click head's logits, from pages that the ranker has not learned from. */
export interface ClickObservations {
  readonly logits: ArrayLike<number>;
  readonly clicked: ArrayLike<number>; // 0 or 1
  readonly examined: ArrayLike<number>; // P(examined), more than 0
  /** How many impressions each stands for. */
  readonly weight: ArrayLike<number>;
}

/** P(click | examined) = sigmoid(slope * logit + intercept). */
export interface PlattScaling {
  readonly slope: number;
  readonly intercept: number;
}

const MOST_STEPS = 50;
const CONVERGED = 1e-8;
const LARGEST = 1 - 1e-9; // of a probability of a click, so that its complement has a logarithm

/**
 * The scaling of largest likelihood under P(click) = examined * sigmoid(slope * logit + intercept), by Fisher scoring
 * with halved steps. The targets are Platt's, (n1 + 1) / (n1 + 2) for a click and 1 / (n0 + 2) for none, n1 and n0
 * being the weighted numbers of each, so that few observations cannot ask for certainty.
 * @throws RangeError on lengths that differ or no observations
 * @see Platt, "Probabilistic outputs for support vector machines", 1999; Lin, Lin & Weng, Machine Learning 2007
 */
export const fitPlatt = ({ logits, clicked, examined, weight }: ClickObservations): PlattScaling => {
  const n = logits.length;
  if (n === 0 || clicked.length !== n || examined.length !== n || weight.length !== n) {
    const got = `${n} logits, ${clicked.length} clicks, ${examined.length} examinations, ${weight.length} weights`;
    throw new RangeError(`platt: expected as many of each and at least one, got ${got}`);
  }
  let [yes, no] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (clicked[i] === 1) yes += weight[i];
    else no += weight[i];
  }
  const [targetYes, targetNo] = [(yes + 1) / (yes + 2), 1 / (no + 2)];
  const shownAt = (i: number, slope: number, intercept: number): number =>
    Math.min(LARGEST, Math.max(1 - LARGEST, examined[i] * sigmoid(slope * logits[i] + intercept)));
  const lossOf = (slope: number, intercept: number): number => {
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const shown = shownAt(i, slope, intercept);
      const target = clicked[i] === 1 ? targetYes : targetNo;
      loss -= weight[i] * (target * Math.log(shown) + (1 - target) * Math.log1p(-shown));
    }
    return loss;
  };

  let [slope, intercept] = [1, 0];
  let loss = lossOf(slope, intercept);
  for (let step = 0; step < MOST_STEPS; step++) {
    let [gradSlope, gradIntercept] = [0, 0];
    let [hss, hsi, hii] = [1e-9, 0, 1e-9]; // the expected information; the ridge is for logits that are all alike
    for (let i = 0; i < n; i++) {
      const p = sigmoid(slope * logits[i] + intercept);
      const shown = shownAt(i, slope, intercept);
      const target = clicked[i] === 1 ? targetYes : targetNo;
      const residual = (weight[i] * (target - shown) * (1 - p)) / (1 - shown);
      const information = (weight[i] * shown * (1 - p) ** 2) / (1 - shown);
      gradSlope += residual * logits[i];
      gradIntercept += residual;
      hss += information * logits[i] ** 2;
      hsi += information * logits[i];
      hii += information;
    }
    const determinant = hss * hii - hsi ** 2;
    const moveSlope = (hii * gradSlope - hsi * gradIntercept) / determinant;
    const moveIntercept = (hss * gradIntercept - hsi * gradSlope) / determinant;
    let size = 1;
    let next = lossOf(slope + moveSlope, intercept + moveIntercept);
    while (!(next <= loss) && size > 1e-6) {
      size /= 2;
      next = lossOf(slope + size * moveSlope, intercept + size * moveIntercept);
    }
    if (!(next <= loss)) break;
    slope += size * moveSlope;
    intercept += size * moveIntercept;
    const gained = loss - next;
    loss = next;
    if (gained <= CONVERGED * (1 + loss)) break;
  }
  return { slope, intercept };
};

/** The same model with its click head scaled: folded into the last layer, so it is saved and served with it at no cost. */
export const withScaledClicks = (
  model: MultiTaskModel,
  { slope, intercept }: PlattScaling,
): MultiTaskModel => {
  const last = model.layers[model.layers.length - 1];
  const click = HEADS.indexOf('click');
  const weights = last.weights.map((w, i) => (i % last.outputSize === click ? w * slope : w));
  const bias = last.bias.map((b, o) => (o === click ? b * slope + intercept : b));
  return { ...model, layers: [...model.layers.slice(0, -1), { ...last, weights, bias }] };
};
