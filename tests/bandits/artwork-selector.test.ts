import { describe, expect, it } from 'vitest';
import {
  artworkFeatureNames,
  artworkFeatureSize,
  artworkFeatures,
} from '../../src/bandits/artwork-features.ts';
import { learnFromImpressions } from '../../src/bandits/artwork-learning.ts';
import { precomputeSelections } from '../../src/bandits/artwork-selector.ts';
import { ArtworkStats } from '../../src/bandits/artwork-stats.ts';
import type { BanditFeedback, BanditPolicy } from '../../src/bandits/contract.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { titleThemesOf } from '../../src/bandits/mood-profile.ts';
import { RidgeModel } from '../../src/bandits/ridge-model.ts';
import { Uniform } from '../../src/bandits/uniform.ts';
import { createRng } from '../../src/domain/rng.ts';
import { artworksOf, type ImpressionRow, impressionsOf, playsOf } from './artwork-fixture.ts';

const artworks = artworksOf([
  [
    [1, 0],
    [0, 1],
  ],
  [],
  [
    [1, 1],
    [0, 2],
    [1, 0],
  ],
]);
const featureSize = artworkFeatureSize(2);

/** A policy that hands what it is taught to `hear`. */
const taught = (hear: (feedback: BanditFeedback) => void): BanditPolicy =>
  Object.assign(new Uniform(), { update: hear });

const listener = (): { policy: BanditPolicy; heard: BanditFeedback[] } => {
  const heard: BanditFeedback[] = [];
  const policy = taught((feedback) => {
    const features = feedback.round.features.slice();
    heard.push({ ...feedback, round: { ...feedback.round, features } });
  });
  return { policy, heard };
};

const feature = ({ round, action }: BanditFeedback, name: string): number =>
  round.features[action * featureSize + artworkFeatureNames(2).indexOf(name)];

describe('learnFromImpressions', () => {
  const rows: ImpressionRow[] = [
    { member: 0, artwork: 0, time: 10, clicked: 1 },
    { member: 0, artwork: 1, time: 20, clicked: 1, position: 2, artworkPropensity: 0.1 },
    { member: 1, artwork: 4, time: 30, clicked: 0 },
    { member: 0, artwork: 1, time: 40, clicked: 0 },
    { member: 0, artwork: 0, time: 50, clicked: 0 },
  ];
  const impressions = impressionsOf(rows, artworks);
  const plays = playsOf([{ member: 0, title: 2, time: 30, fraction: 1 }]);

  it('learns [from, to) with what was known before each impression', () => {
    const { policy, heard } = listener();
    const stats = new ArtworkStats(artworks);
    const report = learnFromImpressions({ artworks, impressions, plays, from: 20, to: 50, policy, stats });
    expect(report).toEqual({ impressions: 3, takes: 1, exposures: 3 });
    expect(heard.map(({ reward, weight }) => [reward, weight])).toEqual([
      [1, 1],
      [0, 1],
      [0, 1],
    ]);
    const shown = heard.map((feedback) => [feature(feedback, 'theme-0'), feature(feedback, 'theme-1')]);
    expect(shown[0]).toEqual([-0.5, 0.5]); // artwork 1's theme (0, 1) less its title's (0.5, 0.5)
    expect(shown[1][0]).toBeCloseTo(1 - 2 / 3, 6); // artwork 4's theme (1, 0) less (2/3, 1)
    expect(shown[1][1]).toBe(-1);
    expect(shown[2]).toEqual(shown[0]);
    expect(feature(heard[0], 'lift')).toBe(0); // its own take is not yet known
    expect(feature(heard[2], 'lift')).toBeGreaterThan(0);
    expect(feature(heard[0], 'title-rate')).toBeCloseTo(0.05, 6);
    const unknown = titleThemesOf(artworks).mean;
    expect(feature(heard[0], 'mood-1')).toBe(unknown[1]);
    expect(feature(heard[2], 'mood-1')).not.toBe(unknown[1]); // the play of time 30
    expect([...stats.exposures]).toEqual([0, 2, 0, 0, 1]);
  });

  it('weighs by examination, and by propensity up to the cap', () => {
    const { policy, heard } = listener();
    const stats = new ArtworkStats(artworks);
    learnFromImpressions({
      artworks,
      impressions,
      plays,
      from: 0,
      to: 30,
      policy,
      stats,
      examination: (_row, position) => 0.5 ** position,
      importanceCap: 4,
    });
    expect(heard.map(({ reward, weight }) => [reward, weight])).toEqual([
      [1, 2], // examined for sure, propensity 0.5
      [4, 1], // examined by 1 in 4, weight 0.25 times the cap
    ]);
    expect([...stats.exposures]).toEqual([1, 0.25, 0, 0, 0]);
    const broken = { artworks, impressions, plays, from: 0, to: 30, policy, stats, examination: () => 0 };
    expect(() => learnFromImpressions(broken)).toThrow(/examination of row 0, position 0, device 0/);
  });

  it('recovers the take rate given examination from places that are rarely looked at', () => {
    const rng = createRng(1);
    const n = 20_000;
    const examined = [1, 0.5, 0.1];
    const takeRate = [0.3, 0.1]; // of title 0's two artworks
    const log: ImpressionRow[] = Array.from({ length: n }, (_, time) => {
      const position = Math.floor(rng.next() * 3);
      const artwork = rng.next() < 0.5 ? 0 : 1;
      const clicked = rng.next() < examined[position] * takeRate[artwork] ? 1 : 0;
      return { member: 0, artwork, time, clicked, position };
    });
    const model = new RidgeModel({ featureSize, ridge: 1, priorNoise: 0.5 });
    const policy = taught(({ round, action, reward, weight = 1 }) =>
      model.learn(round.features, action * featureSize, reward, weight),
    );
    const stats = new ArtworkStats(artworks);
    learnFromImpressions({
      artworks,
      impressions: impressionsOf(log, artworks),
      plays: playsOf([]),
      from: 0,
      to: n,
      policy,
      stats,
      examination: (_row, position) => examined[position],
    });
    const { features } = artworkFeatures('r', titleThemesOf(artworks).mean, 0, artworks, stats);
    // Exposures of an artwork: about n / 2 * 0.533; standard error of a rate about sqrt(p / exposures).
    for (const artwork of [0, 1]) {
      const tolerance = 4 * Math.sqrt(takeRate[artwork] / stats.exposures[artwork]);
      const rate = stats.takes[artwork] / stats.exposures[artwork];
      expect(Math.abs(rate - takeRate[artwork])).toBeLessThan(tolerance);
      let predicted = 0;
      for (let i = 0; i < featureSize; i++) {
        predicted += model.weights()[i] * features[artwork * featureSize + i];
      }
      expect(Math.abs(predicted - takeRate[artwork])).toBeLessThan(tolerance);
    }
    expect(stats.mostTaken(0)).toBe(0);
  });
});

describe('precomputeSelections', () => {
  const stats = new ArtworkStats(artworks);
  const profileOf = (member: number) => Float32Array.of(member, 1);
  const titlesOf = (member: number) => (member === 3 ? [] : [2, 1, 0]);
  const select = (policy: BanditPolicy, members: number[], seed = 1) =>
    precomputeSelections({ members, titlesOf, profileOf, artworks, stats, policy, rng: createRng(seed) });

  it('gives each member a row for each title with artworks, in the order asked for', () => {
    const got = select(new Uniform(), [5, 3, 4]);
    expect([...got.members]).toEqual([5, 3, 4]);
    expect([...got.memberOffsets]).toEqual([0, 2, 2, 4]);
    expect([...got.titles]).toEqual([2, 0, 2, 0]);
    got.artworks.forEach((artwork, i) => {
      expect(artworks.title[artwork]).toBe(got.titles[i]);
      expect(got.propensities[i]).toBeCloseTo(got.titles[i] === 0 ? 1 / 2 : 1 / 3, 6);
    });
  });

  it('gives a member the same choices in whatever company and order', () => {
    const members = Array.from({ length: 40 }, (_, m) => m);
    const policy = new LinTs({ featureSize });
    const together = select(policy, members);
    const backwards = select(policy, [...members].reverse());
    members.forEach((member) => {
      const at = together.memberOffsets[member];
      const other = backwards.memberOffsets[members.length - 1 - member];
      for (let i = 0; i < titlesOf(member).length - 1; i++) {
        expect(backwards.artworks[other + i]).toBe(together.artworks[at + i]);
        expect(backwards.propensities[other + i]).toBe(together.propensities[at + i]);
      }
    });
    expect(select(policy, members, 2).artworks).not.toEqual(together.artworks);
  });

  it('teaches the policy nothing', () => {
    const policy = new LinTs({ featureSize });
    const before = policy.save();
    select(policy, [1, 2]);
    expect(policy.save()).toEqual(before);
  });
});
