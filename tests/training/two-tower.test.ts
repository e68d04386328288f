import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createExactIndex } from '../../src/candidate-gen/indexes/exact.ts';
import { createTwoTower } from '../../src/candidate-gen/two-tower.ts';
import { poolHistory, queryVector, type TwoTowerModel } from '../../src/candidate-gen/two-tower-model.ts';
import { createRng } from '../../src/domain/rng.ts';
import type { Dataset } from '../../src/domain/tables.ts';
import type { TitlesKnown } from '../../src/features/activity-features.ts';
import { queryFeatureSize, writeQueryFeatures } from '../../src/features/query-features.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import { type Known, replay } from '../../src/training/replay.ts';
import { type TwoTowerSettings, trainTwoTower } from '../../src/training/two-tower.ts';
import { collectTwoTowerExamples, firstDayOf } from '../../src/training/two-tower-examples.ts';
import { describeCandidateGenerator } from '../contracts/describe-candidate-generator.ts';
import { likedGenre, type PlantedFixture, plantedFixture, stageContext } from '../contracts/fixture.ts';

const knownAt = (dataset: Dataset, at: number, { counts }: Known): TitlesKnown => ({
  at,
  firstDay: firstDayOf(dataset),
  counts,
});

let rising = 0; // a validation that never says stop
const train = async (
  dataset: Dataset,
  at: number,
  epochs = 30,
  others: Partial<TwoTowerSettings> = {},
): Promise<TwoTowerModel> => {
  await useBackend({ threads: 1 });
  const { visitor, examples } = collectTwoTowerExamples(dataset);
  const known = replay(dataset, at, () => 1, visitor);
  const { model } = await trainTwoTower({
    dataset,
    examples,
    known: knownAt(dataset, at, known),
    rng: createRng(5),
    validate: async () => ++rising,
    settings: { epochs, batchSize: 36, dimension: 16, hiddenSize: 32, ...others },
  });
  return model;
};

const generatorOf = async ({ dataset, at }: PlantedFixture) => {
  const { titles, vocabulary } = dataset;
  const model: TwoTowerModel =
    dataset.plays.time.length > 0
      ? await train(dataset, at)
      : { ...(await planted).model, historyEmbedding: new Float32Array(0), itemVectors: new Float32Array(0) };
  return createTwoTower({
    model,
    index: createExactIndex(model.itemVectors, model.dimension),
    titles,
    vocabulary,
  });
};

const fixture = plantedFixture();
let planted: Promise<{ model: TwoTowerModel }>;
beforeAll(() => {
  planted = train(fixture.dataset, fixture.at).then((model) => ({ model }));
});

describeCandidateGenerator('two-tower', generatorOf);

describe('a trained two-tower model', () => {
  test('finds the genre that each member plays, in a world where nothing else tells titles apart', async () => {
    const generator = await generatorOf(fixture);
    let right = 0;
    for (let member = 0; member < 24; member++) {
      const { items } = await generator.generate(fixture.request(member), 3, stageContext(1));
      for (const title of items) if (1 + (title % 6) === likedGenre(member)) right++;
    }
    expect(right / 72).toBeGreaterThan(0.8); // chance is 1 in 6
  });

  test('serves the very vectors that TensorFlow.js computes (1e-5)', async () => {
    const { model } = await planted;
    const { vocabulary } = fixture.dataset;
    for (const member of [0, 7, 23]) {
      const request = fixture.request(member);
      const input = new Float32Array(model.historySize + queryFeatureSize(vocabulary));
      poolHistory(input, 0, request.profile, model.historyEmbedding, model.historySize);
      writeQueryFeatures(input, model.historySize, request, vocabulary);
      const expected = tf.tidy(() =>
        model.queryLayers
          .reduce(
            (x, { weights, bias, inputSize, outputSize, activation }) => {
              const out = tf.add(
                tf.matMul(x, tf.tensor2d(weights, [inputSize, outputSize])),
                tf.tensor1d(bias),
              );
              return (activation === 'relu' ? tf.relu(out) : out) as tf.Tensor2D;
            },
            tf.tensor2d(input, [1, input.length]),
          )
          .dataSync(),
      );
      const served = queryVector(model, request, vocabulary);
      for (let d = 0; d < served.length; d++) expect(Math.abs(served[d] - expected[d])).toBeLessThan(1e-5);
    }
  });

  test('is the same for the same seed', async () => {
    const [a, b] = [await train(fixture.dataset, fixture.at, 2), await train(fixture.dataset, fixture.at, 2)];
    expect(a.itemVectors).toEqual(b.itemVectors);
    expect(a.queryLayers).toEqual(b.queryLayers);
  });

  test('tells new titles apart by their content, and not where it may not look at it', async () => {
    const vectorsOf = ({ itemVectors, dimension }: TwoTowerModel, titles: number[]): number[][] =>
      titles.map((t) => [...itemVectors.subarray(t * dimension, (t + 1) * dimension)]);
    const [first, second] = vectorsOf((await planted).model, [48, 49]); // released, played by nobody
    expect(first).not.toEqual(second);
    const withoutContent = await train(fixture.dataset, fixture.at, 2, { content: false });
    const [unknown, other, played] = vectorsOf(withoutContent, [48, 49, 0]);
    expect(unknown).toEqual(other);
    expect(unknown).not.toEqual(played);
  });

  test('lets the id of a title weigh the less the fewer plays it had', async () => {
    const lengthOfId = async (idHalfPlays: number): Promise<number> => {
      const others = { content: false, idHalfPlays };
      const { itemVectors, dimension } = await train(fixture.dataset, fixture.at, 2, others);
      const [played, unknown] = [0, 48].map((t) => itemVectors.subarray(t * dimension, (t + 1) * dimension));
      return Math.hypot(...played.map((value, d) => value - unknown[d]));
    };
    const full = await lengthOfId(0);
    const muted = await lengthOfId(1e6);
    expect(full).toBeGreaterThan(0.05);
    expect(muted).toBeLessThan(full / 20);
  });

  test('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await train(fixture.dataset, fixture.at, 1);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('gives its memory back where validation fails', async () => {
    await planted; // which holds memory of its own while it trains
    const { dataset, at } = fixture;
    await useBackend({ threads: 1 });
    const { visitor, examples } = collectTwoTowerExamples(dataset);
    const known = replay(dataset, at, () => 1, visitor);
    const { arena } = sharedKernels();
    const before = arena.bytesInUse;
    const training = trainTwoTower({
      dataset,
      examples,
      known: knownAt(dataset, at, known),
      rng: createRng(5),
      validate: () => Promise.reject(new Error('cannot tell')),
      settings: { epochs: 1, batchSize: 36, dimension: 16, hiddenSize: 32 },
    });
    await expect(training).rejects.toThrow('cannot tell');
    // less than one table of 60 titles: the tensor library keeps a few pieces of its own for later
    expect(arena.bytesInUse - before).toBeLessThan(60 * 16 * 4);
  });

  test('goes through all its epochs where nothing validates, and starts from the history where asked to', async () => {
    const { dataset, at } = fixture;
    await useBackend({ threads: 1 });
    const { visitor, examples } = collectTwoTowerExamples(dataset);
    const known = replay(dataset, at, () => 1, visitor);
    const { model, epochs, validation } = await trainTwoTower({
      dataset,
      examples,
      known: knownAt(dataset, at, known),
      rng: createRng(5),
      settings: {
        epochs: 2,
        batchSize: 36,
        dimension: 16,
        hiddenSize: 32,
        historyThrough: true,
        learningRate: 0,
      },
    });
    expect([epochs, validation]).toEqual([2, Number.NaN]);
    const [first, second] = model.queryLayers;
    for (let d = 0; d < 16; d++) {
      // what was added beside the drawn weights, of deviation < 0.2: 1 and -1, 5 standard errors from 0
      expect(first.weights[d * 32 + d]).toBeGreaterThan(0);
      expect(first.weights[d * 32 + 16 + d]).toBeLessThan(0);
      expect(second.weights[d * 16 + d]).toBeGreaterThan(0);
      expect(second.weights[(16 + d) * 16 + d]).toBeLessThan(0);
    }
  });

  test('pools the history as a weighted mean, the newest play first', () => {
    const { profile } = fixture.request(0);
    const out = new Float32Array(3).fill(9);
    const embedding = Float32Array.from({ length: 60 }, (_, title) => title);
    poolHistory(out, 1, profile, embedding, 1);
    const { historyTitles, historyFractions } = profile;
    let total = 0;
    let sum = 0;
    historyTitles.forEach((title, i) => {
      const weight = (0.15 + historyFractions[i]) * 0.97 ** (historyTitles.length - 1 - i);
      total += weight;
      sum += weight * title;
    });
    expect(out[1]).toBeCloseTo(sum / total, 4);
    expect([out[0], out[2]]).toEqual([9, 9]);
  });
});
