import { describe, expect, it } from 'vitest';
import {
  ArtworkRounds,
  artworkFeatureNames,
  artworkFeatureSize,
  artworkFeatures,
} from '../../src/bandits/artwork-features.ts';
import { ArtworkStats } from '../../src/bandits/artwork-stats.ts';
import { moodProfile } from '../../src/bandits/mood-profile.ts';
import { titleThemesOf } from '../../src/domain/title-themes.ts';
import { logit } from '../../src/math/statistics.ts';
import { artworksOf } from './artwork-fixture.ts';

const artworks = artworksOf([
  [
    [1, 0],
    [0, 1],
    [2, 2],
  ],
  [],
  [[-1, 3]],
]);
const themes = titleThemesOf(artworks);

describe('titleThemesOf and moodProfile', () => {
  it('give means, and the mean title for an empty history', () => {
    expect([...themes.values]).toEqual([1, 1, 0, 0, -1, 3]);
    expect([...themes.mean]).toEqual([0, 2]); // title 1 has no artworks and does not count
    expect(moodProfile([], [], themes)).toEqual(themes.mean);
  });

  it('weigh plays by watched fraction, as worked by hand', () => {
    // weights 1 and 0.5, prior 2: total 3.5; (2 (0, 2) + 1 (1, 1) + 0.5 (-1, 3)) / 3.5
    const profile = moodProfile([0, 2], [1, 0], themes);
    expect(profile[0]).toBeCloseTo(0.5 / 3.5, 6);
    expect(profile[1]).toBeCloseTo(6.5 / 3.5, 6);
    expect(() => moodProfile([0, 2], [1], themes)).toThrow(RangeError);
  });
});

describe('artworkFeatures', () => {
  const stats = new ArtworkStats(artworks);
  stats.add(1, 5, 20);

  it('are what their names say', () => {
    const names = artworkFeatureNames(2);
    const profile = Float32Array.of(0.5, -1);
    const round = artworkFeatures('r', profile, 0, artworks, stats);
    expect(round).toMatchObject({ requestId: 'r', actionCount: 3, featureSize: artworkFeatureSize(2) });
    expect(names.length).toBe(round.featureSize);
    expect(new Set(names).size).toBe(names.length);
    const row = (action: number) =>
      Object.fromEntries(names.map((name, i) => [name, round.features[action * names.length + i]]));
    // title theme (1, 1): artwork 2 of theme (2, 2) is (1, 1) apart from it
    const lift = stats.lift(1, stats.titleRate(0), logit(stats.titleRate(0)));
    expect(row(2)).toEqual({
      bias: 1,
      'title-rate': Math.fround(stats.titleRate(0)),
      'title-match': -0.5,
      'mood-0': 0.5,
      'mood-1': -1,
      match: -0.5,
      lift: 0,
      'theme-0': 1,
      'theme-1': 1,
      'mood-x-theme-0': 0.5,
      'mood-x-theme-1': -1,
    });
    expect(row(1)).toMatchObject({ match: -0.5, 'theme-0': -1, 'theme-1': 0, lift: Math.fround(lift) });
    expect(lift).toBeGreaterThan(0);
  });

  it('sum to nothing over a title where they tell artworks apart', () => {
    const round = artworkFeatures('r', Float32Array.of(0.3, 0.8), 0, artworks, stats);
    artworkFeatureNames(2).forEach((name, i) => {
      if (!/^(match|theme|mood-x)/.test(name)) return;
      let sum = 0;
      for (let a = 0; a < 3; a++) sum += round.features[a * round.featureSize + i];
      expect(sum).toBeCloseTo(0, 6);
    });
  });

  it('are the same from buffers used again, growing and shrinking', () => {
    const rounds = new ArtworkRounds(artworks, stats);
    const profile = Float32Array.of(1, 2);
    for (const title of [2, 0, 2, 1, 0]) {
      expect(rounds.build('r', profile, title)).toEqual(
        artworkFeatures('r', profile, title, artworks, stats),
      );
    }
    expect(rounds.build('r', profile, 1).actionCount).toBe(0);
  });
});
