import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../../src/domain/clock.ts';
import { dependencyError } from '../../src/domain/errors.ts';
import { foldPlay } from '../../src/features/profile.ts';
import { eventKey, loggedPlays, quarantineKey } from '../../src/serving/events/event-log.ts';
import type { MemberEvent } from '../../src/serving/events/event-schemas.ts';
import { createEventIngest } from '../../src/serving/events/ingest.ts';
import { createProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { keysOf } from '../contracts/describe-store.ts';
import { dataset, NOW, profileOf } from './serving-fixture.ts';

const { titles, members, vocabulary } = dataset;
const titleRows = new Map(titles.ids.map((id, row) => [id, row]));
const clock = fixedClock(NOW);
const play = (eventId: string, change: Partial<MemberEvent & { type: 'play' }> = {}): MemberEvent => ({
  type: 'play',
  eventId,
  member: 'member-0',
  title: 'title-9',
  watchedFraction: 0.5,
  at: NOW - 1_000,
  ...change,
});

const open = (store: Store, known: ReadonlyMap<string, number> = titleRows) => {
  const profiles = createProfileStore({
    store,
    members,
    titleGenres: titles.genres,
    genreCount: vocabulary.genres.length,
  });
  return { store, profiles, ingest: createEventIngest({ store, profiles, titleRows: known, clock }) };
};
const planted = async (store: Store, known?: ReadonlyMap<string, number>) => {
  const opened = open(store, known);
  const records = members.ids.map((memberId, member) => ({ memberId, profile: profileOf(member) }));
  await opened.profiles.load({ version: 'v1', profiles: records });
  return opened;
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const lmdbFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'marquee-events-'));
  folders.push(folder);
  return folder;
};

describe.each([
  ['memory', () => createMemoryStore(clock)],
  ['lmdb', () => openLmdbStore(lmdbFolder(), clock)],
])('events in a %s store', (_, make) => {
  it('change the profile as the one fold of features says', async () => {
    const { ingest, profiles, store } = await planted(make());
    expect(await ingest.accept([play('e1')])).toEqual(['applied']);
    const { profile } = await profiles.profile('member-0', NOW);
    const expected = foldPlay(
      profileOf(0),
      { title: 9, time: NOW - 1_000, watchedFraction: 0.5 },
      titles.genres,
    );
    expect(profile).toEqual(expected);
    expect(profile.playCount).toBe(profileOf(0).playCount + 1);
    await store.close();
  });

  it('count once, however often and however concurrently they are sent', async () => {
    const { ingest, profiles, store } = await planted(make());
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => ingest.accept([play('e1'), play('e2'), play('e1')])),
    );
    expect(outcomes.flat().filter((outcome) => outcome === 'applied')).toHaveLength(2);
    expect(outcomes.flat().filter((outcome) => outcome === 'duplicate')).toHaveLength(58);
    const { profile } = await profiles.profile('member-0', NOW);
    expect(profile.playCount).toBe(profileOf(0).playCount + 2);
    await store.close();
  });

  it('of many members at once all count, each for its own', async () => {
    const { ingest, profiles, store } = await planted(make());
    const events = members.ids.flatMap((member) => [
      play(`a-${member}`, { member, title: 'title-1' }),
      play(`b-${member}`, { member, title: 'title-2' }),
    ]);
    expect(new Set(await ingest.accept(events))).toEqual(new Set(['applied']));
    for (const [row, member] of members.ids.entries()) {
      const { profile } = await profiles.profile(member, NOW);
      expect(profile.playCount).toBe(profileOf(row).playCount + 2);
      expect([...profile.historyTitles].slice(-2)).toEqual([1, 2]);
    }
    await store.close();
  });
});

describe('events', () => {
  it('stay when the store is opened again, and are known as duplicates then', async () => {
    const folder = lmdbFolder();
    const first = await planted(openLmdbStore(folder, clock));
    await first.ingest.accept([play('e1')]);
    const { profile } = await first.profiles.profile('member-0', NOW);
    await first.store.close();
    const second = await planted(openLmdbStore(folder, clock));
    expect((await second.profiles.profile('member-0', NOW)).profile).toEqual(profile);
    expect(await second.ingest.accept([play('e1')])).toEqual(['duplicate']);
    await second.store.close();
  });

  it('of other kinds are logged and change no profile', async () => {
    const { ingest, profiles, store } = await planted(createMemoryStore(clock));
    const common = { member: 'member-0', title: 'title-9', at: NOW };
    const events: MemberEvent[] = [
      { type: 'impression', eventId: 'i', row: 0, position: 3, artwork: 'art-9-a', ...common },
      { type: 'click', eventId: 'c', ...common },
      { type: 'thumbs', eventId: 't', value: 'up', ...common },
    ];
    expect(await ingest.accept(events)).toEqual(['applied', 'applied', 'applied']);
    expect((await profiles.profile('member-0', NOW)).profile).toEqual(profileOf(0));
    expect(await keysOf(store, 'event/{member-0}/')).toHaveLength(3);
  });

  it('of a member never seen before make a profile', async () => {
    const { ingest, profiles } = await planted(createMemoryStore(clock));
    await ingest.accept([play('e1', { member: 'newcomer' })]);
    const { member, profile } = await profiles.profile('newcomer', NOW);
    expect([member, profile.playCount, [...profile.historyTitles]]).toEqual([-1, 1, [9]]);
  });

  it('with one id are two events when two members sent them', async () => {
    const { ingest } = await planted(createMemoryStore(clock));
    const events = [play('same'), play('same', { member: 'member-1' })];
    expect(await ingest.accept(events)).toEqual(['applied', 'applied']);
  });

  it('keep the fields that this server does not know', async () => {
    const { ingest, store } = await planted(createMemoryStore(clock));
    const event = { ...play('e1'), codec: 'av1', nested: { depth: 2 } };
    await ingest.accept([event]);
    const bytes = await store.get(eventKey(event));
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({ event, receivedAt: NOW });
  });

  it('about an unknown title wait aside, and are applied once it is known', async () => {
    const store = createMemoryStore(clock);
    const before = await planted(store, new Map());
    expect(await before.ingest.accept([play('e1'), play('e1')])).toEqual(['quarantined', 'duplicate']);
    expect(await before.ingest.accept([play('e1')])).toEqual(['duplicate']);
    expect((await before.profiles.profile('member-0', NOW)).profile).toEqual(profileOf(0));
    const after = open(store);
    expect(await after.ingest.accept([play('e1')])).toEqual(['applied']);
    expect(await store.get(quarantineKey(play('e1')))).toBeUndefined();
    expect((await after.profiles.profile('member-0', NOW)).profile.playCount).toBe(
      profileOf(0).playCount + 1,
    );
  });

  it('never lie ahead in a profile, and happened when received where they do not say', async () => {
    const { ingest, profiles } = await planted(createMemoryStore(clock));
    const { at: _, ...timeless } = play('e2', { title: 'title-10' });
    await ingest.accept([play('e1', { at: NOW + 60_000 }), timeless as MemberEvent]);
    const { profile } = await profiles.profile('member-0', NOW);
    expect([...profile.historyTimes].slice(-2)).toEqual([NOW, NOW]);
  });

  it('are all or nothing when the store fails: none is applied twice when they are sent again', async () => {
    const inner = createMemoryStore(clock);
    let failing = false;
    const flaky: Store = {
      ...inner,
      async apply(keys, decide) {
        const result = await inner.apply(keys, decide);
        if (failing) throw dependencyError('store-failed', 'the answer was lost');
        return result;
      },
    };
    const { ingest, profiles } = await planted(flaky);
    failing = true;
    await expect(ingest.accept([play('e1')])).rejects.toMatchObject({ kind: 'dependency' });
    failing = false;
    expect(await ingest.accept([play('e1'), play('e2')])).toEqual(['duplicate', 'applied']);
    expect((await profiles.profile('member-0', NOW)).profile.playCount).toBe(profileOf(0).playCount + 2);
  });

  it('give the same profile when they are folded again from the log', async () => {
    const { ingest, profiles, store } = await planted(createMemoryStore(clock));
    for (let i = 0; i < 30; i++) {
      const change = { title: `title-${(i * 7) % 50}`, at: NOW - 100_000 + 1_000 * ((i * 11) % 30) };
      await ingest.accept([play(`e${i}`, change)]);
    }
    const online = (await profiles.profile('member-0', NOW)).profile;
    const logged = await loggedPlays(store, titleRows);
    expect(logged.get('member-0')).toHaveLength(30);
    await profiles.load({
      version: 'v2',
      profiles: [{ memberId: 'member-0', profile: profileOf(0) }],
      logged,
    });
    const offline = (await profiles.profile('member-0', NOW)).profile;
    expect(offline.historyTitles).toEqual(online.historyTitles);
    expect(offline.historyTimes).toEqual(online.historyTimes);
    expect(offline.playCount).toBe(online.playCount);
  });

  it('are found in a log of many pages, and a damaged one is named', async () => {
    const { ingest, store } = await planted(createMemoryStore(clock));
    const many = Array.from({ length: 2_500 }, (_, i) => play(`e${i}`, { member: `member-${i % 24}` }));
    await ingest.accept(many);
    const logged = await loggedPlays(store, titleRows);
    expect([...logged.values()].reduce((sum, plays) => sum + plays.length, 0)).toBe(2_500);
    expect((await loggedPlays(store, new Map())).size).toBe(0);
    await store.put('event/{member-0}/bad', new Uint8Array([1, 2]));
    await expect(loggedPlays(store, titleRows)).rejects.toThrow('event/{member-0}/bad');
  });
});
