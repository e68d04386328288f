import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { RANKING_FEATURE_NAMES } from '../../src/features/ranking-features.ts';
import { denseForward } from '../../src/math/dense.ts';
import { createMultiTaskRanker } from '../../src/ranking/multi-task.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import { type RankerExamples, trainRanker } from '../../src/training/ranker.ts';
import { describeRanker } from '../contracts/describe-ranker.ts';

const FEATURES = RANKING_FEATURE_NAMES.length;
const CLICKS_ON = 2; // the feature that clicks follow
const FINISHES_ON = 5; // the feature that finishes follow
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Rows in which clicks follow one feature, finishes another, and one place in two is hardly looked at. */
const plantedExamples = (rows: number, seed: number): RankerExamples => {
  const rng = createRng(seed);
  const features = Float32Array.from({ length: rows * FEATURES }, () => 10 + 4 * (rng.next() - 0.5));
  const examples: RankerExamples = {
    features,
    place: Uint8Array.from({ length: 3 * rows }, (_, i) => (i % 3 === 2 ? Math.floor(i / 3) % 2 : 0)),
    examined: Float32Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 0.9 : 0.2)),
    clicked: new Float32Array(rows),
    finished: new Float32Array(rows).fill(Number.NaN),
    weight: new Float32Array(rows).fill(1),
    group: Uint32Array.from({ length: rows }, (_, i) => i),
    rows,
  };
  for (let i = 0; i < rows; i++) {
    const click = sigmoid(2 * (features[i * FEATURES + CLICKS_ON] - 10) - 0.5);
    if (rng.next() >= examples.examined[i] * click) continue;
    examples.clicked[i] = 1;
    examples.finished[i] = rng.next() < sigmoid(3 * (features[i * FEATURES + FINISHES_ON] - 10)) ? 1 : 0;
  }
  return examples;
};

const trained = async () =>
  (
    await trainRanker({
      examples: plantedExamples(12_000, 9),
      rng: createRng(1),
      settings: { epochs: 4, batchSize: 400, learningRate: 0.01 },
    })
  ).model;

beforeAll(async () => {
  await useBackend({ threads: 1 });
});

let model: ReturnType<typeof trained> | undefined;
const once = (): ReturnType<typeof trained> => (model ??= trained());

describeRanker('multi-task', async () => createMultiTaskRanker(await once()));

describe('a trained ranker', () => {
  test('knows P(click | examined), not P(click): the place does not lower it', async () => {
    const model = await once();
    const probe = (click: number, finish: number): readonly [number, number] => {
      const row = new Float32Array(FEATURES).fill(10);
      row[CLICKS_ON] = click;
      row[FINISHES_ON] = finish;
      const [c, f] = denseForward(model.layers, row, 1);
      return [sigmoid(c), sigmoid(f)];
    };
    // 12,000 rows: a mean prediction at a point is good to about 0.03; 0.1 allows for the network's bend.
    for (const x of [9, 10, 11]) {
      expect(Math.abs(probe(x, 10)[0] - sigmoid(2 * (x - 10) - 0.5))).toBeLessThan(0.1);
    }
    expect(probe(10, 11)[1] - probe(10, 9)[1]).toBeGreaterThan(0.6); // truth: 0.95 - 0.05
    expect(Math.abs(probe(11, 10)[1] - probe(9, 10)[1])).toBeLessThan(0.2); // finishes do not follow it
  });

  // Mean truth 0.45; `none` predicts 0.23, which the tolerance tells apart. The standard error on 12,000 rows is 0.013;
  // the rest is bias at click rates near 1, where c / e has outliers and places do not add up in logits. The tower
  // stands for the first place, which 0.9 of the planted members look at.
  test.each([
    ['ips', 1],
    ['tower', 0.9],
  ] as const)('allows for places by %s too', async (positionBias, scale) => {
    const { model } = await trainRanker({
      examples: plantedExamples(12_000, 9),
      rng: createRng(1),
      // the rate falls linearly, and the tower has far to go from 0
      settings: { epochs: 8, batchSize: 400, learningRate: 0.01, positionBias },
    });
    const { features } = plantedExamples(2_000, 5);
    const logits = denseForward(model.layers, features, 2_000);
    let [predicted, truth] = [0, 0];
    for (let i = 0; i < 2_000; i++) {
      predicted += sigmoid(logits[2 * i]) / 2_000;
      truth += (scale * sigmoid(2 * (features[i * FEATURES + CLICKS_ON] - 10) - 0.5)) / 2_000;
    }
    expect(Math.abs(predicted - truth)).toBeLessThan(0.1);
  });

  test('takes raw features: the scaling is folded into the first layer, and memory is given back', async () => {
    const before = tf.memory().numTensors;
    const model = await trained();
    expect(tf.memory().numTensors).toBe(before);
    expect(model.layers[0].inputSize).toBe(FEATURES);
    expect(model.featureNames).toEqual(RANKING_FEATURE_NAMES);
  });

  // The planted features lie at 10 with a deviation of 1, so most of a first sum cancels against the folded mean:
  // other orders of summing differ by about 1e-5. A logit's 4e-5 is at most 1e-5 of a probability.
  test.each([
    ['simd', 1e-5],
    ['cpu', 4e-5],
  ] as const)('serves the logits that TensorFlow.js computes on %s (%d)', async (backend, tolerance) => {
    const { layers } = await once();
    const rows = 500;
    const { features } = plantedExamples(rows, 4);
    await tf.setBackend(backend);
    const expected = tf.tidy(() =>
      layers
        .reduce(
          (x, { weights, bias, inputSize, outputSize, activation }) => {
            const product = tf.matMul(x, tf.tensor2d(weights, [inputSize, outputSize]));
            const out = tf.add(product, tf.tensor1d(bias));
            return (activation === 'relu' ? tf.relu(out) : out) as tf.Tensor2D;
          },
          tf.tensor2d(features, [rows, FEATURES]),
        )
        .dataSync(),
    );
    await tf.setBackend('simd');
    const served = denseForward(layers, features, rows);
    expect(served.length).toBe(rows * 2);
    for (let i = 0; i < served.length; i++) expect(Math.abs(served[i] - expected[i])).toBeLessThan(tolerance);
  });

  test('is the same for the same seed', async () => {
    expect(await trained()).toEqual(await once());
  });
});
