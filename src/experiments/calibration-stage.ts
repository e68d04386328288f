import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Rng } from '../domain/rng.ts';
import type { Interval } from '../evaluation/bootstrap.ts';
import { ece } from '../evaluation/prediction-metrics.ts';
import { fitIsotonic, isotonicAt } from '../ranking/calibration/isotonic.ts';
import { clickLogits } from '../ranking/multi-task.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { clickProbabilities, type HeldOutPages, heldOutPages } from './held-out-pages.ts';
import type { Subject } from './subject.ts';

const STAGE = 'calibration';
const BUDGET = 0.01;
const BINS = 10;

export const ECE_DEFINITION = `predicted P(click) = P(click | examined) times the estimated P(examined) of the place, against clicks: sum over ${BINS} bins of equal width of n_bin / n |mean predicted - share clicked|`;

/** ECE of the click head as it is served, before its scaling, and with isotonic regression in its place. */
export const measureCalibration = (
  subject: Subject,
  retrieval: TrainedRetrieval,
  { ranker, scaling }: Pick<TrainedRanking, 'ranker' | 'scaling'>,
  pages: HeldOutPages | undefined = heldOutPages(subject, retrieval),
): StageRow[] => {
  if (pages === undefined)
    return [{ stage: STAGE, absent: 'calibration of clicks needs impressions, which this dataset has not' }];
  const { examples, half } = pages;
  const { examined, clicked, rows } = examples;
  const logits = clickLogits(ranker, examples);
  const unscaled = logits.map((z) => (z - scaling.intercept) / scaling.slope);
  const steps = fitIsotonic(
    unscaled.subarray(0, half),
    clicked.subarray(0, half),
    examined.subarray(0, half),
  );
  const outcomes = clicked.subarray(half, rows);
  const looked = examined.subarray(half, rows);
  const raw = clickProbabilities(unscaled.subarray(half), looked);
  const platt = clickProbabilities(logits.subarray(half), looked);
  const isotonic = looked.map((e, i) => isotonicAt(steps, unscaled[half + i]) * e);
  const members = membersOf(subject, pages).subarray(half);
  const protocol = `the ${outcomes.length} later of the held-out impressions of ${new Set(members).size} members; Platt scaling was fitted on the last 5 % of the ranker's examples and is part of the ranker, isotonic regression on the ${half} held-out impressions before; intervals over members, and upwards, as noise adds to the distances`;
  const measure = (name: string, predictions: ArrayLike<number>): Measurement => ({
    name,
    value: ece(predictions, outcomes, BINS),
    unit: 'share',
    n: outcomes.length,
    ci: eceInterval({
      predictions,
      outcomes,
      members,
      bins: BINS,
      rng: subject.rng.fork(`bootstrap:${name}`),
    }),
    definition: ECE_DEFINITION,
    protocol,
  });
  const uncalibrated = measure('ranker.click.ece.before', raw);
  const byIsotonic = measure('ranker.click.ece.isotonic', isotonic);
  const calibrated: Measurement = {
    ...measure('ranker.click.ece', platt),
    baselines: [
      { name: 'before', value: uncalibrated.value },
      { name: 'isotonic', value: byIsotonic.value },
    ],
  };
  const byMass: Measurement = {
    name: 'ranker.click.ece-equal-mass',
    value: equalMassEce(platt, outcomes),
    unit: 'share',
    n: outcomes.length,
    baselines: [
      { name: 'before', value: equalMassEce(raw, outcomes) },
      { name: 'isotonic', value: equalMassEce(isotonic, outcomes) },
    ],
    definition: ECE_DEFINITION.replace('equal width', 'equally many predictions, most of which are small'),
    protocol,
  };
  return [heldTo(calibrated, BUDGET), uncalibrated, byIsotonic, byMass].map((measurement) => ({
    stage: STAGE,
    measurement,
  }));
};

const membersOf = ({ dataset }: Subject, { impression }: HeldOutPages): Uint32Array =>
  impression.map((row) => dataset.impressions?.member[row] ?? 0);

/** ECE over bins of equally many predictions, in their order: bins of equal width put most clicks' in one or two. */
const equalMassEce = (predictions: Float64Array | Float32Array, outcomes: ArrayLike<number>): number => {
  const order = Uint32Array.from(predictions, (_, i) => i).sort((a, b) => predictions[a] - predictions[b]);
  const excess = new Float64Array(BINS); // predicted less observed
  order.forEach((i, rank) => {
    excess[Math.floor((rank * BINS) / order.length)] += predictions[i] - outcomes[i];
  });
  return excess.reduce((sum, x) => sum + Math.abs(x), 0) / order.length;
};

const RESAMPLES = 200;

/** Percentile bootstrap interval of the ECE, members being drawn again with all their impressions. */
export const eceInterval = (options: {
  readonly predictions: ArrayLike<number>;
  readonly outcomes: ArrayLike<number>;
  readonly members: Uint32Array;
  readonly bins: number;
  readonly rng: Rng;
}): Interval => {
  const { predictions, outcomes, members, bins, rng } = options;
  const index = new Map<number, number>();
  for (const member of members) if (!index.has(member)) index.set(member, index.size);
  const excess = new Float64Array(index.size * bins); // predicted less observed, by member and bin
  const count = new Float64Array(index.size);
  for (let i = 0; i < members.length; i++) {
    const m = index.get(members[i]) as number;
    excess[m * bins + Math.min(bins - 1, Math.floor(predictions[i] * bins))] += predictions[i] - outcomes[i];
    count[m]++;
  }
  const values = new Float64Array(RESAMPLES);
  const sums = new Float64Array(bins);
  for (let r = 0; r < RESAMPLES; r++) {
    sums.fill(0);
    let n = 0;
    for (let draw = 0; draw < count.length; draw++) {
      const m = Math.floor(rng.next() * count.length);
      n += count[m];
      for (let b = 0; b < bins; b++) sums[b] += excess[m * bins + b];
    }
    values[r] = sums.reduce((sum, x) => sum + Math.abs(x), 0) / n;
  }
  values.sort();
  return [values[Math.floor(0.025 * RESAMPLES)], values[Math.ceil(0.975 * RESAMPLES) - 1]];
};
