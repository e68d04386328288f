import { expect, test } from 'vitest';
import { simulate } from '../../datasets/simulate.ts';
import { createRng } from '../../src/domain/rng.ts';
import { heldOutQueries } from '../../src/experiments/held-out.ts';

test('a query knows what was shown to its member before its page, and nothing of the page itself', () => {
  const { dataset } = simulate({ seed: 5, titles: 200, members: 150, days: 20, visitsPerDay: 0.5 });
  const { impressions, plays } = dataset;
  if (impressions === undefined) throw new Error('a world has impressions');
  const queries = heldOutQueries({
    dataset,
    from: plays.time[Math.floor(plays.time.length / 2)],
    to: Number.POSITIVE_INFINITY,
    members: 60,
    playsPerMember: 3,
    examination: () => 0.5,
    rng: createRng(1),
  }).flat();
  expect(queries.length).toBeGreaterThan(100);
  for (const { request, played } of queries) {
    const row = Number(request.requestId.slice('held-out-'.length));
    expect(plays.title[row]).toBe(played);
    const page = impressions.requestId[plays.impression[row]];
    let before = 0;
    for (let i = 0; impressions.requestId[i] !== page; i++)
      if (impressions.member[i] === request.member) before++;
    const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0);
    // Each title counts 1 over its genres, rounded to a millionth.
    expect(sum(request.profile.genreExamined)).toBeCloseTo(before / 2, 2);
    expect(request.profile.historyTitles.includes(played)).toBe(false);
    const pageStart = impressions.time[impressions.requestId.indexOf(page)];
    for (const time of request.profile.historyTimes) expect(time).toBeLessThan(pageStart);
  }
});
