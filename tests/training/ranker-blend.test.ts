import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { RANKING_FEATURE_NAMES, rankingFeatures } from '../../src/features/ranking-features.ts';
import { tasteLogit } from '../../src/features/taste-features.ts';
import { emptyTitleCounts } from '../../src/features/title-counts.ts';
import { type DenseLayer, denseForward } from '../../src/math/dense.ts';
import { HEADS, type MultiTaskModel } from '../../src/ranking/multi-task.ts';
import { blendWithTaste, tasteLayer } from '../../src/training/ranker-blend.ts';
import type { LearnedOccasion } from '../../src/training/taste.ts';
import { CONTEXT_SIZE, createOccasion } from '../../src/training/taste-examples.ts';
import { plantedFixture } from '../contracts/fixture.ts';

const FEATURES = RANKING_FEATURE_NAMES.length;
const rng = createRng(8);
const draw = (length: number, size = 1): Float32Array =>
  Float32Array.from({ length }, () => 2 * size * (rng.next() - 0.5));

const occasion: LearnedOccasion = {
  context: Float64Array.from(draw(2 * CONTEXT_SIZE)),
  bias: Float64Array.from([-1, 0.5]),
};

const layer = (inputSize: number, outputSize: number, activation: DenseLayer['activation']): DenseLayer => ({
  inputSize,
  outputSize,
  weights: draw(inputSize * outputSize, 0.5),
  bias: draw(outputSize),
  activation,
});
const network: MultiTaskModel = {
  featureNames: RANKING_FEATURE_NAMES,
  layers: [layer(FEATURES, 7, 'relu'), layer(7, 5, 'relu'), layer(5, HEADS.length, 'linear')],
};
const taste: MultiTaskModel = { ...network, layers: [tasteLayer(occasion)] };

const inputs = draw(300 * FEATURES);
const logitsOf = ({ layers }: MultiTaskModel, features: Float32Array): Float32Array =>
  denseForward(layers, features, features.length / FEATURES);

test('the layer is the taste model: taste, what the title adds, and what moment and device add', () => {
  const { dataset, request } = plantedFixture();
  const { titles } = dataset;
  const vocabulary = { ...dataset.vocabulary, devices: ['unknown', 'tv', 'mobile'] };
  const n = titles.ids.length;
  const match = { member: draw(4), titleVectors: draw(4 * n), titleLifts: draw(2 * n), size: 2 };
  for (const device of vocabulary.devices.keys()) {
    const asked = { ...request(1), device };
    const affinity = { query: draw(3), itemVectors: draw(3 * n), dimension: 3 };
    const known = { request: asked, affinity, taste: match, counts: emptyTitleCounts(n), titles, vocabulary };
    const items = Array.from({ length: n }, (_, t) => t);
    const { values } = rankingFeatures(known, items);
    const logits = logitsOf(taste, values);
    const numbersOf = createOccasion({ titles, vocabulary });
    for (const t of items) {
      for (const [head, name] of HEADS.entries()) {
        const numbers = numbersOf(t, asked.at, device);
        const weights = occasion.context.subarray((head + 1) * CONTEXT_SIZE - numbers.length);
        const added = numbers.reduce((sum, x, c) => sum + x * weights[c], occasion.bias[head]);
        const expected = added + tasteLogit(match, t, name) + match.titleLifts[2 * t + head];
        expect(Math.abs(logits[2 * t + head] - expected)).toBeLessThan(1e-5);
      }
    }
  }
});

test('the logits are the mean of the two, with one hidden layer or several', () => {
  const { layers } = network;
  for (const own of [layers, [layers[0], layer(7, HEADS.length, 'linear')]]) {
    const alone = { ...network, layers: own };
    const [blended, drawn, known] = [blendWithTaste(alone, occasion), alone, taste].map((model) =>
      logitsOf(model, inputs),
    );
    expect(Math.max(...known) - Math.min(...known)).toBeGreaterThan(1); // both have something to say
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(1);
    blended.forEach((logit, i) => {
      expect(Math.abs(logit - (drawn[i] + known[i]) / 2)).toBeLessThan(1e-5);
    });
  }
});
