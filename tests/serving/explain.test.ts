import { expect, it } from 'vitest';
import { simulatedVersion } from '../../src/experiments/canary/simulated-version.ts';
import { createSwitchboard } from '../../src/serving/versions/switchboard.ts';
import { PLANTED_RELEASED } from '../contracts/fixture.ts';
import { dataset, startServing } from './serving-fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are read as a client reads them
type Json = any;

const asking = async () => {
  const { app } = await startServing();
  const get = async (path: string): Promise<Json> => (await app.inject(path)).json();
  return { app, get, why: (title: string) => get(`/v1/members/member-0/titles/${title}/why`) };
};

it('says where a title of the page stands, by whom it was proposed and how it was ranked', async () => {
  const { app, get, why } = await asking();
  const page = await get('/v1/members/member-0/homepage');
  const { rows } = page;
  const last = rows.at(-1).titles.at(-1).id;
  const told = await why(last);
  expect(told.page).toMatchObject({ builder: 'home-page', rows: rows.length });
  expect(told.page.place).toMatchObject({
    row: rows.length - 1,
    position: rows.at(-1).titles.length - 1,
    template: rows.at(-1).template,
    before: rows.flatMap(({ titles }: Json) => titles).length - 1,
  });
  expect(told.experiments).toEqual([]);
  expect(told.sources).toHaveLength(1);
  expect(told.sources[0].found.position).toBe(told.pool.position);
  expect(told.ranking).toMatchObject({ ranker: 'popularity-order', of: told.sources[0].proposed });
  await app.close();
});

it('tells the artwork that was chosen, with its probability, from those that were not', async () => {
  const { app, why } = await asking();
  expect((await why('title-4')).artworks).toMatchObject([
    { id: 'art-4-a', shown: false },
    { id: 'art-4-b', shown: true, probability: 0.25 },
  ]);
  const { artworks, artworkSource } = await why('title-5');
  expect(artworkSource).toBe('default');
  expect(artworks).toMatchObject([
    { id: 'art-5-a', shown: true, probability: 1 },
    { id: 'art-5-b', shown: false, probability: 0 },
  ]);
  await app.close();
});

it('says of a title that nobody proposed no more than that', async () => {
  const { app, why } = await asking();
  const told = await why(`title-${PLANTED_RELEASED}`);
  expect(told.sources.map(({ found }: Json) => found)).toEqual([undefined]);
  expect([told.pool, told.ranking, told.page.place]).toEqual([undefined, undefined, undefined]);
  await app.close();
});

it('compares with nothing where nothing else is installed', async () => {
  const { app } = await asking();
  const answer = await app.inject('/v1/members/member-0/compare');
  expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'nothing-installed']);
  await app.close();
});

it('names the arm of a member whose version is on trial, and none of whom it does not concern', () => {
  const switchboard = createSwitchboard({ first: simulatedVersion('v1'), members: dataset.members });
  expect(switchboard.arms('member-0')).toEqual([]);
  switchboard.tryOut(simulatedVersion('v2'), 0.25);
  const seen = new Map<string, number>();
  for (let i = 0; i < 400; i++) {
    const member = `member-${i}`;
    const [told] = switchboard.arms(member);
    const arm = told?.arm ?? 'none';
    seen.set(arm, (seen.get(arm) ?? 0) + 1);
    expect(told?.experiment ?? 'canary of v2').toBe('canary of v2');
    expect(switchboard.of(member).modelVersion).toBe(arm === 'canary' ? 'v2' : 'v1');
  }
  // A quarter in each group: 100 of 400, within four standard errors of 8.7.
  for (const arm of ['canary', 'baseline']) expect(Math.abs((seen.get(arm) ?? 0) - 100)).toBeLessThan(35);
});
