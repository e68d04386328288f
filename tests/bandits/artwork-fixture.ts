import type { Artworks } from '../../src/domain/tables.ts';

/** Artworks from each title's list of themes. */
export const artworksOf = (themesByTitle: readonly (readonly (readonly number[])[])[]): Artworks => {
  const titleOffsets = new Uint32Array(themesByTitle.length + 1);
  themesByTitle.forEach((themes, t) => {
    titleOffsets[t + 1] = titleOffsets[t] + themes.length;
  });
  const all = themesByTitle.flat();
  return {
    ids: all.map((_, a) => `a${a}`),
    title: Uint32Array.from(themesByTitle.flatMap((themes, t) => themes.map(() => t))),
    titleOffsets,
    themeSize: all[0].length,
    theme: Float32Array.from(all.flat()),
  };
};
