import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../../src/domain/clock.ts';
import { dependencyError } from '../../src/domain/errors.ts';
import { foldPlay } from '../../src/features/profile.ts';
import { type ExaminationEstimate, examinationOf } from '../../src/ranking/examination.ts';
import { eventKey, loggedChanges, quarantineKey } from '../../src/serving/events/event-log.ts';
import type { MemberEvent } from '../../src/serving/events/event-schemas.ts';
import { createEventIngest } from '../../src/serving/events/ingest.ts';
import { createProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { replay } from '../../src/training/replay.ts';
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

/** On every device the second row is looked at half as often as the first, the second place 0.8 times as often. */
const CURVE: ExaminationEstimate = {
  devices: 3,
  rows: 2,
  positions: 2,
  row: Float64Array.of(1, 0.5, 1, 0.5, 1, 0.5),
  position: Float64Array.of(1, 0.8, 1, 0.8, 1, 0.8),
};

const impression = (
  eventId: string,
  change: Partial<MemberEvent & { type: 'impression' }> = {},
): MemberEvent => ({
  type: 'impression',
  eventId,
  member: 'member-0',
  title: 'title-9',
  row: 1,
  position: 1,
  at: NOW - 2_000,
  ...change,
});

const open = (store: Store, known: ReadonlyMap<string, number> = titleRows) => {
  const profiles = createProfileStore({
    store,
    members,
    titleGenres: titles.genres,
    genreCount: vocabulary.genres.length,
    examination: CURVE,
  });
  const ingest = createEventIngest({ store, profiles, titleRows: known, vocabulary, clock });
  return { store, profiles, ingest };
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

describe('impressions', () => {
  /** Three pages of four titles for member-2 and member-3, and the plays that came of them. */
  const shown = {
    requestId: Uint32Array.from({ length: 12 }, (_, i) => i >> 2),
    member: Uint32Array.from({ length: 12 }, (_, i) => 2 + ((i >> 2) % 2)),
    title: Uint32Array.from({ length: 12 }, (_, i) => (i * 7) % 40),
    artwork: new Uint32Array(12),
    row: Uint8Array.from({ length: 12 }, (_, i) => (i >> 1) % 2),
    position: Uint8Array.from({ length: 12 }, (_, i) => i % 2),
    time: Float64Array.from({ length: 12 }, (_, i) => NOW - 10_000 + 1_000 * (i >> 2)),
    device: Uint8Array.from({ length: 12 }, (_, i) => 1 + ((i >> 2) % 2)),
    policy: new Uint8Array(12),
    propensity: new Float32Array(12).fill(1),
    artworkPropensity: new Float32Array(12).fill(1),
    clicked: new Uint8Array(12),
    policies: ['planted'],
  };
  const events = Array.from(shown.title, (title, i) =>
    impression(`shown-${i}`, {
      member: members.ids[shown.member[i]],
      title: titles.ids[title],
      row: shown.row[i],
      position: shown.position[i],
      at: shown.time[i],
      device: vocabulary.devices[shown.device[i]],
    }),
  );

  it("sent in any order, in batches and again, give what training's replay of the same log gives", async () => {
    const { ingest, profiles, store } = await planted(createMemoryStore(clock));
    const known = replay({ ...dataset, impressions: shown }, NOW, (device, row, position) =>
      examinationOf(CURVE, device, row, position),
    );
    for (const batch of [events.slice(5).reverse(), events.slice(0, 7), events]) await ingest.accept(batch);
    for (const row of [2, 3]) {
      const { profile } = await profiles.profile(members.ids[row], NOW);
      const expected = known.profileOf(row);
      expect(expected.genreExamined.reduce((sum, x) => sum + x, 0)).toBeGreaterThan(2);
      for (const [genre, sum] of profile.genreExamined.entries())
        expect(sum).toBeCloseTo(expected.genreExamined[genre], 5);
      expect(Math.max(...profile.genreFavourEvidence)).toBe(0); // events tell no propensities
      expect(profile.historyTitles).toEqual(expected.historyTitles);
      expect(profile.genreWatched).toEqual(expected.genreWatched);
    }
    const logged = await loggedChanges(store, { titleRows, vocabulary });
    await profiles.load({
      version: 'v2',
      profiles: [2, 3].map((row) => ({ memberId: members.ids[row], profile: profileOf(row) })),
      logged,
    });
    const again = (await profiles.profile(members.ids[2], NOW)).profile;
    expect(again.genreExamined[1]).toBeCloseTo(known.profileOf(2).genreExamined[1], 5);
  });

  it('of no told place count as of the first, on the device of the profile', async () => {
    const { ingest, profiles } = await planted(createMemoryStore(clock));
    const {
      row: _,
      position: __,
      ...placeless
    } = impression('i', { title: 'title-0' }) as MemberEvent & {
      type: 'impression';
    };
    await ingest.accept([placeless]);
    expect((await profiles.profile('member-0', NOW)).profile.genreExamined[1]).toBe(1);
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

  it('of one viewing count as one play of what was watched most, whatever their order', async () => {
    const viewing = { member: 'member-0', title: 'title-9', viewingId: 'v' };
    const events: MemberEvent[] = [
      { type: 'play', eventId: 'a', ...viewing, watchedFraction: 0, at: NOW - 5_000 },
      { type: 'pause', eventId: 'b', ...viewing, watchedFraction: 0.75, at: NOW - 4_000 },
      { type: 'stop', eventId: 'c', ...viewing, watchedFraction: 0.5, at: NOW - 3_000 },
    ];
    const whole = foldPlay(
      profileOf(0),
      { title: 9, time: NOW - 4_000, watchedFraction: 0.75 },
      titles.genres,
    );
    for (const order of [events, [...events].reverse(), [events[1], events[0], events[2]]]) {
      const { ingest, profiles } = await planted(createMemoryStore(clock));
      for (const event of order) await ingest.accept([event]);
      const { profile } = await profiles.profile('member-0', NOW);
      expect(profile.playCount).toBe(whole.playCount);
      expect(profile.genreWatched).toEqual(whole.genreWatched);
      expect(profile.genrePlayed).toEqual(whole.genrePlayed);
      expect([profile.historyTimes.at(-1), profile.historyFractions.at(-1)]).toEqual([NOW - 3_000, 0.5]);
    }
  });

  it('of members whom no dataset knows are folded into another version too', async () => {
    const { ingest, profiles, store } = await planted(createMemoryStore(clock));
    await ingest.accept([play('e1', { member: 'newcomer' })]);
    const before = (await profiles.profile('newcomer', NOW)).profile;
    await store.put(profiles.keyOf('newcomer'), new Uint8Array(3)); // of another form
    const logged = await loggedChanges(store, { titleRows, vocabulary });
    await profiles.load({ version: 'v2', profiles: [], logged });
    expect((await profiles.profile('newcomer', NOW)).profile).toEqual(before);
  });

  it('of clicks are logged and change no profile', async () => {
    const { ingest, profiles, store } = await planted(createMemoryStore(clock));
    const common = { member: 'member-0', title: 'title-9', at: NOW };
    const events: MemberEvent[] = [{ type: 'click', eventId: 'c', ...common }];
    expect(await ingest.accept(events)).toEqual(['applied']);
    expect((await profiles.profile('member-0', NOW)).profile).toEqual(profileOf(0));
    expect(await keysOf(store, 'event/{member-0}/')).toHaveLength(1);
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

  it('about an unknown title would be lost without the quarantine', async () => {
    const store = createMemoryStore(clock);
    const credulous = Object.assign(new Map<string, number>(), { has: () => true });
    const before = await planted(store, credulous);
    expect(await before.ingest.accept([play('e1')])).toEqual(['applied']);
    const after = open(store);
    expect(await after.ingest.accept([play('e1')])).toEqual(['duplicate']);
    expect((await after.profiles.profile('member-0', NOW)).profile).toEqual(profileOf(0));
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
      await ingest.accept([play(`e${i}`, change), impression(`i${i}`, { title: change.title })]);
    }
    const online = (await profiles.profile('member-0', NOW)).profile;
    const logged = await loggedChanges(store, { titleRows, vocabulary });
    expect(logged.get('member-0')?.plays).toHaveLength(30);
    expect(logged.get('member-0')?.shown).toHaveLength(30);
    await profiles.load({
      version: 'v2',
      profiles: [{ memberId: 'member-0', profile: profileOf(0) }],
      logged,
    });
    const offline = (await profiles.profile('member-0', NOW)).profile;
    expect(offline.historyTitles).toEqual(online.historyTitles);
    expect(offline.historyTimes).toEqual(online.historyTimes);
    expect(offline.playCount).toBe(online.playCount);
    expect(offline.genreExamined).toEqual(online.genreExamined);
  });

  it('are found in a log of many pages, and a damaged one is named', async () => {
    const { ingest, store } = await planted(createMemoryStore(clock));
    const many = Array.from({ length: 2_500 }, (_, i) => play(`e${i}`, { member: `member-${i % 24}` }));
    await ingest.accept(many);
    const logged = await loggedChanges(store, { titleRows, vocabulary });
    expect([...logged.values()].reduce((sum, { plays }) => sum + plays.length, 0)).toBe(2_500);
    expect((await loggedChanges(store, { titleRows: new Map(), vocabulary })).size).toBe(0);
    await store.put('event/{member-0}/bad', new Uint8Array([1, 2]));
    await expect(loggedChanges(store, { titleRows, vocabulary })).rejects.toThrow('event/{member-0}/bad');
  });
});
