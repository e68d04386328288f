import { simulate } from '../../datasets/simulate.ts';
import { temporalSplit } from '../../datasets/split.ts';
import { fixedClock } from '../../src/domain/clock.ts';
import { createRng } from '../../src/domain/rng.ts';
import { heldOutQueries } from '../../src/experiments/held-out.ts';
import type { Subject } from '../../src/experiments/subject.ts';
import { queryFeatureSize } from '../../src/features/query-features.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { noTaste } from '../../src/ranking/taste.ts';
import { replay } from '../../src/training/replay.ts';
import {
  examinationLookUp,
  learnExamination,
  type TrainedRanking,
  type TrainedRetrieval,
} from '../../src/training/train.ts';

const DIMENSION = 8;

/** A small world whose vectors are drawn, and a ranker that goes by how often a title was clicked and finished. */
export const untrainedSubject = () => {
  const { dataset, source, world } = simulate({
    titles: 700,
    members: 150,
    days: 12,
    visitsPerDay: 0.8,
    seed: 3,
  });
  const split = temporalSplit(dataset);
  const until = split.testStart;
  const rng = createRng(5);
  const subject: Subject = {
    dataset,
    source,
    world,
    split,
    until,
    rng,
    clock: fixedClock(until),
    small: true,
  };
  const examination = learnExamination(dataset, until);
  const drawn = (n: number): Float32Array => Float32Array.from({ length: n }, () => rng.next() - 0.5);
  const inputs = DIMENSION + queryFeatureSize(dataset.vocabulary);
  const titles = dataset.titles.ids.length;
  const retrieval: TrainedRetrieval = {
    twoTower: {
      dimension: DIMENSION,
      itemVectors: drawn(titles * DIMENSION),
      historySize: DIMENSION,
      historyEmbedding: drawn(titles * DIMENSION),
      queryLayers: [
        {
          inputSize: inputs,
          outputSize: DIMENSION,
          weights: drawn(inputs * DIMENSION),
          bias: new Float32Array(DIMENSION),
          activation: 'linear',
        },
      ],
    },
    taste: noTaste(titles),
    tasteThen: noTaste(titles),
    examination,
    retrievalUntil: dataset.plays.time[dataset.plays.time.length >>> 1],
    examples: 0,
    loss: 0,
  };
  const features = RANKING_FEATURE_NAMES.length;
  const weights = new Float32Array(features * 2); // [features, heads]
  weights[RANKING_FEATURE_NAMES.indexOf('click-lift') * 2] = 1;
  weights[RANKING_FEATURE_NAMES.indexOf('finish-lift') * 2 + 1] = 1;
  const ranking: Pick<TrainedRanking, 'ranker' | 'known'> = {
    ranker: {
      featureNames: RANKING_FEATURE_NAMES,
      layers: [
        { inputSize: features, outputSize: 2, weights, bias: Float32Array.of(-3, 0), activation: 'linear' },
      ],
    },
    known: replay(dataset, until, examinationLookUp(examination)),
  };
  const queries = heldOutQueries({
    dataset,
    from: until,
    to: Number.POSITIVE_INFINITY,
    members: 30,
    playsPerMember: 1,
    examination: examinationLookUp(examination),
    rng: rng.fork('queries'),
  });
  return { subject, retrieval, ranking, queries };
};
