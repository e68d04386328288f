/*
 * Metrics of predictions against outcomes that happened (1) or not (0). NaN where there is nothing to
 * measure; a prediction that is not a probability where one is needed is refused.
 */

const checkLengths = (predictions: ArrayLike<number>, outcomes: ArrayLike<number>): void => {
  if (predictions.length !== outcomes.length) {
    throw new RangeError(
      `expected an outcome for each of ${predictions.length} predictions, got ${outcomes.length}`,
    );
  }
};

const checkProbability = (p: number): void => {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`prediction: expected a probability, got ${p}`);
};

/**
 * Probability that a random positive is scored above a random negative, ties counting half. NaN unless both
 * occur. Scores may be of any scale.
 * @throws RangeError on unequal lengths, or a score that is NaN
 * @see Hanley & McNeil, "The meaning and use of the area under a ROC curve", 1982
 */
export const auc = (scores: ArrayLike<number>, outcomes: ArrayLike<number>): number => {
  checkLengths(scores, outcomes);
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[a] - scores[b],
  );
  let positives = 0;
  let below = 0; // negatives of lower score
  let wins = 0;
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start]];
    if (Number.isNaN(score)) throw new RangeError('score: expected a number, got NaN');
    let end = start;
    let hits = 0;
    for (; end < order.length && scores[order[end]] === score; end++) hits += outcomes[order[end]];
    const misses = end - start - hits;
    wins += hits * (below + misses / 2);
    below += misses;
    positives += hits;
    start = end;
  }
  return wins / (positives * below);
};

const SURE = 1e-12; // a certainty that fails costs 27.6, not infinity

/**
 * Mean negative log-likelihood in nats, -(y log p + (1 - y) log(1 - p)), p kept within 1e-12 of 0 and 1.
 * NaN of nothing.
 * @throws RangeError on unequal lengths, or a prediction that is no probability
 */
export const logLoss = (predictions: ArrayLike<number>, outcomes: ArrayLike<number>): number => {
  checkLengths(predictions, outcomes);
  let sum = 0;
  for (let i = 0; i < predictions.length; i++) {
    checkProbability(predictions[i]);
    const p = Math.min(1 - SURE, Math.max(SURE, predictions[i]));
    sum -= outcomes[i] * Math.log(p) + (1 - outcomes[i]) * Math.log1p(-p);
  }
  return sum / predictions.length;
};

/**
 * Expected calibration error over bins of equal width, the last closed: the bins' mean distance of
 * predicted and observed rate, weighted by their number of predictions.
 *   sum_b n_b / n |mean prediction_b - mean outcome_b|
 * NaN of nothing.
 * @throws RangeError on unequal lengths, a prediction that is no probability, or bins < 1
 * @see Naeini, Cooper & Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015
 */
export const ece = (predictions: ArrayLike<number>, outcomes: ArrayLike<number>, bins = 10): number => {
  checkLengths(predictions, outcomes);
  if (!Number.isInteger(bins) || bins < 1)
    throw new RangeError(`bins: expected a whole number >= 1, got ${bins}`);
  const excess = new Float64Array(bins); // predicted less observed
  for (let i = 0; i < predictions.length; i++) {
    checkProbability(predictions[i]);
    excess[Math.min(bins - 1, Math.floor(predictions[i] * bins))] += predictions[i] - outcomes[i];
  }
  let sum = 0;
  for (const value of excess) sum += Math.abs(value);
  return sum / predictions.length;
};
