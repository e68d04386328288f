/** Models that a training run could publish by mistake, made from good ones. All open, and make pages. */
import type { Rng } from '../../domain/rng.ts';
import { shuffleInPlace } from '../../math/random.ts';
import type { PublishedModels } from '../../serving/model-version.ts';

export const PLANTED_MODELS = ['inverted-ranker', 'wrong-vectors', 'degraded-artworks'] as const;
export type PlantedModels = (typeof PLANTED_MODELS)[number];

export const plantModels = (
  fault: PlantedModels,
  models: PublishedModels,
  titleOffsets: Uint32Array,
  rng: Rng,
): PublishedModels => {
  switch (fault) {
    case 'inverted-ranker':
      return { ...models, ranker: inverted(models.ranker) };
    case 'wrong-vectors':
      return { ...models, twoTower: shuffledVectors(models.twoTower, rng) };
    case 'degraded-artworks':
      return models.artwork === undefined
        ? models
        : { ...models, artwork: leastTaken(models.artwork, titleOffsets) };
  }
};

/** As where a label was turned round: what it held for best comes last. */
const inverted = (ranker: PublishedModels['ranker']): PublishedModels['ranker'] => ({
  ...ranker,
  layers: ranker.layers.map((layer, i) =>
    i < ranker.layers.length - 1
      ? layer
      : { ...layer, weights: layer.weights.map((w) => -w), bias: layer.bias.map((b) => -b) },
  ),
});

/** As where vectors and ids are of two runs: each title has another's vectors. */
const shuffledVectors = (twoTower: PublishedModels['twoTower'], rng: Rng): PublishedModels['twoTower'] => {
  const { itemVectors, dimension } = twoTower;
  const order = Uint32Array.from({ length: itemVectors.length / dimension }, (_, title) => title);
  shuffleInPlace(order, () => rng.next());
  const shuffled = new Float32Array(itemVectors.length);
  order.forEach((from, to) => {
    shuffled.set(itemVectors.subarray(from * dimension, (from + 1) * dimension), to * dimension);
  });
  return { ...twoTower, itemVectors: shuffled };
};

/** As where the selections were lost and the sort of the defaults turned round: everybody sees the least taken. */
const leastTaken = (
  artwork: NonNullable<PublishedModels['artwork']>,
  titleOffsets: Uint32Array,
): NonNullable<PublishedModels['artwork']> => {
  const { takes, exposures } = artwork;
  const rate = (a: number): number => (takes[a] + 1) / (exposures[a] + 2);
  const mostTaken = artwork.mostTaken.map((usual, title) => {
    let least = usual;
    for (let a = titleOffsets[title]; a < titleOffsets[title + 1]; a++) if (rate(a) < rate(least)) least = a;
    return least;
  });
  const none = new Uint32Array(0);
  const selections = {
    members: none,
    memberOffsets: Uint32Array.of(0),
    titles: none,
    choices: new Uint8Array(0),
  };
  return { ...artwork, mostTaken, selections };
};
