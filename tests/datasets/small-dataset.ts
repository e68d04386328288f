import { type Dataset, NO_IMPRESSION } from '../../src/domain/tables.ts';

/**
 * Three titles, two members, four artworks, four impressions and five plays, made by hand; each array is new,
 * so that a test may spoil what it likes.
 */
export const smallDataset = () => ({
  name: 'small',
  vocabulary: {
    kinds: ['unknown', 'movie', 'series'],
    genres: ['unknown', 'drama', 'comedy', 'crime'],
    languages: ['unknown', 'en'],
    countries: ['unknown', 'NL', 'JP'],
    devices: ['unknown', 'tv', 'phone'],
    campaigns: ['unknown', 'spring'],
  },
  titles: {
    ids: ['t0', 't1', 't2'],
    names: ['Zero', 'Één', '二'],
    kind: Uint8Array.of(1, 2, 0),
    genres: { offsets: Uint32Array.of(0, 2, 2, 3), codes: Uint8Array.of(1, 3, 2) },
    language: Uint8Array.of(1, 1, 0),
    releaseDay: Int32Array.of(-5000, 0, 19000),
    runtimeMinutes: Float32Array.of(91.5, Number.NaN, 0),
  },
  members: {
    ids: ['m0', 'm1'],
    country: Uint8Array.of(1, 2),
    device: Uint8Array.of(1, 2),
    signupDay: Int32Array.of(18000, 18001),
    campaign: Uint8Array.of(0, 1),
    surveyGenres: { offsets: Uint32Array.of(0, 0, 2), codes: Uint8Array.of(1, 2) },
  },
  artworks: {
    ids: ['a0', 'a1', 'a2', 'a3'],
    title: Uint32Array.of(0, 0, 2, 2),
    titleOffsets: Uint32Array.of(0, 2, 2, 4),
    themeSize: 2,
    theme: Float32Array.of(0, 1, 0.5, -0.5, 1, 0, 0.25, 0.75),
  },
  impressions: {
    requestId: Uint32Array.of(0, 0, 1, 1),
    member: Uint32Array.of(0, 0, 1, 1),
    title: Uint32Array.of(0, 2, 2, 0),
    artwork: Uint32Array.of(1, 2, 3, 0),
    row: Uint8Array.of(0, 0, 0, 1),
    position: Uint8Array.of(0, 1, 0, 0),
    time: Float64Array.of(1.6e12, 1.6e12, 1.6e12 + 5, 1.6e12 + 5),
    device: Uint8Array.of(1, 1, 2, 2),
    policy: Uint8Array.of(0, 0, 1, 1),
    policies: ['random', 'popular'],
    propensity: Float32Array.of(1, 0.5, 0.25, 0.125),
    artworkPropensity: Float32Array.of(0.5, 0.5, 0.9, 0.1),
    clicked: Uint8Array.of(1, 0, 1, 0),
  },
  plays: {
    member: Uint32Array.of(1, 0, 1, 0, 1),
    title: Uint32Array.of(1, 0, 2, 1, 1),
    time: Float64Array.of(1.5e12, 1.6e12 + 1, 1.6e12 + 6, 1.6e12 + 6, 1.6e12 + 9),
    watchedFraction: Float32Array.of(0, 0.7, 1, 0.25, 0.5),
    device: Uint8Array.of(0, 1, 2, 1, 2),
    impression: Uint32Array.of(NO_IMPRESSION, 0, 2, NO_IMPRESSION, NO_IMPRESSION),
  },
});

/** The same without what a ratings file does not hold. */
export const smallRatings = (): Dataset => {
  const { artworks: _artworks, impressions: _impressions, ...rest } = smallDataset();
  return { ...rest, plays: { ...rest.plays, impression: new Uint32Array(5).fill(NO_IMPRESSION) } };
};
