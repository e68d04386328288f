import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { type ArtworkSelections, createArtworkStore } from '../../src/serving/artwork-store.ts';
import { NO_ARTWORK } from '../../src/serving/pipelines/parts.ts';
import { openLmdbStore } from '../../src/serving/stores/lmdb.ts';
import { createMemoryStore } from '../../src/serving/stores/memory.ts';
import { keysOf } from '../contracts/describe-store.ts';
import { coreMs } from './core-time.ts';

/** Titles 0 to 2 have 10 artworks each, from 100 on; title 3 has none. */
const titleOffsets = Uint32Array.of(100, 110, 120, 130, 130);
/** Each is shown for the sake of learning with as many hundredths as its place, so that 0.45 is kept in all. */
const exploring = Float32Array.from({ length: 130 }, (_, a) => (a < 100 ? 0 : (a % 10) / 100));
const mostTaken = Uint32Array.of(100, 110, 120, NO_ARTWORK);
const SUITS_MOST = 128;

/** ann has titles 2 and 0, in that order; bob none; cid title 1. */
const selections: ArtworkSelections = {
  memberIds: ['ann', 'bob', 'cid'],
  memberOffsets: Uint32Array.of(0, 2, 2, 3),
  titles: Uint32Array.of(2, 0, 1),
  choices: Uint8Array.of(1, SUITS_MOST | 2, 3),
};

describe('the artwork store', () => {
  const make = (store = createMemoryStore(), version = 'v1') => ({
    store,
    artworks: createArtworkStore({ store, version, mostTaken, titleOffsets, exploring, ttlMs: 1_000 }),
  });

  it("gives a member's selection, and each other title's most taken artwork", async () => {
    const { artworks } = make();
    expect(await artworks.load(selections)).toBe(2);
    expect(await artworks.forTitles('ann', Uint32Array.of(0, 1, 2, 3, 99))).toEqual({
      artworks: Uint32Array.of(102, 110, 121, NO_ARTWORK, NO_ARTWORK),
      propensities: Float32Array.of(0.02 + 1 - 0.45, 1, 0.01, 1, 1),
      selected: Uint8Array.of(1, 0, 1, 0, 0),
    });
    // of one member, whatever was looked up before
    expect(await artworks.forTitles('cid', Uint32Array.of(0, 1))).toMatchObject({
      artworks: Uint32Array.of(100, 113),
      selected: Uint8Array.of(0, 1),
    });
  });

  it.each(['bob', 'nobody'])('gives defaults alone to %s, who has no selection', async (member) => {
    const { artworks } = make();
    await artworks.load(selections);
    const titles = Uint32Array.of(0, 3);
    expect(await artworks.forTitles(member, titles)).toEqual(artworks.defaults(titles));
    expect(await artworks.forTitles(member, new Uint32Array(0))).toEqual(
      artworks.defaults(new Uint32Array(0)),
    );
  });

  it('finds what a linear look finds, whatever was selected', async () => {
    const rng = createRng(5);
    const size = 400;
    const offsets = Uint32Array.from({ length: 3 * size + 6 }, (_, title) => 5 * title);
    const artworks = createArtworkStore({
      store: createMemoryStore(),
      version: 'v1',
      mostTaken,
      titleOffsets: offsets,
      exploring: new Float32Array(5 * offsets.length).fill(0.1),
    });
    const titles = Uint32Array.from({ length: size }, (_, i) => 3 * i).sort(() => rng.next() - 0.5);
    const drawn: ArtworkSelections = {
      memberIds: ['m'],
      memberOffsets: Uint32Array.of(0, size),
      titles,
      choices: Uint8Array.from({ length: size }, () => Math.floor(5 * rng.next())),
    };
    await artworks.load(drawn);
    const asked = Uint32Array.from({ length: 3 * size + 5 }, (_, i) => i);
    const { artworks: got, selected, propensities } = await artworks.forTitles('m', asked);
    for (const title of asked) {
      const row = titles.indexOf(title);
      expect(selected[title]).toBe(row < 0 ? 0 : 1);
      if (row < 0) continue;
      expect(got[title]).toBe(5 * title + drawn.choices[row]);
      expect(propensities[title]).toBeCloseTo(0.1, 6);
    }
  });

  it('loads a version once and keeps versions apart', async () => {
    const { store, artworks } = make();
    await artworks.load(selections);
    expect(await artworks.load(selections)).toBe(0);
    const next = make(store, 'v2').artworks;
    expect((await next.forTitles('ann', Uint32Array.of(0))).selected[0]).toBe(0);
    expect(await next.load({ ...selections, choices: Uint8Array.of(4, 5, 6) })).toBe(2);
    expect((await next.forTitles('ann', Uint32Array.of(0))).artworks[0]).toBe(105);
    expect((await artworks.forTitles('ann', Uint32Array.of(0))).artworks[0]).toBe(102);
  });

  it('counts a version as loaded once all of it is there, and until another drops it', async () => {
    const { store, artworks } = make();
    const full = { ...store, batch: () => Promise.reject(new Error('disk full')) };
    await expect(make(full).artworks.load(selections)).rejects.toThrow('disk full');
    expect(await artworks.isLoaded()).toBe(false);
    await artworks.load(selections);
    expect(await artworks.isLoaded()).toBe(true);
    const next = make(store, 'v2').artworks;
    expect(await next.isLoaded()).toBe(false);
    await next.load(selections);
    await next.dropOthers();
    expect([await artworks.isLoaded(), await next.isLoaded()]).toEqual([false, true]);
  });

  it('drops the other versions, half-loaded ones included, and nothing else', async () => {
    const store = createMemoryStore();
    for (const version of ['v', 'v-1', 'v0', 'v2', 'v20'])
      await make(store, version).artworks.load(selections);
    await store.put('artwork/half/ann', new Uint8Array(12));
    await store.put('artworks/other', new Uint8Array(1));
    await store.put('profile/ann', new Uint8Array(1));
    expect(await make(store, 'v2').artworks.dropOthers()).toBe(2 * 4 + 1);
    expect(await keysOf(store)).toEqual([
      'artwork/v2/ann',
      'artwork/v2/cid',
      'artworks/other',
      'loaded/artwork/v2',
      'profile/ann',
    ]);
    expect(await make(store, 'v').artworks.load(selections)).toBe(2);
  });

  it('lets selections expire, and gives the most taken artworks from then on', async () => {
    let now = 0;
    const { artworks } = make(createMemoryStore({ now: () => now }));
    await artworks.load(selections);
    const titles = Uint32Array.of(0, 2);
    now = 999;
    expect((await artworks.forTitles('ann', titles)).selected).toEqual(Uint8Array.of(1, 1));
    now = 1_001;
    expect(await artworks.forTitles('ann', titles)).toEqual(artworks.defaults(titles));
    expect(await artworks.load(selections)).toBe(0); // a restart does not make an old version young
  });

  it('names the entry that is damaged', async () => {
    const { store, artworks } = make();
    await store.put('artwork/v1/ann', new Uint8Array(13));
    await expect(artworks.forTitles('ann', Uint32Array.of(0))).rejects.toMatchObject({ kind: 'dependency' });
    await expect(artworks.forTitles('ann', Uint32Array.of(0))).rejects.toThrow('artwork/v1/ann');
  });

  it.each([
    { choices: new Uint8Array(2) },
    { memberOffsets: Uint32Array.of(0, 2, 3) },
    { memberOffsets: Uint32Array.of(1, 2, 2, 3) },
    { memberOffsets: Uint32Array.of(0, 2, 1, 3) },
    { memberOffsets: Uint32Array.of(0, 2, 2, 2) },
  ])('refuses columns that do not fit together: %#', async (wrong) => {
    await expect(make().artworks.load({ ...selections, ...wrong })).rejects.toThrow(RangeError);
  });

  it('loads 20,000 members into LMDB in 2 s of one core, and looks up a page in far less than 5 ms', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'marquee-artwork-'));
    const store = openLmdbStore(folder);
    const artworks = createArtworkStore({
      store,
      version: 'v1',
      mostTaken,
      titleOffsets: Uint32Array.from({ length: 10_008 }, (_, title) => 10 * title),
      exploring: new Float32Array(100_070).fill(0.01),
    });
    const [members, each] = [20_000, 100];
    const many: ArtworkSelections = {
      memberIds: Array.from({ length: members }, (_, i) => `m-${i}`),
      memberOffsets: Uint32Array.from({ length: members + 1 }, (_, i) => i * each),
      titles: Uint32Array.from({ length: members * each }, (_, i) => (i * 7) % 10_007),
      choices: Uint8Array.from({ length: members * each }, (_, i) => i % 10),
    };
    const loadStart = process.cpuUsage();
    await artworks.load(many);
    expect(coreMs(loadStart)).toBeLessThan(2_000);
    const page = Uint32Array.from({ length: 200 }, (_, i) => i);
    const lookUpStart = process.cpuUsage();
    for (let i = 0; i < 2_000; i++) await artworks.forTitles(`m-${(i * 31) % members}`, page);
    expect(coreMs(lookUpStart) / 2_000).toBeLessThan(1);
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
