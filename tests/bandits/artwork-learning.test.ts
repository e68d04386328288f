import { describe, expect, it } from 'vitest';
import { barredArtworks } from '../../src/bandits/artwork-guardrail.ts';
import { type ArtworkLog, learnArtworkModel } from '../../src/bandits/artwork-learning.ts';
import { artworkLogit, moodOf } from '../../src/bandits/artwork-model.ts';
import { createRng } from '../../src/domain/rng.ts';
import { sigmoid } from '../../src/math/statistics.ts';
import { artworksOf } from './artwork-fixture.ts';

/** Two titles; each artwork shows one of two moods, or nothing. */
const artworks = artworksOf([
  [
    [1, 0],
    [0, 1],
    [0, 0],
  ],
  [
    [1, 0],
    [0, 1],
  ],
]);
/** Draws takes from everybody. */
const PULL = [0, 0, 1.2, 0, 0];
const FEELING = 1.5;
const EXAMINED = [1, 0.4];

/** Members whose context's second number says which of the moods they are in, and what they took. */
const planted = (members: number, each: number): ArtworkLog => {
  const rng = createRng(8);
  const rows = members * each;
  const log = {
    members,
    contextSize: 2,
    contexts: new Float32Array(2 * members),
    firstRow: Uint32Array.from({ length: members + 1 }, (_, m) => m * each),
    artwork: new Uint32Array(rows),
    examined: new Float32Array(rows),
    clicked: new Uint8Array(rows),
    offset: new Float32Array(rows).fill(-1),
  };
  for (let m = 0; m < members; m++) {
    const side = m % 2 === 0 ? 1 : -1;
    log.contexts.set([1, 10 + 3 * side], 2 * m);
    for (let i = m * each; i < (m + 1) * each; i++) {
      const a = Math.floor(5 * rng.next());
      const e = EXAMINED[i % 2];
      const feeling = FEELING * side * (artworks.theme[2 * a] - artworks.theme[2 * a + 1]);
      log.artwork[i] = a;
      log.examined[i] = e;
      log.clicked[i] = rng.next() < e * sigmoid(-1 + feeling + PULL[a]) ? 1 : 0;
    }
  }
  return log;
};

describe('learnArtworkModel', () => {
  const log = planted(400, 60);
  const settings = { epochs: 60, learningRate: 0.05, pullVariance: 1 };
  const { model, moods } = learnArtworkModel({ log, artworks, rng: createRng(1), settings });

  it('finds the moods behind the contexts, whatever their scale', () => {
    for (const side of [1, -1]) {
      const mood = moodOf(model, [1, 10 + 3 * side]);
      // 24,000 rows, of which 0.7 are looked at: standard error of each about 0.06
      expect(mood[0] - mood[1]).toBeCloseTo(2 * FEELING * side, 0);
      expect(Math.sign(mood[0])).toBe(side);
    }
  });

  it('finds what draws everybody, beside the other artworks of the title', () => {
    const mood = moodOf(model, [1, 10]); // of neither side
    const others = (artworkLogit(model, artworks, mood, 0) + artworkLogit(model, artworks, mood, 1)) / 2;
    expect(artworkLogit(model, artworks, mood, 2) - others).toBeGreaterThan(0.8);
    expect(artworkLogit(model, artworks, mood, 2) - others).toBeLessThan(1.6);
  });

  it('moves a member whose takes say otherwise than their context, the more the more was seen', () => {
    const contrary = planted(400, 60);
    contrary.contexts.set([1, 7], 0); // member 0, of the first mood, says the second
    const prior = 0.5;
    const learned = learnArtworkModel({
      log: contrary,
      artworks,
      rng: createRng(1),
      settings: { ...settings, moodVariance: prior },
    });
    const expected = moodOf(learned.model, [1, 7]);
    expect(learned.moods[0]).toBeGreaterThan(expected[0] + 0.3);
    expect(Math.abs(moods[2] - moodOf(model, [1, 7])[0])).toBeLessThan(0.3); // member 1 is what they say
  });

  it('gives back the same numbers for the same stream', () => {
    const again = learnArtworkModel({ log, artworks, rng: createRng(1), settings });
    expect(again.model).toEqual(model);
    expect(again.moods).toEqual(moods);
  });

  it('refuses a place that is looked at with a probability of 0 or above 1', () => {
    for (const wrong of [0, 1.1, Number.NaN]) {
      const broken = { ...log, examined: log.examined.slice() };
      broken.examined[3] = wrong;
      expect(() => learnArtworkModel({ log: broken, artworks, rng: createRng(1) })).toThrow(
        /row 3.*\(0, 1\]/,
      );
    }
  });
});

describe('barredArtworks', () => {
  const bars = (plays: number[], finishes: number[]): number[] => [
    ...barredArtworks(artworks, { plays: Float64Array.from(plays), finishes: Float64Array.from(finishes) }),
  ];

  it('bars what is taken and not finished, and nothing that is finished like the others', () => {
    expect(bars([60, 60, 60, 0, 0], [36, 12, 33, 0, 0])).toEqual([0, 1, 0, 0, 0]);
    expect(bars([60, 60, 60, 0, 0], [36, 30, 33, 0, 0])).toEqual([0, 0, 0, 0, 0]);
  });

  it('bars nothing on a few plays', () => {
    expect(bars([60, 4, 60, 1, 1], [36, 0, 33, 0, 1])).toEqual([0, 0, 0, 0, 0]);
  });

  it('leaves each title an artwork, and one that is finished often does not bar the others', () => {
    expect(bars([0, 0, 0, 500, 500], [0, 0, 0, 10, 400])).toEqual([0, 0, 0, 1, 0]);
    const barred = bars([0, 0, 0, 500, 500], [0, 0, 0, 0, 0]);
    expect(barred[3] + barred[4]).toBeLessThan(2);
  });

  it('bars few by chance: at most 1 in 20 of artworks that are all alike', () => {
    const titles = 400;
    const alike = artworksOf(Array.from({ length: titles }, () => [[0], [1], [2], [3]]));
    const rng = createRng(4);
    const plays = new Float64Array(4 * titles).fill(40);
    const finishes = plays.map((n) => {
      let finished = 0;
      for (let i = 0; i < n; i++) if (rng.next() < 0.6) finished++;
      return finished;
    });
    const share = barredArtworks(alike, { plays, finishes }).reduce((sum, x) => sum + x, 0) / (4 * titles);
    expect(share).toBeLessThan(0.05);
  });
});
