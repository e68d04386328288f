import type { Artworks } from './tables.ts';

/** One vector of theme space for each title. */
export interface TitleThemes {
  readonly themeSize: number;
  readonly values: Float32Array; // [titles, themeSize]
  /** Mean over the titles that have artworks: the mood of a member of whom nothing is known. */
  readonly mean: Float32Array; // [themeSize]
}

/** Each title's theme, the mean of its artworks' themes; zeros for a title without artworks. Of no table, themes of no size. */
export const titleThemesOf = (artworks: Artworks | undefined): TitleThemes => {
  if (artworks === undefined) return { themeSize: 0, values: new Float32Array(0), mean: new Float32Array(0) };
  const { titleOffsets, themeSize, theme } = artworks;
  const titles = titleOffsets.length - 1;
  const values = new Float32Array(titles * themeSize);
  const sum = new Float64Array(themeSize);
  let shown = 0;
  for (let t = 0; t < titles; t++) {
    const count = titleOffsets[t + 1] - titleOffsets[t];
    if (count > 0) shown++;
    for (let a = titleOffsets[t]; a < titleOffsets[t + 1]; a++) {
      for (let i = 0; i < themeSize; i++) values[t * themeSize + i] += theme[a * themeSize + i] / count;
    }
    for (let i = 0; i < themeSize; i++) sum[i] += values[t * themeSize + i];
  }
  return { themeSize, values, mean: Float32Array.from(sum, (total) => total / Math.max(shown, 1)) };
};
