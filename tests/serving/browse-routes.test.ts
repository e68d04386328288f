import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/domain/clock.ts';
import type { MemberProfile } from '../../src/domain/request.ts';
import { emptyProfile } from '../../src/features/profile.ts';
import { rowsNamed } from '../../src/serving/routes/browse-routes.ts';
import { type KnownMember, tellingMembers } from '../../src/serving/telling-members.ts';
import { startServing } from './serving-fixture.ts';

const GENRES = ['unknown', 'Action', 'Romance', 'Drama'];
const knows = (id: string, changes: Partial<MemberProfile>): KnownMember => ({
  id,
  profile: { ...emptyProfile(GENRES.length), ...changes },
});
const played = (...genrePlayed: number[]): Partial<MemberProfile> => ({
  genrePlayed: Float64Array.of(0, ...genrePlayed),
  playCount: genrePlayed.reduce((sum, plays) => sum + plays, 0),
});

it('finds who loves a genre, who binges, who takes everything and who is new, by what they did', () => {
  const binged = Float64Array.from({ length: 9 }, (_, i) => 100 * DAY_MS + i * HOUR_MS);
  const told = tellingMembers(
    [
      knows('a', { ...played(4, 4, 12), historyTimes: binged }),
      knows('b', played(18, 1, 1)),
      knows('c', played(1, 17, 2)),
      knows('d', played(7, 7, 6)),
      knows('e', played(1, 0, 0)),
      knows('f', played(0, 3, 0)), // loves romance alone, in three plays
    ],
    { genres: GENRES },
  );
  expect(Object.fromEntries(told.map(({ label, id }) => [label, id]))).toEqual({
    'The romance lover': 'c',
    'The action fan': 'b',
    'The binge-watcher': 'a',
    'The omnivore': 'd',
    'The newcomer': 'e',
    'Somebody new': 'somebody-new',
  });
  expect(told[0].detail).toBe('85 % of 20 plays are Romance');
  expect(told[2].detail).toBe('9 plays within 24 hours');
});

it('tells of the genres that somebody loves most where the data has no romance and no action', async () => {
  const { app } = await startServing();
  const { members } = (await app.inject('/v1/members')).json();
  expect(members.map(({ label }: { label: string }) => label)).toContain('The newcomer');
  expect(members[0].label).toMatch(/^The .* (lover|fan)$/);
  await app.close();
});

it('finds titles by name, those that begin with it first', async () => {
  expect(rowsNamed(['old harbor', 'harbor', 'a nonharbor', 'inn'], 'harbor')).toEqual([1, 0, 2]);
  const { app } = await startServing();
  const found = (await app.inject('/v1/titles?name=TITLE%2059')).json();
  expect(found.titles).toEqual([{ id: 'title-59', name: 'Title 59', genres: ['science fiction'] }]);
  expect((await app.inject('/v1/titles?name=nothing')).json()).toEqual({ titles: [] });
  expect((await app.inject('/v1/titles')).json().error.field).toBe('name');
  await app.close();
});

it('tells what is known of a title', async () => {
  const { app } = await startServing();
  const detail = (await app.inject('/v1/titles/title-7')).json();
  expect(detail).toMatchObject({ name: 'Title 7', genres: ['comedy'], runtimeMinutes: 87 });
  expect(detail.artworks.map(({ id }: { id: string }) => id)).toEqual(['art-7-a', 'art-7-b']);
  expect((await app.inject('/v1/titles/title-99')).statusCode).toBe(404);
  await app.close();
});
