import { expect, it } from 'vitest';
import { createArtworkDrawer } from '../../src/serving/drawings/artwork-drawer.ts';
import { compositionOf } from '../../src/serving/drawings/compositions.ts';
import { drawArtwork } from '../../src/serving/drawings/draw-artwork.ts';
import { MOOD_AXES, moodOfTheme, moodWords } from '../../src/serving/drawings/mood.ts';
import { paletteOf } from '../../src/serving/drawings/palette.ts';
import { WORLD_VOCABULARY } from '../../src/simulator/vocabulary.ts';
import { dataset, startServing } from './serving-fixture.ts';

const GENRES = WORLD_VOCABULARY.genres.slice(1);
const axis = (at: number, value = 1): number[] => MOOD_AXES.map((_, i) => (i === at ? value : 0));
const drawn = (change: Partial<Parameters<typeof drawArtwork>[0]> = {}): string =>
  drawArtwork({ id: 'a1', name: 'The Silent Harbor', genre: 'Drama', theme: axis(0), ...change });

it('draws the same for the same artwork, and another for another theme, genre or id', () => {
  expect(drawn()).toBe(drawn());
  const others = [{}, { theme: axis(0, -1) }, { theme: axis(2) }, { genre: 'Horror' }, { id: 'a2' }];
  expect(new Set(others.map(drawn)).size).toBe(others.length);
});

it('has shapes of its own for each genre of the world, and some for one it has never heard of', () => {
  expect(new Set(GENRES.map(compositionOf)).size).toBe(GENRES.length);
  expect(GENRES.map(compositionOf)).not.toContain(compositionOf('Cooking'));
  for (const genre of [...GENRES, 'Cooking', ''])
    expect(drawn({ genre })).not.toMatch(/NaN|undefined|Infinity/);
});

it('keeps to well-formed SVG whatever the title is called', () => {
  const text = drawn({ name: `<b>"R & D"</b> \u0007${'long '.repeat(30)}` });
  expect(text).toContain('&lt;b&gt;');
  expect(text).toContain('&amp; D');
  expect(text).not.toMatch(/<b>|\p{Cc}/u);
  expect(text).not.toMatch(/<script|<style|href|\son\w+=/);
});

it('tells moods apart by colour, and in words by what is strongest', () => {
  const skies = MOOD_AXES.slice(0, 2).flatMap((_, i) =>
    [1, -1].map((value) => paletteOf(moodOfTheme(axis(i, value))).skyLow),
  );
  expect(new Set(skies).size).toBe(4);
  expect(moodWords(moodOfTheme([0.1, -0.9, 0.3, 0, 0, 0, 0, 0]))).toEqual(['dark', 'tense']);
  expect(moodWords(moodOfTheme([]))).toEqual([]);
});

it('shows of the genres of a title the one that the artwork is most like', () => {
  // Titles of one genre pull apart in the theme; the last title has both, and an artwork of each kind.
  const genres = { offsets: Uint32Array.of(0, 1, 2, 4), codes: Uint8Array.of(1, 2, 1, 2) };
  const titles = { ...dataset.titles, ids: ['x', 'y', 'z'], names: ['X', 'Y', 'Z'], genres };
  const artworks = {
    ids: ['a', 'b', 'c', 'd'],
    title: Uint32Array.of(0, 1, 2, 2),
    titleOffsets: Uint32Array.of(0, 1, 2, 4),
    themeSize: 2,
    theme: Float32Array.of(1, 0, 0, 1, 0.9, 0.1, 0.1, 0.9),
  };
  const drawer = createArtworkDrawer({ ...dataset, titles, artworks });
  expect([2, 3].map((row) => drawer.shownBy(row).genre)).toEqual(dataset.vocabulary.genres.slice(1, 3));
  expect(drawer.artwork(2, true)).not.toBe(drawer.artwork(3, true));
});

it('serves images that are kept for ever under a version alone', async () => {
  const { app } = await startServing();
  const plain = await app.inject('/artworks/art-3-a.svg');
  expect([plain.statusCode, plain.headers['content-type']]).toEqual([200, 'image/svg+xml']);
  expect(plain.payload).toMatch(/^<svg .*title 3.*<\/svg>$/i);
  expect(plain.headers['cache-control']).toBe('no-cache');
  const versioned = await app.inject('/artworks/art-3-a.svg?v=v1');
  expect(versioned.headers['cache-control']).toContain('immutable');
  const plain3 = await app.inject('/artworks/art-3-a.svg?lettering=none');
  expect([plain3.statusCode, /title 3/i.test(plain3.payload)]).toEqual([200, false]);
  expect((await app.inject('/posters/title-3.svg')).payload).toMatch(/title 3/i);
  for (const url of ['/artworks/art-99-a.svg', '/posters/nothing.svg']) {
    const { statusCode, json } = await app.inject(url);
    expect([statusCode, json().error.field]).toEqual([404, 'id']);
  }
  await app.close();
});
