/** The four sources of the homepage, and a page without any one of them. */
import { describe, expect, it } from 'vitest';
import { fitItemKnn } from '../../src/candidate-gen/baselines/item-knn.ts';
import { homeSources } from '../../src/candidate-gen/home-sources.ts';
import { createExactIndex } from '../../src/candidate-gen/indexes/exact.ts';
import { playedBefore } from '../../src/candidate-gen/item-to-item.ts';
import { countPlays } from '../../src/candidate-gen/popularity.ts';
import { DAY_MS } from '../../src/domain/clock.ts';
import { dependencyError } from '../../src/domain/errors.ts';
import { queryFeatureSize } from '../../src/features/query-features.ts';
import type { Dressed, Served } from '../../src/serving/pipelines/journey.ts';
import { manualTimers } from './manual-timers.ts';
import { dataset, NOW, startServing } from './serving-fixture.ts';

const { titles, vocabulary, plays } = dataset;
const inputSize = 1 + queryFeatureSize(vocabulary);
const model = {
  dimension: 1,
  historySize: 1,
  historyEmbedding: new Float32Array(titles.ids.length),
  itemVectors: Float32Array.from(titles.ids, (_, title) => (title % 10) / 10),
  queryLayers: [
    {
      inputSize,
      outputSize: 1,
      weights: new Float32Array(inputSize),
      bias: Float32Array.of(1),
      activation: 'linear' as const,
    },
  ],
};
const sources = homeSources({
  model,
  index: createExactIndex(model.itemVectors, 1),
  neighbours: fitItemKnn(playedBefore(dataset, NOW), { neighbours: 10 }).neighbours,
  trending: countPlays(plays, titles.ids.length, { before: NOW, halfLifeMs: 3 * DAY_MS }),
  titles,
  vocabulary,
  takeRates: new Map(
    ['two-tower', 'item-to-item', 'trending', 'new-releases'].map((name, i) => [
      name,
      { rate: 0.1 / (1 + i), power: 0.7 },
    ]),
  ),
});
const names = sources.map(({ generator }) => generator.name);

const homepage = async (faulty?: string, generate?: () => Promise<never>): Promise<Served<Dressed>> => {
  const timers = manualTimers();
  const { pipeline, app } = await startServing({
    pipeline: {
      timers,
      sources: sources.map((source) =>
        source.generator.name === faulty && generate !== undefined
          ? { ...source, generator: { name: faulty, generate } }
          : source,
      ),
    },
  });
  await app.close();
  const observer = { stageEnded: () => undefined, bugFound: () => undefined };
  const asked = pipeline.homepage({ requestId: 'r', memberId: 'member-0' }, observer);
  await timers.advance(1_000);
  return await asked;
};
const sourcesOf = ({ value }: Served<Dressed>): Set<string> =>
  new Set(value.rows.flatMap(({ origins }) => origins.map(({ source }) => source)));

describe('a homepage of the four sources', () => {
  it('says of each title which source it came from, and what its place there was worth', async () => {
    const served = await homepage();
    expect(served.degraded).toEqual([]);
    const found = sourcesOf(served);
    expect([...found].filter((name) => names.includes(name)).length).toBeGreaterThanOrEqual(3);
    for (const { origins, titles: shown, template } of served.value.rows) {
      expect(origins).toHaveLength(shown.length);
      for (const { source, score } of origins) {
        expect([...names, 'continue-watching']).toContain(source);
        if (template === 'continue-watching') expect(source).toBe(template);
        expect(score).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it.each(
    names.flatMap((name) => [
      [name, 'late', (): Promise<never> => new Promise(() => undefined)] as const,
      [name, 'dependency', () => Promise.reject(dependencyError('away', 'it is away'))] as const,
    ]),
  )('is made of the others when %s is away (%s)', async (name, reason, generate) => {
    const served = await homepage(name, generate);
    expect(served.degraded).toEqual([{ stage: `candidate-generation.${name}`, reason }]);
    expect(served.value.origin).toBe('personalised');
    const found = sourcesOf(served);
    expect(found).not.toContain(name);
    expect([...found].filter((other) => names.includes(other)).length).toBeGreaterThanOrEqual(2);
    expect(served.value.rows.flatMap(({ titles: shown }) => [...shown]).length).toBeGreaterThan(20);
  });
});
