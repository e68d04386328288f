import { beforeAll, describe, expect, it } from 'vitest';
import { homeGenerators, homeSources } from '../../src/candidate-gen/home-sources.ts';
import { createExactIndex } from '../../src/candidate-gen/indexes/exact.ts';
import { createRng } from '../../src/domain/rng.ts';
import { type TrainedSources, trainSources, trendingBefore } from '../../src/training/sources.ts';
import { untrainedSubject } from '../experiments/untrained-subject.ts';

const { subject, retrieval } = untrainedSubject();
const { dataset, until } = subject;
const options = { dataset, until, rng: createRng(1) };
let trained: TrainedSources;
beforeAll(async () => {
  trained = await trainSources(options, retrieval);
});

describe('the sources of the homepage, trained', () => {
  it('have a take rate each, and find every play at most once between them', () => {
    const names = ['two-tower', 'item-to-item', 'trending', 'new-releases'];
    expect([...trained.takeRates.keys()]).toEqual(names);
    const found = [...trained.takeRates.values()].map(({ rate, power }) => {
      expect(rate).toBeGreaterThan(0);
      expect(power).toBeGreaterThanOrEqual(0);
      return Array.from({ length: 500 }, (_, p) => rate * (1 + p) ** -power).reduce((sum, x) => sum + x, 0);
    });
    // The two towers are asked first, for 500 of 700 titles: the others are left what those do not hold.
    expect(found[0]).toBeGreaterThan(found[1] + found[2] + found[3]);
    expect(found.reduce((sum, x) => sum + x, 0)).toBeLessThan(1.02); // each is given one play beside those it found
  });

  it('learn nothing from what comes after', async () => {
    const plays = Object.fromEntries(
      Object.entries(dataset.plays).map(([name, column]) => [
        name,
        column.slice(
          0,
          dataset.plays.time.findIndex((time: number) => time >= until),
        ),
      ]),
    ) as unknown as typeof dataset.plays;
    const blind = await trainSources({ ...options, dataset: { ...dataset, plays } }, retrieval);
    expect(blind).toEqual(trained);
  });

  it('are served in the same order, calibrated, with the places that are reserved for them', () => {
    const { twoTower: model } = retrieval;
    const parts = {
      ...trained,
      model,
      index: createExactIndex(model.itemVectors, model.dimension),
      trending: trendingBefore(dataset, until),
      titles: dataset.titles,
      vocabulary: dataset.vocabulary,
    };
    const sources = homeSources(parts, { trending: 7 });
    expect(sources.map(({ generator }) => generator.name)).toEqual(
      homeGenerators(parts).map(({ name }) => name),
    );
    expect(sources.map(({ reserved }) => reserved)).toEqual([0, 0, 7, 0]);
    for (const { generator, calibrate } of sources) {
      const { rate = 0, power = 0 } = trained.takeRates.get(generator.name) ?? {};
      expect(calibrate?.(123, 3)).toBeCloseTo(rate * 4 ** -power, 12);
    }
  });
});
