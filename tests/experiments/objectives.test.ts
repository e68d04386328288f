import { describe, expect, test } from 'vitest';
import type { CandidateGenerator } from '../../src/candidate-gen/contract.ts';
import { fixedClock } from '../../src/domain/clock.ts';
import { createRng } from '../../src/domain/rng.ts';
import { eceInterval } from '../../src/experiments/calibration-stage.ts';
import type { MemberQueries } from '../../src/experiments/held-out.ts';
import { simulatePages } from '../../src/experiments/pareto.ts';
import { emptyProfile, signUpOf } from '../../src/features/profile.ts';
import { queryFeatureSize } from '../../src/features/query-features.ts';
import { emptyTitleCounts } from '../../src/features/title-counts.ts';
import type { Ranker } from '../../src/ranking/contract.ts';
import type { ObjectiveWeights } from '../../src/ranking/objectives.ts';
import { noTaste } from '../../src/ranking/taste.ts';
import type { FeatureSources } from '../../src/serving/assemble-features.ts';
import { worldConfig } from '../../src/simulator/config.ts';
import { satisfactionProbability, watchedFraction } from '../../src/simulator/response.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';

const AT = 20_460 * 86_400_000;
const NOTHING: ObjectiveWeights = { click: 0, finish: 0, satisfaction: 0, freshness: 0, diversity: 0 };

/** Pages over all titles of a world, by a ranker that knows the truth. */
const pagesOf = (world: World, members: number, titles: readonly number[], settings: ObjectiveWeights[]) => {
  const { catalogue } = world;
  const { vocabulary } = catalogue;
  const count = catalogue.titles.ids.length;
  const sources: FeatureSources = {
    twoTower: {
      dimension: 2,
      itemVectors: new Float32Array(2 * count).fill(1),
      historySize: 2,
      historyEmbedding: new Float32Array(2 * count),
      queryLayers: [
        {
          inputSize: 2 + queryFeatureSize(vocabulary),
          outputSize: 2,
          weights: new Float32Array(2 * (2 + queryFeatureSize(vocabulary))),
          bias: new Float32Array(2),
          activation: 'linear',
        },
      ],
    },
    taste: noTaste(count),
    counts: emptyTitleCounts(count),
    titles: catalogue.titles,
    vocabulary,
  };
  const generator: CandidateGenerator = {
    name: 'given',
    generate: async () => ({ items: Uint32Array.from(titles), scores: new Float32Array(titles.length) }),
  };
  const ranker: Ranker = {
    name: 'oracle',
    featureNames: [],
    score: async (request, { items }) => {
      const expected = Array.from(items, (title) =>
        world.expectOverArtworks(request.member, title, { ...request, row: 0, position: 0 }),
      );
      const click = Float32Array.from(expected, ({ clickGivenExamined }) => clickGivenExamined);
      const finish = Float32Array.from(expected, ({ finishGivenClick }) => finishGivenClick);
      const none = new Float32Array(items.length);
      const heads = { click, finish, satisfaction: finish, freshness: none, diversity: none };
      return { combined: click, heads };
    },
  };
  const queries: MemberQueries[] = Array.from({ length: members }, (_, member) => [
    {
      request: {
        requestId: `r${member}`,
        memberId: `m${member}`,
        member,
        at: AT,
        device: 1 + (member % 4),
        profile: emptyProfile(vocabulary.genres.length, signUpOf(world.members, member)),
      },
      played: 0,
      finishedLater: new Set<number>(),
    },
  ]);
  const context = { rng: createRng(1), clock: fixedClock(AT), signal: new AbortController().signal };
  return simulatePages({ world, ranker, generator, sources, queries, settings, context });
};

describe('pages simulated under weights of the objectives', () => {
  test('have the most clicks in the order of true clicks, and the most finishes in that of true finishes', async () => {
    const world = createWorld(worldConfig({ titles: 120, members: 20, seed: 4 }));
    const titles = Array.from({ length: 120 }, (_, t) => t);
    const [byClick, byFinish] = await pagesOf(world, 20, titles, [
      { ...NOTHING, click: 1 },
      { ...NOTHING, finish: 1 },
    ]);
    for (let m = 0; m < 20; m++) {
      expect(byClick.clicks[m]).toBeGreaterThanOrEqual(byFinish.clicks[m] - 1e-6);
      expect(byFinish.finishes[m]).toBeGreaterThanOrEqual(byClick.finishes[m] - 1e-6);
    }
    expect(byClick.clicks[0]).toBeGreaterThan(byFinish.clicks[0]); // the orders do differ
  });

  test('expect what drawing artworks, clicks and watched fractions comes to', async () => {
    const world = createWorld(worldConfig({ titles: 60, members: 1, pageRows: 1, pageColumns: 1, seed: 4 }));
    const { truth, catalogue } = world;
    const { titleOffsets } = catalogue.artworks;
    // The title that the member clicks most, so that the draws hold enough satisfied plays.
    const placement = { device: 1, row: 0, position: 0, at: AT };
    const clickOf = (t: number): number => world.expectOverArtworks(0, t, placement).clickGivenExamined;
    const title = Array.from({ length: 60 }, (_, t) => t).sort((a, b) => clickOf(b) - clickOf(a))[0];
    const [outcome] = await pagesOf(world, 1, [title], [{ ...NOTHING, click: 1 }]);
    const rng = createRng(6);
    const rounds = 40_000;
    let satisfied = 0;
    for (let i = 0; i < rounds; i++) {
      const artworks = titleOffsets[title + 1] - titleOffsets[title];
      const artwork = titleOffsets[title] + Math.floor(rng.next() * artworks);
      const expected = world.expect(0, title, artwork, placement);
      if (rng.next() >= expected.examined * expected.clickGivenExamined) continue;
      const fraction = watchedFraction(expected.finishGivenClick, rng.next());
      if (rng.next() < satisfactionProbability(truth, title, fraction)) satisfied++;
    }
    const rate = satisfied / rounds;
    expect(rate).toBeGreaterThan(0.02);
    // Four standard errors of a rate over 40,000 rounds.
    expect(Math.abs(outcome.satisfied[0] - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / rounds));
  });
});

test('the interval of a calibration error draws members with all that they saw', () => {
  // Each member sees a certain click and a certain miss under predictions of 1/2: whoever is drawn, the bin balances.
  const members = Uint32Array.of(5, 5, 9, 9);
  const options = { predictions: [0.5, 0.5, 0.5, 0.5], outcomes: [1, 0, 0, 1], members, bins: 10 };
  expect(eceInterval({ ...options, rng: createRng(2) })).toEqual([0, 0]);
  const apart = eceInterval({ ...options, outcomes: [1, 1, 0, 0], rng: createRng(2) });
  expect(apart).toEqual([0, 0.5]); // both members alike at one end, one of them alone at the other
});
