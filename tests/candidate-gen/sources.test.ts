import { describe, expect, it } from 'vitest';
import { eligibility, searchSize, takeEligible } from '../../src/candidate-gen/eligible.ts';
import { countPlays, createPopularity } from '../../src/candidate-gen/popularity.ts';
import { createRandom } from '../../src/candidate-gen/random.ts';
import { DAY_MS } from '../../src/domain/clock.ts';
import { UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { describeCandidateGenerator } from '../contracts/describe-candidate-generator.ts';
import { PLANTED_RELEASED, type PlantedFixture, plantedFixture, stageContext } from '../contracts/fixture.ts';

const popularity = ({ dataset: { titles, plays }, at }: PlantedFixture) =>
  createPopularity({ titles, counts: countPlays(plays, titles.ids.length, { before: at }) });

describeCandidateGenerator('popularity', popularity);
describeCandidateGenerator('trending', ({ dataset: { titles, plays }, at }) => {
  const counts = countPlays(plays, titles.ids.length, { before: at, halfLifeMs: 2 * DAY_MS });
  return createPopularity({ titles, counts, name: 'trending' });
});
describeCandidateGenerator('random', ({ dataset }) => createRandom(dataset.titles));

const fixture = plantedFixture();
const { titles, plays } = fixture.dataset;

describe('what may be proposed', () => {
  const everyTitle = {
    items: Uint32Array.from(titles.ids, (_, title) => title),
    scores: Float32Array.from(titles.ids, (_, title) => -title),
  };

  it('leaves out history and unreleased titles, and keeps order and scores', () => {
    const request = fixture.request(0);
    const history = new Set(request.profile.historyTitles);
    const left = [...everyTitle.items].filter((title) => title < PLANTED_RELEASED && !history.has(title));
    const taken = takeEligible(everyTitle, request, titles, 60);
    expect([...taken.items]).toEqual(left);
    expect([...taken.scores]).toEqual(left.map((title) => -title + 0));
    expect([...takeEligible(everyTitle, request, titles, 5).items]).toEqual(left.slice(0, 5));
  });

  it('counts a title as released on its release day and not the day before', () => {
    const request = fixture.request(UNKNOWN_MEMBER);
    const next = PLANTED_RELEASED;
    const day = titles.releaseDay[next];
    expect(eligibility({ ...request, at: day * DAY_MS - 1 }, titles)(next)).toBe(false);
    expect(eligibility({ ...request, at: day * DAY_MS }, titles)(next)).toBe(true);
  });

  it('asks an index for enough rows that the limit is still met', () => {
    const request = fixture.request(0);
    const refused = request.profile.historyTitles.length + (titles.ids.length - PLANTED_RELEASED);
    expect(searchSize(request, titles, 10)).toBe(10 + refused);
    expect(searchSize(request, titles, 55)).toBe(titles.ids.length);
    expect(searchSize(request, titles, 0)).toBe(0);
    expect(searchSize({ ...request, at: 0 }, titles, 1)).toBe(titles.ids.length);
  });

  it.each([-1, 0.5, Number.NaN])('refuses a limit of %d', (limit) => {
    expect(() => takeEligible(everyTitle, fixture.request(0), titles, limit)).toThrow(RangeError);
  });
});

describe('counting plays', () => {
  const three = {
    member: Uint32Array.of(0, 1, 2, 0),
    title: Uint32Array.of(0, 1, 1, 2),
    time: Float64Array.of(0, DAY_MS, 3 * DAY_MS, 4 * DAY_MS),
    watchedFraction: new Float32Array(4),
    device: new Uint8Array(4),
    impression: new Uint32Array(4),
  };

  it('counts each play before the time once', () => {
    expect([...countPlays(three, 4, { before: 4 * DAY_MS })]).toEqual([1, 2, 0, 0]);
    expect([...countPlays(three, 4, { before: 4 * DAY_MS + 1 })]).toEqual([1, 2, 1, 0]);
    expect([...countPlays(three, 4, { before: 0 })]).toEqual([0, 0, 0, 0]);
  });

  it('halves a play with each half-life', () => {
    const counts = countPlays(three, 4, { before: 4 * DAY_MS, halfLifeMs: DAY_MS });
    expect([...counts]).toEqual([1 / 16, 1 / 8 + 1 / 2, 0, 0]);
  });

  it('refuses a half-life of 0 and a play of a title that is not there', () => {
    expect(() => countPlays(three, 4, { before: 1, halfLifeMs: 0 })).toThrow(RangeError);
    expect(() => countPlays(three, 1, { before: 5 * DAY_MS })).toThrow(/names title 1 of 1/);
  });
});

describe('popularity', () => {
  it('orders by count, equal counts by row, and gives the counts as scores', async () => {
    const counts = Float64Array.from(titles.ids, (_, title) => (title % 3 === 0 ? 5 : title === 7 ? 9 : 1));
    const source = createPopularity({ titles, counts });
    const list = await source.generate(fixture.request(UNKNOWN_MEMBER), 4, stageContext(1));
    expect([...list.items]).toEqual([7, 0, 3, 6]);
    expect([...list.scores]).toEqual([9, 5, 5, 5]);
  });

  it('refuses counts of another catalogue', () => {
    expect(() => createPopularity({ titles, counts: new Float64Array(3) })).toThrow(RangeError);
  });

  it('does not see plays after the time that it was counted at', () => {
    const early = countPlays(plays, titles.ids.length, { before: plays.time[0] + 1 });
    expect(early.reduce((a, b) => a + b)).toBe(1);
  });
});

describe('random', () => {
  it('gives each eligible title the same chance', async () => {
    const source = createRandom(titles);
    const draws = 5400;
    const drawn = new Uint32Array(titles.ids.length);
    for (let i = 0; i < draws; i++) {
      const request = { ...fixture.request(UNKNOWN_MEMBER), requestId: `draw-${i}` };
      for (const title of (await source.generate(request, 6, stageContext(5))).items) drawn[title] += 1;
    }
    // Binomial(5400, 6 / 54): mean 600, standard error 23.1. 4 of them: all 54 stay within by 99.7 % chance.
    for (let title = 0; title < PLANTED_RELEASED; title++) {
      expect(Math.abs(drawn[title] - 600)).toBeLessThan(4 * 23.1);
    }
  });

  it('gives other requests and other seeds other titles', async () => {
    const source = createRandom(titles);
    const request = fixture.request(UNKNOWN_MEMBER);
    const first = await source.generate(request, 20, stageContext(1));
    const other = await source.generate({ ...request, requestId: 'another' }, 20, stageContext(1));
    const seeded = await source.generate(request, 20, stageContext(2));
    expect(other.items).not.toEqual(first.items);
    expect(seeded.items).not.toEqual(first.items);
  });
});
