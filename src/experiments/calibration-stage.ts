import { heldTo, type Measurement, type StageRow } from '../domain/measurement.ts';
import type { Rng } from '../domain/rng.ts';
import type { Interval } from '../evaluation/bootstrap.ts';
import { ece } from '../evaluation/prediction-metrics.ts';
import { sigmoid } from '../math/statistics.ts';
import { fitIsotonic, isotonicAt } from '../ranking/calibration/isotonic.ts';
import { fitPlatt } from '../ranking/calibration/platt.ts';
import { clickLogits } from '../ranking/multi-task.ts';
import type { TrainedRanking, TrainedRetrieval } from '../training/train.ts';
import { clickProbabilities, type HeldOutPages, heldOutPages } from './held-out-pages.ts';
import type { Subject } from './subject.ts';

const STAGE = 'calibration';
const BUDGET = 0.01;
const BINS = 10;
const FINE_BINS = 100;

export const ECE_DEFINITION = `predicted P(click) = P(click | examined) times the estimated P(examined) of the place, against clicks: sum over ${BINS} bins of equal width of n_bin / n |mean predicted - share clicked|`;

/** ECE of the click head before and after calibration that was fitted on pages held apart. */
export const measureCalibration = (
  subject: Subject,
  retrieval: TrainedRetrieval,
  ranking: Pick<TrainedRanking, 'ranker'>,
  pages: HeldOutPages | undefined = heldOutPages(subject, retrieval),
): StageRow[] => {
  if (pages === undefined)
    return [{ stage: STAGE, absent: 'calibration of clicks needs impressions, which this dataset has not' }];
  const { examples, half } = pages;
  const { examined, clicked, weight, rows } = examples;
  const logits = clickLogits(ranking.ranker, examples);
  const before = half;
  const scaling = fitPlatt({
    logits: logits.subarray(0, before),
    clicked: clicked.subarray(0, before),
    examined: examined.subarray(0, before),
    weight: weight.subarray(0, before),
  });
  const steps = fitIsotonic(
    logits.subarray(0, before),
    clicked.subarray(0, before),
    examined.subarray(0, before),
  );
  const outcomes = clicked.subarray(before, rows);
  const raw = clickProbabilities(logits, examined.subarray(0, rows)).subarray(before);
  const later = Array.from(raw, (_, i) => before + i);
  const platt = later.map((i) => sigmoid(scaling.slope * logits[i] + scaling.intercept) * examined[i]);
  const isotonic = later.map((i) => isotonicAt(steps, logits[i]) * examined[i]);
  const members = membersOf(subject, pages).subarray(before);
  const measure = (name: string, predictions: ArrayLike<number>, bins = BINS): Measurement => ({
    name,
    value: ece(predictions, outcomes, bins),
    unit: 'share',
    n: outcomes.length,
    ci: eceInterval({ predictions, outcomes, members, bins, rng: subject.rng.fork(`bootstrap:${name}`) }),
    definition: bins === BINS ? ECE_DEFINITION : ECE_DEFINITION.replace(`${BINS} bins`, `${bins} bins`),
    protocol: `scaling fitted on ${before} held-out impressions, measured on the ${outcomes.length} after them; pages of ${new Set(members).size} members; interval over members, and upwards, as noise adds to the distances`,
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
  const fine: Measurement = {
    ...measure('ranker.click.ece-fine', platt, FINE_BINS),
    baselines: [
      { name: 'before', value: ece(raw, outcomes, FINE_BINS) },
      { name: 'isotonic', value: ece(isotonic, outcomes, FINE_BINS) },
    ],
  };
  return [heldTo(calibrated, BUDGET), uncalibrated, byIsotonic, fine].map((measurement) => ({
    stage: STAGE,
    measurement,
  }));
};

const membersOf = ({ dataset }: Subject, { impression }: HeldOutPages): Uint32Array =>
  impression.map((row) => dataset.impressions?.member[row] ?? 0);

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
