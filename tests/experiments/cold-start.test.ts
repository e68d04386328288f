import { beforeAll, describe, expect, it } from 'vitest';
import { simulate } from '../../datasets/simulate.ts';
import { temporalSplit } from '../../datasets/split.ts';
import { countPlays } from '../../src/candidate-gen/popularity.ts';
import type { TwoTowerModel } from '../../src/candidate-gen/two-tower-model.ts';
import { fixedClock } from '../../src/domain/clock.ts';
import type { Measurement, StageRow } from '../../src/domain/measurement.ts';
import { createRng } from '../../src/domain/rng.ts';
import { chanceOfTop, compareOnColdItems } from '../../src/experiments/cold-items.ts';
import { measureColdMembers } from '../../src/experiments/cold-members.ts';
import { heldOutQueries } from '../../src/experiments/held-out.ts';
import type { Subject } from '../../src/experiments/subject.ts';
import { queryFeatureSize } from '../../src/features/query-features.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { noTaste } from '../../src/ranking/taste.ts';
import { replay } from '../../src/training/replay.ts';
import { examinationLookUp, learnExamination, type TrainedRetrieval } from '../../src/training/train.ts';

/** A small world, and a model that scores each title by a number of its own, for every member alike. */
const prepare = () => {
  const { dataset, source, world } = simulate({
    titles: 700,
    members: 150,
    days: 20,
    visitsPerDay: 0.8,
    seed: 3,
  });
  const split = temporalSplit(dataset);
  const until = split.testStart;
  const rng = createRng(5);
  const clock = fixedClock(until);
  const subject: Subject = { dataset, source, world, split, until, rng, clock, small: true };
  const titles = dataset.titles.ids.length;
  const inputSize = 1 + queryFeatureSize(dataset.vocabulary);
  const weights = new Float32Array(inputSize);
  const modelBy = (score: (title: number) => number): TwoTowerModel => ({
    dimension: 1,
    itemVectors: Float32Array.from({ length: titles }, (_, title) => score(title)),
    historySize: 1,
    historyEmbedding: new Float32Array(titles),
    queryLayers: [{ inputSize, outputSize: 1, weights, bias: Float32Array.of(1), activation: 'linear' }],
  });
  const examination = learnExamination(dataset, until);
  const counts = countPlays(dataset.plays, titles, { before: until });
  const later = countPlays(dataset.plays, titles, { before: Number.POSITIVE_INFINITY });
  const retrieval: TrainedRetrieval = {
    // New titles first, and of them those that will be played most.
    twoTower: modelBy((title) => (counts[title] <= 10 ? later[title] - counts[title] : -1)),
    taste: noTaste(titles),
    tasteThen: noTaste(titles),
    examination,
    retrievalUntil: until,
    examples: 0,
    loss: 0,
  };
  return { subject, retrieval, modelBy, counts };
};

const byName = (rows: readonly StageRow[]): Map<string, Measurement> =>
  new Map(
    rows.flatMap((row) => ('measurement' in row ? [[row.measurement.name, row.measurement] as const] : [])),
  );

describe('the chance of being among the first', () => {
  const scores = Float32Array.of(3, 1, 1, 1, 9);
  const all = (): boolean => true;

  it('is 1 or 0 where scores differ, and shared out among equals', () => {
    expect(chanceOfTop(scores, 0, 2, all)).toBe(1);
    expect(chanceOfTop(scores, 0, 1, all)).toBe(0);
    expect(chanceOfTop(scores, 2, 4, all)).toBeCloseTo(2 / 3, 12);
  });

  it('leaves out what is not in the pool', () => {
    expect(chanceOfTop(scores, 0, 1, (title) => title !== 4)).toBe(1);
  });
});

describe('cold start in a world', () => {
  let given: ReturnType<typeof prepare>;
  beforeAll(() => {
    given = prepare();
  });

  it('asks for titles of few plays alone, and sees what each model finds of them', () => {
    const { subject, retrieval, modelBy, counts } = given;
    const rows = byName(
      compareOnColdItems(
        subject,
        retrieval,
        modelBy((title) => counts[title]),
      ),
    );
    const { testStart } = subject.split;
    const { plays } = subject.dataset;
    const asked = [...plays.title].filter(
      (title, row) => plays.time[row] >= testStart && counts[title] <= 10,
    ).length;
    const ratio = rows.get('cold-item.recall-ratio');
    expect(asked).toBeGreaterThan(50);
    expect(ratio?.n).toBeLessThanOrEqual(asked);
    expect(ratio?.n).toBeGreaterThan(asked / 2); // at most 10 of a member
    expect(ratio?.value).toBeGreaterThan(2); // 100 places are a seventh of this catalogue
    expect(Number.isFinite(ratio?.ci?.[1])).toBe(true);
    const never = rows.get('cold-item.0-plays.recall@100');
    if (never === undefined) throw new Error('a world has titles that nobody has played');
    expect(never.value).toBeGreaterThan(never.baselines?.[0].value ?? 1);
  });

  it('gives a model as good as the other a ratio just below 1', () => {
    const { subject, retrieval } = given;
    const rows = byName(compareOnColdItems(subject, retrieval, retrieval.twoTower));
    expect(rows.get('cold-item.recall-ratio')?.value).toBeLessThan(1);
    expect(rows.get('cold-item.recall-ratio')?.value).toBeGreaterThan(0.9);
  });

  it('measures members as they were after so many plays', async () => {
    const { subject, retrieval } = given;
    const { dataset, until, rng } = subject;
    const examination = examinationLookUp(retrieval.examination);
    const queries = heldOutQueries({
      dataset,
      from: until,
      to: Number.POSITIVE_INFINITY,
      members: 60,
      playsPerMember: 2,
      examination,
      rng: rng.fork('queries'),
    });
    const features = RANKING_FEATURE_NAMES.length;
    const weights = new Float32Array(features * 2); // [features, heads]
    weights[RANKING_FEATURE_NAMES.indexOf('survey-match') * 2] = 1;
    weights[RANKING_FEATURE_NAMES.indexOf('finish-lift') * 2 + 1] = 1;
    const bias = Float32Array.of(-3, 0);
    const ranker = {
      featureNames: RANKING_FEATURE_NAMES,
      layers: [{ inputSize: features, outputSize: 2, weights, bias, activation: 'linear' as const }],
    };
    const known = replay(dataset, until, examination);
    const rows = byName(await measureColdMembers(subject, retrieval, { ranker, known }, queries));
    const experienced = queries.filter(([{ request }]) => known.profileOf(request.member).playCount > 10);
    for (const n of [0, 1, 2, 5, 10]) {
      const recall = rows.get(`cold-member.${n}-plays.recall@100`);
      expect(recall?.n).toBeGreaterThanOrEqual(experienced.length * 0.9);
      // The model knows no member, and what was truly played is left out at each number of plays.
      expect(recall?.value).toBe(rows.get('cold-member.0-plays.recall@100')?.value);
      expect(rows.get(`cold-member.${n}-plays.survey-gain`)?.value).toBeGreaterThan(0);
    }
  });
});
