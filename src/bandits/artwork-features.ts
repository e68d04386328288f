import type { Artworks } from '../domain/tables.ts';
import type { ArtworkStats } from './artwork-stats.ts';
import type { BanditRound } from './contract.ts';

const CONTEXT_FEATURES = 3; // bias, title rate, title match
const ACTION_FEATURES = 2; // match, lift

/** Features of an artwork in a round, for themes of this size. */
export const artworkFeatureSize = (themeSize: number): number =>
  CONTEXT_FEATURES + ACTION_FEATURES + 3 * themeSize;

/** What each feature is, in order: the context first, since a policy solves shared columns once. */
export const artworkFeatureNames = (themeSize: number): string[] => {
  const each = (name: string) => Array.from({ length: themeSize }, (_, i) => `${name}-${i}`);
  return [
    'bias',
    'title-rate',
    'title-match',
    ...each('mood'),
    'match',
    'lift',
    ...each('theme'),
    ...each('mood-x-theme'),
  ];
};

/**
 * Builds the rounds of artwork selection in buffers that are used again: a round holds until the next
 * `build`. Action i of a title's round is artwork `titleOffsets[title] + i`.
 *
 * Theme, match (profile . theme) and mood-x-theme (profile * theme) are of the artwork's theme less the
 * title's: what sets an artwork apart from the others of its title. The title's own part of the match
 * stands in the context. Members watch titles of their mood whatever the artwork, and without this
 * split the model would credit their artworks with it.
 */
export class ArtworkRounds {
  readonly featureSize: number;
  readonly #artworks: Artworks;
  readonly #stats: ArtworkStats;
  readonly #titleTheme: Float64Array; // [themeSize]
  readonly #views: Float32Array[] = []; // by number of actions
  #features = new Float32Array(0); // [most artworks so far, d]
  #lifts = new Float64Array(0); // [most artworks so far]

  constructor(artworks: Artworks, stats: ArtworkStats) {
    this.featureSize = artworkFeatureSize(artworks.themeSize);
    this.#artworks = artworks;
    this.#stats = stats;
    this.#titleTheme = new Float64Array(artworks.themeSize);
  }

  build(requestId: string, profile: Float32Array, title: number): BanditRound {
    const { titleOffsets, themeSize, theme } = this.#artworks;
    const first = titleOffsets[title];
    const actionCount = titleOffsets[title + 1] - first;
    const features = this.#bufferFor(actionCount);
    const lifts = this.#lifts;
    const titleTheme = this.#titleTheme.fill(0);
    const titleRate = this.#stats.fillLifts(title, lifts);
    for (let at = first * themeSize; at < (first + actionCount) * themeSize; at += themeSize) {
      for (let i = 0; i < themeSize; i++) titleTheme[i] += theme[at + i] / actionCount;
    }
    let titleMatch = 0;
    for (let i = 0; i < themeSize; i++) titleMatch += profile[i] * titleTheme[i];
    let at = 0;
    for (let action = 0; action < actionCount; action++) {
      const from = (first + action) * themeSize;
      features[at++] = 1;
      features[at++] = titleRate;
      features[at++] = titleMatch;
      for (let i = 0; i < themeSize; i++) features[at++] = profile[i];
      const matchAt = at++;
      features[at++] = lifts[action];
      let match = 0;
      for (let i = 0; i < themeSize; i++, at++) {
        const own = theme[from + i] - titleTheme[i];
        features[at] = own;
        features[at + themeSize] = profile[i] * own;
        match += profile[i] * own;
      }
      at += themeSize;
      features[matchAt] = match;
    }
    return { requestId, actionCount, featureSize: this.featureSize, features };
  }

  #bufferFor(actionCount: number): Float32Array {
    if (this.#lifts.length < actionCount) {
      this.#lifts = new Float64Array(actionCount);
      this.#features = new Float32Array(actionCount * this.featureSize);
    }
    return (this.#views[actionCount] ??= this.#features.subarray(0, actionCount * this.featureSize));
  }
}

/** One round of artwork selection, the caller's to keep. Without artworks it has no actions. */
export const artworkFeatures = (
  requestId: string,
  profile: Float32Array,
  title: number,
  artworks: Artworks,
  stats: ArtworkStats,
): BanditRound => new ArtworkRounds(artworks, stats).build(requestId, profile, title);
