import { describe, expect, it, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { createFavours, createGenreFavours } from '../../src/features/favour.ts';

test('a title first seen says nothing; then its propensity is held against those before', () => {
  const favourOf = createFavours(2);
  const sight = (title: number, propensity: number) => favourOf(title, propensity);
  expect(sight(0, 0.02).weight).toBe(0);
  expect(sight(1, 0.5).weight).toBe(0);
  expect(sight(0, 0.04)).toMatchObject({ logRatio: Math.log(2), weight: 1 / 3 });
  const usual = 2 / (1 / 0.02 + 1 / 0.04);
  const third = sight(0, 0.01);
  expect(third.logRatio).toBeCloseTo(Math.log(0.01 / usual), 12);
  expect(third.weight).toBe(2 / 4);
});

test('who is favoured is told against all members, though the title was mostly shown to those it was likely for', () => {
  const rng = createRng(5);
  const likely = [0.3, 0.02, 0.02, 0.02]; // of four members; 0.09 on average, and 0.23 over the times it is shown
  const favourOf = createFavours(1);
  const last: number[] = [];
  for (let place = 0; place < 40_000; place++) {
    const member = place % likely.length;
    if (rng.next() < likely[member]) {
      last[member] = favourOf(0, likely[member]).logRatio;
    }
  }
  // About 3,600 sights: the mean of 1 / propensity is within 3 % (its deviation is 1.3 of the mean)
  for (const [member, p] of likely.entries()) expect(last[member]).toBeCloseTo(Math.log(p / 0.09), 1);
});

describe('what the recommender thought of a member by genre', () => {
  // Of genres 1; 2; 1 and 2; 2 and 3.
  const titleGenres = { offsets: Uint32Array.of(0, 1, 2, 4, 6), codes: Uint8Array.of(1, 2, 1, 2, 2, 3) };
  const thought = [1, 5, 0.2, 1]; // of each genre, in place of 1
  /** As a recommender that draws 35 % from what is popular, and the rest by what it thinks. */
  const logRatioOf = (title: number): number => {
    const genres = titleGenres.codes.subarray(titleGenres.offsets[title], titleGenres.offsets[title + 1]);
    return Math.log(0.35 + 0.65 * (genres.reduce((sum, genre) => sum + thought[genre], 0) / genres.length));
  };
  const shown = (...titles: number[]) =>
    titles.map((title) => ({ title, logRatio: logRatioOf(title), weight: 1 }));

  it('is found, and told apart in titles of several genres', () => {
    const favoursOf = createGenreFavours(titleGenres, 4);
    let found = favoursOf(0, shown(0, 1, 2, 3));
    for (let page = 0; page < 40; page++) found = favoursOf(0, shown(0, 1, 2, 3));
    for (const genre of [1, 2, 3])
      expect(Math.abs(found.favour[genre] - Math.log(thought[genre])), `genre ${genre}`).toBeLessThan(0.1);
    expect([found.favour[0], found.evidence[0]]).toEqual([0, 0]);
  });

  it('does not lay to one genre what the other explains', () => {
    const favoursOf = createGenreFavours(titleGenres, 4);
    let found = favoursOf(0, shown(1, 1, 1, 2, 2));
    for (let page = 0; page < 20; page++) found = favoursOf(0, []);
    const apart = createGenreFavours(titleGenres, 4);
    let alone = apart(0, shown(2, 2));
    for (let page = 0; page < 20; page++) alone = apart(0, []);
    expect(found.favour[1]).toBeGreaterThan(alone.favour[1] + 0.3); // genre 2 is none of why they were likely
    expect(found.favour[2]).toBeLessThan(alone.favour[2] - 0.5);
  });

  it('is of each member alone, is drawn to nothing where little was seen, and leaves what it said as it was', () => {
    const favoursOf = createGenreFavours(titleGenres, 4);
    const first = favoursOf(0, shown(0));
    const then = first.favour.slice();
    const second = favoursOf(0, shown(...Array.from({ length: 50 }, () => 0)));
    expect(first.favour).toEqual(then);
    expect(second.favour[1]).toBeGreaterThan(first.favour[1]);
    expect(second.evidence[1]).toBeGreaterThan(10 * first.evidence[1]);
    expect(second.favour[1]).toBeLessThan(Math.log(thought[1]) + 0.01);
    expect([...favoursOf(1, []).favour]).toEqual([0, 0, 0, 0]);
    expect([...favoursOf(1, [{ title: 0, logRatio: 9, weight: 0 }]).evidence]).toEqual([0, 0, 0, 0]);
  });
});
