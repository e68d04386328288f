import { describe, expect, it } from 'vitest';
import { createNewReleases } from '../../src/candidate-gen/new-releases.ts';
import { byTakeRate, fitTakeRate } from '../../src/candidate-gen/take-rate.ts';
import type { TwoTowerModel } from '../../src/candidate-gen/two-tower-model.ts';
import { DAY_MS, HOUR_MS } from '../../src/domain/clock.ts';
import { createRng } from '../../src/domain/rng.ts';
import { queryFeatureSize } from '../../src/features/query-features.ts';
import { describeCandidateGenerator } from '../contracts/describe-candidate-generator.ts';
import { PLANTED_RELEASED, type PlantedFixture, plantedFixture, stageContext } from '../contracts/fixture.ts';

/** A model to which the title of the highest row is the best, by a tenth of its row. */
const newReleases = ({ dataset: { titles, vocabulary } }: PlantedFixture) => {
  const size = titles.ids.length;
  const inputSize = 1 + queryFeatureSize(vocabulary);
  const weights = new Float32Array(inputSize);
  const model: TwoTowerModel = {
    dimension: 1,
    historySize: 1,
    historyEmbedding: new Float32Array(size),
    queryLayers: [{ inputSize, outputSize: 1, weights, bias: Float32Array.of(1), activation: 'linear' }],
    itemVectors: Float32Array.from({ length: size }, (_, title) => -0.01 * title),
  };
  return createNewReleases({ model, titles, vocabulary });
};

describeCandidateGenerator('new-releases', newReleases);

describe('new-releases', () => {
  it('proposes what was just released first, the newest of equals before the others', async () => {
    const fixture = plantedFixture();
    const { items } = await newReleases(fixture).generate(fixture.request(-1), 8, stageContext(1));
    const days = fixture.dataset.titles.releaseDay;
    const newest = [...items.subarray(0, 6)];
    expect([...newest].sort()).toEqual([48, 49, 50, 51, 52, 53]); // the planted new titles
    for (let i = 1; i < 6; i++) expect(days[newest[i]]).toBeLessThan(days[newest[i - 1]]);
    expect([...items.subarray(6)]).toEqual([0, 1]); // then as the towers say
    expect(items.every((title) => title < PLANTED_RELEASED)).toBe(true);
  });

  it('scores by the towers and by the age at the moment of the request, on any day and at any hour', async () => {
    const fixture = plantedFixture();
    const source = newReleases(fixture);
    const { titles } = fixture.dataset;
    for (const hours of [0, 7.5, 23.9, 31]) {
      const request = fixture.request(-1);
      const at = request.at + hours * HOUR_MS;
      const { items, scores } = await source.generate({ ...request, at }, 20, stageContext(1));
      items.forEach((title, i) => {
        const expected = -0.01 * title + 4 * Math.exp(-(at / DAY_MS - titles.releaseDay[title]) / 21);
        expect(scores[i]).toBeCloseTo(expected, 5);
      });
    }
  });
});

describe('the take rate of a source', () => {
  it('is found again from plays drawn with it', () => {
    const rng = createRng(3);
    const [truth, depth, queries] = [{ rate: 0.03, power: 0.8 }, 200, 40_000];
    const positions: number[] = [];
    for (let q = 0; q < queries; q++) {
      for (let p = 0; p < depth; p++) if (rng.next() < byTakeRate(truth)(0, p)) positions.push(p);
    }
    const fitted = fitTakeRate({ positions, queries, depth });
    // About 12,000 plays found: the power's standard error is near 0.01, the rate's near 2 %; 4 of each.
    expect(Math.abs(fitted.power - truth.power)).toBeLessThan(0.04);
    expect(Math.abs(fitted.rate / truth.rate - 1)).toBeLessThan(0.08);
  });

  it('stays above 0 and does not rise for a source that found nothing', () => {
    const calibrate = byTakeRate(fitTakeRate({ positions: [], queries: 1_000, depth: 50 }));
    const scores = Array.from({ length: 50 }, (_, p) => calibrate(0, p));
    expect(Math.min(...scores)).toBeGreaterThan(0);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('refuses no queries, and positions that are not in the list', () => {
    expect(() => fitTakeRate({ positions: [], queries: 0, depth: 5 })).toThrow(RangeError);
    expect(() => fitTakeRate({ positions: [5], queries: 9, depth: 5 })).toThrow(RangeError);
  });
});
