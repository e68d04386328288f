import { describe, expect, it } from 'vitest';
import { chance, explorationShares, versionKey } from '../../src/bandits/artwork-exploration.ts';
import type { ArtworkModel } from '../../src/bandits/artwork-model.ts';
import {
  type ArtworkPolicy,
  artworkProbabilities,
  placeChosen,
  propensityOf,
  selectForMember,
  selectionTables,
} from '../../src/bandits/artwork-selector.ts';
import { ArtworkStats } from '../../src/bandits/artwork-stats.ts';
import { createRng } from '../../src/domain/rng.ts';
import { normalSource } from '../../src/math/random.ts';
import { artworksOf } from './artwork-fixture.ts';

const draws = createRng(3);
const normal = normalSource(() => draws.next());
const THEME_SIZE = 4;
const TITLES = 60;
const artworks = artworksOf(
  Array.from({ length: TITLES }, (_, t) =>
    Array.from({ length: 3 + (t % 6) }, () => Array.from({ length: THEME_SIZE }, normal)),
  ),
);
const count = artworks.title.length;
const model: ArtworkModel = {
  themeSize: THEME_SIZE,
  contextSize: 1,
  weights: new Float64Array(THEME_SIZE),
  pull: Float64Array.from({ length: count }, () => 0.3 * normal()),
};
const stats = new ArtworkStats(artworks);
for (let a = 0; a < count; a++) stats.add(a, a % 5, 20 * (a % 30));
const barred = Uint8Array.from({ length: count }, (_, a) => (a % 11 === 0 ? 1 : 0));
const shares = { floor: 0.2, newShare: 0.3, narrowEnough: 0.1 };
const policy: ArtworkPolicy = {
  model,
  artworks,
  barred,
  exploring: explorationShares(artworks, stats, barred, shares),
};
const { titleOffsets } = artworks;
const titles = Uint32Array.from({ length: TITLES }, (_, t) => t);
const moodOf = (member: number): Float32Array => {
  const own = createRng(member);
  return Float32Array.from({ length: THEME_SIZE }, () => 2 * own.next() - 1);
};
const chosenBy = (member: number, key: number): Uint8Array => {
  const choices = new Uint8Array(TITLES);
  selectForMember(selectionTables(policy, key), member, moodOf(member), titles, 0, TITLES, choices);
  return choices;
};

describe('artwork selections', () => {
  it('carry exactly the propensity that the readable policy gives, for every member and title', () => {
    const key = versionKey('v1');
    const tables = selectionTables(policy, key);
    for (let member = 0; member < 100; member++) {
      chosenBy(member, key).forEach((choice, title) => {
        const probabilities = artworkProbabilities(policy, moodOf(member), title);
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
        const propensity = propensityOf(choice, title, tables);
        expect(propensity).toBeCloseTo(probabilities[placeChosen(choice)], 6);
        expect(propensity).toBeGreaterThan(0);
      });
    }
  });

  it('show each artwork as often as its propensity says, over versions', () => {
    const versions = 4_000;
    const member = 7;
    const times = new Float64Array(count);
    for (let v = 0; v < versions; v++) {
      chosenBy(member, versionKey(`2026-${v}`)).forEach((choice, title) => {
        times[titleOffsets[title] + placeChosen(choice)]++;
      });
    }
    for (let title = 0; title < TITLES; title++) {
      artworkProbabilities(policy, moodOf(member), title).forEach((p, i) => {
        // 5 standard errors: one of about 330 artworks would be beyond by chance in 5,000 runs
        const off = Math.abs(times[titleOffsets[title] + i] / versions - p);
        expect(off).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / versions));
      });
    }
  });

  it('are the same whenever they are asked for, and others in another version', () => {
    expect(chosenBy(4, 17)).toEqual(chosenBy(4, 17));
    const [first, second] = [chosenBy(4, 17), chosenBy(4, 18)];
    const moved = first.filter((choice, i) => choice !== second[i]).length;
    expect(moved).toBeGreaterThan(5); // a title explores in 0.5 of all cases, the same way in few
    expect(moved).toBeLessThan(55);
  });

  it('never show a barred artwork, and show the best of the others where nothing is kept for exploring', () => {
    const greedy = { ...policy, exploring: new Float32Array(count) };
    const choices = new Uint8Array(TITLES);
    const mood = moodOf(1);
    const tables = selectionTables(greedy, 5);
    selectForMember(tables, 1, mood, titles, 0, TITLES, choices);
    choices.forEach((choice, title) => {
      const first = titleOffsets[title];
      const logits = Array.from({ length: titleOffsets[title + 1] - first }, (_, i) => {
        const theme = artworks.theme.subarray((first + i) * THEME_SIZE, (first + i + 1) * THEME_SIZE);
        return theme.reduce((sum, x, s) => sum + x * mood[s], model.pull[first + i]);
      });
      const allowed = logits.map((logit, i) => (barred[first + i] === 1 ? -Infinity : logit));
      expect(placeChosen(choice)).toBe(allowed.indexOf(Math.max(...allowed)));
      expect(propensityOf(choice, title, tables)).toBe(1);
    });
  });

  it('refuse a title with more artworks than a byte tells apart', () => {
    const many = artworksOf([Array.from({ length: 129 }, () => [1])]);
    const none = { barred: new Uint8Array(129), exploring: new Float32Array(129) };
    const flat = { themeSize: 1, contextSize: 1, weights: new Float64Array(1), pull: new Float64Array(129) };
    expect(() => selectionTables({ model: flat, artworks: many, ...none }, 1)).toThrow(/at most 128.*129/);
  });
});

describe('exploration', () => {
  it('keeps its share for artworks whose interval is wide, until it is narrow', () => {
    const two = artworksOf([[[0], [1], [2]]]);
    const seen = new ArtworkStats(two);
    seen.add(0, 100, 1_000);
    seen.add(1, 1, 10);
    const none = new Uint8Array(3);
    const [known, fresh, unseen] = explorationShares(two, seen, none, shares);
    expect(known).toBeCloseTo(0.2 / 3, 6);
    expect(fresh).toBeCloseTo(0.2 / 3 + 0.15, 6);
    expect(unseen).toBe(fresh);
    seen.add(1, 99, 990);
    seen.add(2, 100, 1_000);
    expect([...explorationShares(two, seen, none, shares)]).toEqual([known, known, known]);
    expect([...explorationShares(two, seen, Uint8Array.of(0, 1, 0), shares)][1]).toBe(0);
  });

  it('spreads chance evenly over members, titles and versions', () => {
    // 16 bins of 40,000 numbers: chi-square with 15 degrees of freedom, 99.99 % below 44.3
    for (const at of [
      (i: number) => chance(9, i, 4),
      (i: number) => chance(9, 4, i),
      (i: number) => chance(i, 4, 9),
    ]) {
      const bins = new Float64Array(16);
      for (let i = 0; i < 40_000; i++) bins[Math.floor(16 * at(i))]++;
      expect(bins.reduce((sum, n) => sum + (n - 2_500) ** 2 / 2_500, 0)).toBeLessThan(44.3);
    }
  });
});
