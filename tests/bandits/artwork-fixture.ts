import type { Artworks, Impressions, Plays } from '../../src/domain/tables.ts';
import { NO_IMPRESSION } from '../../src/domain/tables.ts';

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

export interface PlayRow {
  readonly member: number;
  readonly title: number;
  readonly time: number;
  readonly fraction: number;
}

export const playsOf = (rows: readonly PlayRow[]): Plays => ({
  member: Uint32Array.from(rows, (row) => row.member),
  title: Uint32Array.from(rows, (row) => row.title),
  time: Float64Array.from(rows, (row) => row.time),
  watchedFraction: Float32Array.from(rows, (row) => row.fraction),
  device: new Uint8Array(rows.length),
  impression: new Uint32Array(rows.length).fill(NO_IMPRESSION),
});

export interface ImpressionRow {
  readonly member: number;
  readonly artwork: number;
  readonly time: number;
  readonly clicked: 0 | 1;
  readonly position?: number;
  readonly artworkPropensity?: number;
}

export const impressionsOf = (rows: readonly ImpressionRow[], artworks: Artworks): Impressions => ({
  requestId: Uint32Array.from(rows, (_, i) => i),
  member: Uint32Array.from(rows, (row) => row.member),
  title: Uint32Array.from(rows, (row) => artworks.title[row.artwork]),
  artwork: Uint32Array.from(rows, (row) => row.artwork),
  row: new Uint8Array(rows.length),
  position: Uint8Array.from(rows, (row) => row.position ?? 0),
  time: Float64Array.from(rows, (row) => row.time),
  device: new Uint8Array(rows.length),
  policy: new Uint8Array(rows.length),
  policies: ['uniform'],
  propensity: new Float32Array(rows.length).fill(1),
  artworkPropensity: Float32Array.from(rows, (row) => row.artworkPropensity ?? 0.5),
  clicked: Uint8Array.from(rows, (row) => row.clicked),
});
