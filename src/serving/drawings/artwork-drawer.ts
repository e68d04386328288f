/** The drawings of a catalogue's artworks, kept once drawn. */
import { LRUCache } from 'lru-cache';
import { type Catalogue, codesOf } from '../../domain/tables.ts';
import { drawArtwork } from './draw-artwork.ts';
import { moodOfTheme, moodWords } from './mood.ts';

/** What an artwork shows of its title. */
export interface Shown {
  readonly genre: string;
  /** The words for its mood, the stronger first. */
  readonly mood: readonly string[];
}

export interface ArtworkDrawer {
  /** SVG of the artwork of that row, with the title's name on it where it is lettered. */
  artwork(row: number, isLettered: boolean): string;
  /** SVG for a title that has no artwork, in no mood at all. */
  poster(title: number, isLettered: boolean): string;
  shownBy(row: number): Shown;
}

/** Drawings of about 4 KB each. */
const KEPT = 4_000;

export const createArtworkDrawer = ({ titles, vocabulary, artworks }: Catalogue): ArtworkDrawer => {
  const kept = new LRUCache<string, string>({ max: KEPT });
  const keep = (key: string, draw: () => string): string => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const drawn = draw();
    kept.set(key, drawn);
    return drawn;
  };
  let themes: Float64Array | undefined;
  const themeSize = artworks?.themeSize ?? 0;
  const themeOf = (row: number): Float32Array =>
    artworks?.theme.subarray(row * themeSize, (row + 1) * themeSize) ?? new Float32Array(0);
  /** Of the title's genres the one whose artworks are most like this one, so that a title's artworks differ in it. */
  const genreShown = (row: number): string => {
    themes ??= genreThemes({ titles, vocabulary, ...(artworks === undefined ? {} : { artworks }) });
    const theme = themeOf(row);
    let [best, closest] = [0, -Infinity];
    for (const genre of codesOf(titles.genres, artworks?.title[row] ?? 0)) {
      let likeness = 0;
      for (let d = 0; d < themeSize; d++) likeness += theme[d] * themes[genre * themeSize + d];
      if (likeness > closest) [best, closest] = [genre, likeness];
    }
    return vocabulary.genres[best];
  };
  return {
    artwork: (row, isLettered) =>
      keep(`a${row} ${isLettered}`, () => {
        const name = isLettered ? { name: titles.names[artworks?.title[row] ?? 0] } : {};
        const id = artworks?.ids[row] ?? '';
        return drawArtwork({ id, ...name, genre: genreShown(row), theme: themeOf(row) });
      }),
    poster: (title, isLettered) =>
      keep(`t${title} ${isLettered}`, () => {
        const name = isLettered ? { name: titles.names[title] } : {};
        const genre = vocabulary.genres[codesOf(titles.genres, title).at(0) ?? 0];
        return drawArtwork({ id: titles.ids[title], ...name, genre, theme: [] });
      }),
    shownBy: (row) => ({ genre: genreShown(row), mood: moodWords(moodOfTheme(themeOf(row))) }),
  };
};

/** The mean theme of the artworks of each genre's titles, to length 1. [genres, themeSize] */
const genreThemes = ({ titles, vocabulary, artworks }: Catalogue): Float64Array => {
  const size = artworks?.themeSize ?? 0;
  const sums = new Float64Array(vocabulary.genres.length * size);
  if (artworks === undefined) return sums;
  for (let row = 0; row < artworks.title.length; row++) {
    for (const genre of codesOf(titles.genres, artworks.title[row])) {
      for (let d = 0; d < size; d++) sums[genre * size + d] += artworks.theme[row * size + d];
    }
  }
  for (let genre = 0; genre < vocabulary.genres.length; genre++) {
    const theme = sums.subarray(genre * size, (genre + 1) * size);
    const length = Math.hypot(...theme);
    if (length > 0) for (let d = 0; d < size; d++) theme[d] /= length;
  }
  return sums;
};
