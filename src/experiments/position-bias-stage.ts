import { datasetBefore, rowsBefore } from '../../datasets/split.ts';
import { heldTo, type Measurement, type Series, type StageRow } from '../domain/measurement.ts';
import type { Progress } from '../domain/progress.ts';
import type { Impressions } from '../domain/tables.ts';
import { bootstrapMeanInterval } from '../evaluation/bootstrap.ts';
import { ece } from '../evaluation/prediction-metrics.ts';
import { mean } from '../math/statistics.ts';
import { type ExaminationEstimate, examinationOf } from '../ranking/examination.ts';
import { fitClickRates } from '../ranking/examination-em.ts';
import { clickLogits, createMultiTaskRanker } from '../ranking/multi-task.ts';
import { examinationProbability } from '../simulator/response.ts';
import { PLACE_SIZE, type PositionBias } from '../training/position-bias.ts';
import { collectRankerExamples, trainRanker } from '../training/ranker.ts';
import { replay } from '../training/replay.ts';
import { examinationLookUp, type TrainedRetrieval } from '../training/train.ts';
import { ECE_DEFINITION, eceInterval } from './calibration-stage.ts';
import { evaluateRankers, NDCG_DEFINITION_PLAYS, NDCG_DEFINITION_WORLD } from './evaluate-ranking.ts';
import type { MemberQueries } from './held-out.ts';
import { clickProbabilities, type HeldOutPages, heldOutPages } from './held-out-pages.ts';
import { twoTowerOf } from './retrieval-stage.ts';
import type { Subject } from './subject.ts';

const STAGE = 'position bias';
const LARGEST_ERROR = 0.1;
/** A small world has a tenth of the clicks, so sampling errors of three times the size. */
const LARGEST_ERROR_SMALL = 0.3;
const K = 10;
const METHODS: readonly PositionBias[] = ['examination', 'ips', 'tower', 'none'];

/** How far the estimated examination curve is from the world's, and what four ways of allowing for places are worth. */
export const measurePositionBias = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  queries: readonly MemberQueries[],
  progress: Progress,
  pages: HeldOutPages | undefined = heldOutPages(subject, retrieval),
): Promise<StageRow[]> => {
  const { impressions } = subject.dataset;
  if (impressions === undefined || pages === undefined)
    return [{ stage: STAGE, absent: 'position bias needs impressions, which this dataset has not' }];
  const methods = await compareMethods(subject, retrieval, queries, pages, progress);
  return [
    ...measureExamination(subject, retrieval),
    ...methods.map((measurement) => ({ stage: STAGE, measurement })),
  ];
};

/** How far the estimated examination curve is from the world's; nothing where there is no world to know it. */
export const measureExamination = (
  { dataset, world, small }: Subject,
  retrieval: TrainedRetrieval,
): StageRow[] => {
  const { impressions, vocabulary } = dataset;
  if (impressions === undefined || world === undefined) return [];
  const error = curveError(impressions, retrieval, small);
  const series = curvesOf(retrieval.examination, vocabulary.devices);
  return [{ stage: STAGE, measurement: { ...error, series } }];
};

/** P(examined) along the first row relative to its first place, estimated and true, for each device. */
const curvesOf = (estimate: ExaminationEstimate, devices: readonly string[]): Series[] => {
  const positions = Array.from({ length: estimate.positions }, (_, position) => position);
  const x = positions.map((position) => position + 1);
  return devices.slice(0, estimate.devices).flatMap((name, device) => {
    const truth = (position: number): number => examinationProbability(device, 0, position);
    return [
      {
        ...({ kind: 'examination', line: `${name}, estimated`, x } as const),
        y: positions.map((position) => examinationOf(estimate, device, 0, position)),
      },
      {
        ...({ kind: 'examination', line: `${name}, true`, x } as const),
        y: positions.map((position) => truth(position) / truth(0)),
      },
    ];
  });
};

/** Clicks and impressions by place, [devices, rows, positions], of one policy or (-1) of all. */
const countPlaces = (
  { device, row, position, clicked, policy }: Impressions,
  end: number,
  { devices, rows, positions }: ExaminationEstimate,
  only = -1,
) => {
  const shown = new Float64Array(devices * rows * positions);
  const clicks = new Float64Array(shown.length);
  for (let i = 0; i < end; i++) {
    if (only >= 0 && policy[i] !== only) continue;
    const place = (device[i] * rows + row[i]) * positions + position[i];
    shown[place]++;
    clicks[place] += clicked[i];
  }
  return { shown, clicks };
};

const curveError = (
  impressions: Impressions,
  { examination, retrievalUntil }: TrainedRetrieval,
  small: boolean,
): Measurement => {
  const end = rowsBefore(impressions.time, retrievalUntil);
  const { rows, positions } = examination;
  const all = countPlaces(impressions, end, examination);
  const random = countPlaces(impressions, end, examination, impressions.policies.indexOf('random-slot'));
  const places = Array.from(all.shown.keys()).filter((place) => all.shown[place] > 0);
  const largestError = (estimate: ExaminationEstimate): number =>
    places.reduce((worst, place) => {
      const device = Math.floor(place / (rows * positions));
      const row = Math.floor(place / positions) % rows;
      const position = place % positions;
      const truth = examinationProbability(device, row, position) / examinationProbability(device, 0, 0);
      return Math.max(worst, Math.abs(examinationOf(estimate, device, row, position) / truth - 1));
    }, 0);
  const rarest = places.reduce((least, place) => (all.clicks[place] < all.clicks[least] ? place : least));
  return heldTo(
    {
      name: 'position-bias.max-relative-error',
      value: largestError(examination),
      unit: 'share',
      n: end,
      baselines: [
        {
          name: 'random slots',
          value: largestError(fitClickRates(examination, random.clicks, random.shown)),
        },
        { name: 'click rates', value: largestError(fitClickRates(examination, all.clicks, all.shown)) },
      ],
      definition:
        'largest |estimated / true - 1| of P(examined) relative to the first place of the device, over every place (device, row, position) that was shown; the scale is not in the clicks',
      protocol: `${places.length} places; the rarest with ${all.shown[rarest]} impressions and ${all.clicks[rarest]} clicks, ${random.shown[rarest]} and ${random.clicks[rarest]} of them on random slots; learned from the logs before the ranker's`,
    },
    small ? LARGEST_ERROR_SMALL : LARGEST_ERROR,
  );
};

const compareMethods = async (
  subject: Subject,
  retrieval: TrainedRetrieval,
  queries: readonly MemberQueries[],
  pages: HeldOutPages,
  progress: Progress,
): Promise<Measurement[]> => {
  const { until, rng, clock, world } = subject;
  const dataset = datasetBefore(subject.dataset, until);
  const examination = examinationLookUp(retrieval.examination);
  const { visitor, examples } = collectRankerExamples({
    dataset,
    model: retrieval.twoTower,
    taste: retrieval.tasteThen,
    from: retrieval.retrievalUntil,
    examination,
    rng: rng.fork('position-bias-examples'),
  });
  const known = replay(dataset, until, examination, visitor);
  const trained = new Map<PositionBias, Awaited<ReturnType<typeof trainRanker>>['model']>();
  for (const positionBias of METHODS) {
    const ranker = await trainRanker({
      examples,
      rng: rng.fork('ranker'),
      settings: { positionBias },
      progress,
    });
    trained.set(positionBias, ranker.model);
  }
  const { ndcg } = await evaluateRankers({
    rankers: [...trained].map(([name, model]) => ({ ...createMultiTaskRanker(model), name })),
    generator: twoTowerOf(subject, retrieval),
    sources: {
      twoTower: retrieval.twoTower,
      taste: retrieval.taste,
      counts: known.counts,
      titles: dataset.titles,
      vocabulary: dataset.vocabulary,
    },
    queries,
    ...(world === undefined ? {} : { world }),
    k: K,
    rng: rng.fork('position-bias'),
    clock,
  });
  const { clicked, examined, rows } = pages.examples;
  const outcomes = clicked.subarray(0, rows);
  const members = pages.impression.map((row) => subject.dataset.impressions?.member[row] ?? 0);
  return [...trained].flatMap(([name, model]) => {
    const values = ndcg.get(name) as Float64Array;
    const uniform = rng.fork(`bootstrap:${name}`);
    const looked = name === 'none' ? new Float32Array(rows).fill(1) : examined.subarray(0, rows);
    const predictions = clickProbabilities(clickLogits(model, pages.examples), looked);
    const interval = { predictions, outcomes, members, bins: 10, rng: uniform.fork('ece') };
    return [
      {
        name: `position-bias.${name}.ndcg@${K}`,
        value: mean(values),
        unit: 'score',
        n: values.length,
        ci: bootstrapMeanInterval(values, { uniform: () => uniform.next() }),
        definition: world === undefined ? NDCG_DEFINITION_PLAYS : NDCG_DEFINITION_WORLD,
        protocol: `the ranker trained on the same ${examples.rows} examples, its click loss allowing for places by ${name}`,
      },
      {
        name: `position-bias.${name}.click.ece`,
        value: ece(predictions, outcomes),
        unit: 'share',
        n: rows,
        ci: eceInterval(interval),
        definition: name === 'none' ? `${ECE_DEFINITION}; here P(examined) counts as 1` : ECE_DEFINITION,
        protocol: 'held-out pages, no calibration',
      },
      {
        name: `position-bias.${name}.click.ece-by-place`,
        value: errorByPlace(predictions, outcomes, pages.examples),
        unit: 'share',
        n: rows,
        definition: `${ECE_DEFINITION.replace(/ over .*/, '')} over places (device, row, position) in place of bins: n_place / n |mean predicted - share clicked|`,
        protocol: 'held-out pages, no calibration',
      },
    ];
  });
};

/** Mean distance of predicted and observed rate over places, weighted by their impressions. */
const errorByPlace = (
  predictions: Float64Array,
  outcomes: Float32Array,
  { place }: HeldOutPages['examples'],
): number => {
  const excess = new Map<string, number>();
  for (let i = 0; i < outcomes.length; i++) {
    const key = place.subarray(i * PLACE_SIZE, (i + 1) * PLACE_SIZE).join();
    excess.set(key, (excess.get(key) ?? 0) + predictions[i] - outcomes[i]);
  }
  return [...excess.values()].reduce((sum, x) => sum + Math.abs(x), 0) / outcomes.length;
};
