import { beforeAll, expect, test } from 'vitest';
import { simulate } from '../../datasets/simulate.ts';
import { temporalSplit } from '../../datasets/split.ts';
import { silentProgress } from '../../src/domain/progress.ts';
import { createRng } from '../../src/domain/rng.ts';
import { denseForward } from '../../src/math/dense.ts';
import { useBackend } from '../../src/tensor/backend.ts';
import { tasteLayer } from '../../src/training/ranker-blend.ts';
import { trainRanking, trainRetrieval } from '../../src/training/train.ts';

beforeAll(async () => {
  await useBackend({ threads: 1 });
});

test('what is served is half the network and half the taste model, where that learned something', async () => {
  const { dataset } = simulate({ seed: 4, titles: 200, members: 400, days: 15 }, silentProgress);
  const options = {
    dataset,
    until: temporalSplit(dataset).testStart,
    rng: createRng(2),
    twoTower: { epochs: 1 },
    ranker: { epochs: 1 },
  };
  const { occasion, ...silent } = await trainRetrieval(options);
  if (occasion === undefined) throw new Error('expected the taste model to learn from impressions');
  const heard = await trainRanking(options, { ...silent, occasion });
  const alone = await trainRanking(options, silent);
  const taste = tasteLayer(occasion);
  const rows = 200;
  const draw = createRng(3);
  const features = Float32Array.from({ length: rows * taste.inputSize }, () => draw.next());
  const finishes = [heard.ranker.layers, alone.ranker.layers, [taste]].map((layers) =>
    denseForward(layers, features, rows).filter((_, i) => i % 2 === 1),
  );
  for (let i = 0; i < rows; i++) {
    const [served, network, known] = finishes.map((logits) => logits[i]);
    expect(Math.abs(network - known)).toBeGreaterThan(1e-3);
    expect(Math.abs(served - (network + known) / 2)).toBeLessThan(1e-4);
  }
});
