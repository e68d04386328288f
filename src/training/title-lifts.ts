import { sigmoid } from '../math/statistics.ts';

/** Events with what is expected of each before anything is known of its title but its genres and its artworks' themes. */
export interface TitleEvidence {
  readonly title: Uint32Array; // [n]
  /** Logit of the outcome, of the member and the occasion. */
  readonly expected: Float32Array; // [n]
  /** P(the outcome could be): of a click, that the place was looked at. */
  readonly examined: Float32Array; // [n]
  readonly outcome: Uint8Array; // [n], 0 or 1
}

/** Variance of the lifts before anything is known; learned from there. */
const START_VARIANCE = 0.5;
const ROUNDS = 6;
const LONGEST_STEP = 1;

/**
 * What each title adds to the logit for everybody, [titles]: the likeliest lifts given who looked,
 *   P(outcome) = examined sigmoid(expected + lift),  lift ~ Normal(0, variance)
 * so that a title is not taken for a good one because those who like its kind were shown it. Each round is a step of
 * Newton's for every title and one of expectation-maximisation for the variance, which titles share.
 * @see MacKay, "Bayesian interpolation", Neural Computation 1992
 */
export const fitTitleLifts = (
  { title, expected, examined, outcome }: TitleEvidence,
  titles: number,
): Float32Array => {
  const lifts = new Float32Array(titles);
  const gradient = new Float64Array(titles);
  const information = new Float64Array(titles);
  let variance = START_VARIANCE;
  for (let round = 0; round < ROUNDS; round++) {
    for (let t = 0; t < titles; t++) {
      gradient[t] = -lifts[t] / variance;
      information[t] = 1 / variance;
    }
    for (let i = 0; i < title.length; i++) {
      const p = sigmoid(expected[i] + lifts[title[i]]);
      const seen = Math.min(examined[i] * p, 1 - 1e-6);
      gradient[title[i]] += outcome[i] === 1 ? 1 - p : (-seen * (1 - p)) / (1 - seen);
      information[title[i]] += (seen * (1 - p) ** 2) / (1 - seen);
    }
    let spread = 0;
    for (let t = 0; t < titles; t++) {
      const step = gradient[t] / information[t];
      lifts[t] += Math.min(LONGEST_STEP, Math.max(-LONGEST_STEP, step));
      spread += lifts[t] ** 2 + 1 / information[t];
    }
    variance = spread / titles;
  }
  return lifts;
};
