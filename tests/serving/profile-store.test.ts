import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HISTORY_LIMIT, type MemberProfile, UNKNOWN_MEMBER } from '../../src/domain/request.ts';
import { createRng } from '../../src/domain/rng.ts';
import { emptyProfile, foldPlay } from '../../src/features/profile.ts';
import { decodeProfile, encodeProfile } from '../../src/serving/profile-codec.ts';
import { createProfileStore, type ProfileStore } from '../../src/serving/profile-store.ts';
import type { Store } from '../../src/serving/stores/contract.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { coreMs } from './core-time.ts';
import { dataset, profileOf } from './serving-fixture.ts';

const profiles = fc
  .record({
    country: fc.nat(255),
    device: fc.nat(255),
    signupDay: fc.integer({ min: -2_000_000, max: 2_000_000 }),
    surveyGenres: fc.uint8Array({ maxLength: 20 }),
    history: fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.double({ noNaN: true }), fc.float({ noNaN: true })), {
      maxLength: HISTORY_LIMIT,
    }),
    playCount: fc.nat(0xffff_ffff),
    thumbs: fc.array(fc.tuple(fc.nat(0xffff_ffff), fc.double({ noNaN: true }), fc.nat(1)), { maxLength: 9 }),
    byGenre: fc.array(fc.tuple(fc.float(), fc.float(), fc.float(), fc.float(), fc.float()), {
      maxLength: 40,
    }),
  })
  .map(
    ({ history, thumbs, byGenre, ...rest }): MemberProfile => ({
      ...rest,
      historyTitles: Uint32Array.from(history, ([title]) => title),
      historyTimes: Float64Array.from(history, ([, time]) => time),
      historyFractions: Float32Array.from(history, ([, , fraction]) => fraction),
      thumbTitles: Uint32Array.from(thumbs, ([title]) => title),
      thumbTimes: Float64Array.from(thumbs, ([, time]) => time),
      thumbsUp: Float32Array.from(thumbs, ([, , up]) => up),
      genreWatched: Float64Array.from(byGenre, ([watched]) => watched),
      genrePlayed: Float64Array.from(byGenre, ([, played]) => played),
      genreExamined: Float64Array.from(byGenre, ([, , examined]) => examined),
      genreFavour: Float64Array.from(byGenre, ([, , , favour]) => favour),
      genreFavourEvidence: Float64Array.from(byGenre, ([, , , , weight]) => weight),
    }),
  );

describe('a profile as bytes', () => {
  it('comes back as it was, from wherever the bytes stand', () => {
    fc.assert(
      fc.property(profiles, fc.nat(7), (profile, offset) => {
        const bytes = encodeProfile(profile);
        const elsewhere = new Uint8Array(bytes.length + offset).subarray(offset);
        elsewhere.set(bytes);
        expect(decodeProfile(elsewhere, 'k')).toEqual(profile);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it.each([
    ['nothing', (bytes: Uint8Array) => bytes.subarray(0, 0)],
    ['less than a header', (bytes: Uint8Array) => bytes.subarray(0, 5)],
    ['one byte less', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ['one byte more', (bytes: Uint8Array) => Uint8Array.from([...bytes, 0])],
    ['another version', (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 0 ? 9 : byte))],
  ])('is refused as damaged, by its key, when it is %s', (_, damage) => {
    const bytes = damage(encodeProfile(profileOf(0)));
    expect(() => decodeProfile(bytes, 'profile/x')).toThrow(
      expect.objectContaining({ kind: 'dependency', code: 'profile-damaged' }),
    );
    expect(() => decodeProfile(bytes, 'profile/x')).toThrow('profile/x');
  });
});

const open = (store: Store): ProfileStore =>
  createProfileStore({ store, members: dataset.members, titleGenres: dataset.titles.genres, genreCount: 7 });

describe('the profile store', () => {
  const play = { title: 9, time: 1_000, watchedFraction: 0.5 };

  it('starts a member of the dataset from their sign-up, and anyone else from nothing', async () => {
    const store = open(createMemoryStore());
    const known = store.coldStart('member-3');
    expect(known.member).toBe(3);
    expect(known.profile).toMatchObject({ country: 2, device: 2, playCount: 0 });
    expect(known.profile.surveyGenres).toHaveLength(1);
    const unknown = { member: UNKNOWN_MEMBER, profile: emptyProfile(7) };
    expect(store.coldStart('nobody')).toEqual(unknown);
    expect(await store.profile('nobody', 0)).toEqual({ ...unknown, stamp: new Uint8Array(0) });
  });

  it('does not take a profile that was lost, or is not loaded yet, for that of somebody new', async () => {
    const store = open(createMemoryStore());
    const missing = { kind: 'dependency', code: 'profile-missing' };
    await expect(store.profile('member-3', 0)).rejects.toMatchObject(missing);
    expect(() => store.read('member-3', undefined)).toThrow('member-3');
    expect(store.read('nobody', undefined)).toEqual(emptyProfile(7));
  });

  it('gives what was loaded', async () => {
    const store = open(createMemoryStore());
    expect(
      await store.load({ version: 'v1', profiles: [{ memberId: 'member-3', profile: profileOf(3) }] }),
    ).toBe(1);
    expect((await store.profile('member-3', 0)).profile).toEqual(profileOf(3));
  });

  it('loads a version once, so that what events changed since stays', async () => {
    const store = createMemoryStore();
    const profileStore = open(store);
    const load = { version: 'v1', profiles: [{ memberId: 'member-3', profile: profileOf(3) }] };
    await profileStore.load(load);
    const write = profileStore.folded('member-3', profileOf(3), { plays: [play], shown: [], thumbs: [] });
    await store.batch([write]);
    expect(await profileStore.load(load)).toBe(0);
    const expected = foldPlay(profileOf(3), play, dataset.titles.genres);
    expect((await profileStore.profile('member-3', 0)).profile).toEqual(expected);
  });

  it('counts a version as loaded once all of it is there, and no other', async () => {
    const store = createMemoryStore();
    const load = { version: 'v1', profiles: [{ memberId: 'member-3', profile: profileOf(3) }] };
    const full = { ...store, batch: () => Promise.reject(new Error('disk full')) };
    await expect(open(full).load(load)).rejects.toThrow('disk full');
    const profileStore = open(store);
    expect(await profileStore.isLoaded('v1')).toBe(false);
    await profileStore.load(load);
    expect(await profileStore.isLoaded('v1')).toBe(true);
    expect(await open(store).isLoaded('v1')).toBe(true);
    expect(await profileStore.isLoaded('v2')).toBe(false);
  });

  it('folds the logged plays on top of another version', async () => {
    const profileStore = open(createMemoryStore());
    const profiles = [{ memberId: 'member-3', profile: profileOf(3) }];
    await profileStore.load({ version: 'v1', profiles });
    const logged = new Map([['member-3', { plays: [play], shown: [], thumbs: [] }]]);
    expect(await profileStore.load({ version: 'v2', profiles, logged })).toBe(1);
    const expected = foldPlay(profileOf(3), play, dataset.titles.genres);
    expect((await profileStore.profile('member-3', 0)).profile).toEqual(expected);
  });

  it.each(['', 'a/b', 'a b'])('refuses the version name %j', async (version) => {
    await expect(open(createMemoryStore()).load({ version, profiles: [] })).rejects.toThrow(RangeError);
  });

  it('loads 20,000 members with full histories into LMDB in 2 s of one core', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'marquee-profiles-'));
    const store = openLmdbStore(folder);
    const rng = createRng(1);
    const full: MemberProfile = {
      ...profileOf(0),
      historyTitles: Uint32Array.from({ length: HISTORY_LIMIT }, (_, i) => i),
      historyTimes: Float64Array.from({ length: HISTORY_LIMIT }, () => rng.next()),
      historyFractions: new Float32Array(HISTORY_LIMIT),
    };
    const records = Array.from({ length: 20_000 }, (_, i) => ({ memberId: `m-${i}`, profile: full }));
    const startedAt = process.cpuUsage();
    expect(await open(store).load({ version: 'v1', profiles: records })).toBe(20_000);
    expect(coreMs(startedAt)).toBeLessThan(2_000);
    expect((await open(store).profile('m-19999', 0)).profile).toEqual(full);
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
