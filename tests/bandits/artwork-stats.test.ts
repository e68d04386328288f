import { describe, expect, it } from 'vitest';
import { ArtworkStats, NO_ARTWORK } from '../../src/bandits/artwork-stats.ts';
import { logit } from '../../src/math/statistics.ts';
import { artworksOf } from './artwork-fixture.ts';

// title 0: artworks 0, 1, 2; title 1: none; title 2: artworks 3, 4
const artworks = artworksOf([[[1], [1], [1]], [], [[1], [1]]]);

describe('ArtworkStats', () => {
  it('smooths artwork by title, and title by all, as worked by hand', () => {
    const stats = new ArtworkStats(artworks);
    stats.add(0, 40, 100);
    stats.add(1, 10, 80);
    stats.add(3, 30, 200);
    // all: (80 + 20 * 0.05) / (380 + 20) = 0.2025; title 0: (50 + 20 * 0.2025) / (180 + 20) = 0.27025
    expect(stats.globalRate()).toBeCloseTo(0.2025, 12);
    expect(stats.titleRate(0)).toBeCloseTo(0.27025, 12);
    expect(stats.titleRate(1)).toBeCloseTo(0.2025, 12);
    // artwork 0: (40 + 100 * 0.27025) / 200; artwork 1: (10 + 27.025) / 180; artwork 2: the title's own
    expect(stats.artworkRate(0)).toBeCloseTo(0.335125, 12);
    expect(stats.artworkRate(1)).toBeCloseTo(37.025 / 180, 12);
    expect(stats.artworkRate(2)).toBeCloseTo(0.27025, 12);
    const lift = (artwork: number) => stats.lift(artwork, 0.27025, logit(0.27025));
    expect(lift(0)).toBeCloseTo(logit(0.335125) - logit(0.27025), 12);
    expect(lift(1)).toBeLessThan(0);
    expect(lift(2)).toBe(0);
  });

  it('calls most taken the highest smoothed rate, not the highest count', () => {
    const stats = new ArtworkStats(artworks);
    stats.add(0, 20, 1_000);
    stats.add(1, 15, 100);
    stats.add(2, 1, 1); // all of its one exposure, which says little
    expect(stats.mostTaken(0)).toBe(1);
  });

  it('falls back to the most exposed, then to the first, then to none', () => {
    const stats = new ArtworkStats(artworks);
    expect(stats.mostTaken(0)).toBe(0);
    stats.add(1, 0, 5);
    expect(stats.mostTaken(0)).toBe(1);
    stats.add(2, 0, 9);
    expect(stats.mostTaken(0)).toBe(2);
    expect(stats.mostTaken(1)).toBe(NO_ARTWORK);
    stats.add(3, 1); // another title's take changes nothing here
    expect(stats.mostTaken(0)).toBe(2);
  });

  it('keeps rates inside (0, 1) whatever the weighted exposures', () => {
    const stats = new ArtworkStats(artworks);
    stats.add(4, 1_000, 0.5);
    stats.add(0, 0, 1e9);
    for (const artwork of [0, 4]) {
      expect(stats.artworkRate(artwork)).toBeGreaterThan(0);
      expect(stats.artworkRate(artwork)).toBeLessThan(1);
    }
  });

  it('comes back from its two columns', () => {
    const stats = new ArtworkStats(artworks);
    stats.add(0, 3, 10.5);
    stats.add(4, 1, 2);
    const restored = ArtworkStats.of(artworks, stats.takes, stats.exposures);
    expect(restored.artworkRate(1)).toBe(stats.artworkRate(1));
    expect(restored.globalRate()).toBe(stats.globalRate());
    expect(() => ArtworkStats.of(artworks, [1], [1])).toThrow(RangeError);
  });
});
