import type { Artworks } from '../domain/tables.ts';
import { logit } from '../math/statistics.ts';
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

  constructor(artworks: Artworks, stats: ArtworkStats) {
    this.featureSize = artworkFeatureSize(artworks.themeSize);
    this.#artworks = artworks;
    this.#stats = stats;
    this.#titleTheme = new Float64Array(artworks.themeSize);
  }

  build(requestId: string, profile: Float32Array, title: number): BanditRound {
    const { themeSize, theme, titleOffsets } = this.#artworks;
    const [first, end] = [titleOffsets[title], titleOffsets[title + 1]];
    const stats = this.#stats;
    const actionCount = end - first;
    const features = this.#bufferFor(actionCount);
    const titleTheme = this.#themeOf(title);
    const titleRate = stats.titleRate(title);
    const titleLogit = logit(titleRate);
    let titleMatch = 0;
    for (let i = 0; i < themeSize; i++) titleMatch += profile[i] * titleTheme[i];
    let at = 0;
    for (let artwork = first; artwork < end; artwork++) {
      features[at++] = 1;
      features[at++] = titleRate;
      features[at++] = titleMatch;
      for (let i = 0; i < themeSize; i++) features[at++] = profile[i];
      const matchAt = at++;
      features[at++] = stats.lift(artwork, titleRate, titleLogit);
      let match = 0;
      for (let i = 0; i < themeSize; i++, at++) {
        const own = theme[artwork * themeSize + i] - titleTheme[i];
        features[at] = own;
        features[at + themeSize] = profile[i] * own;
        match += profile[i] * own;
      }
      at += themeSize;
      features[matchAt] = match;
    }
    return { requestId, actionCount, featureSize: this.featureSize, features };
  }

  /** Mean theme of the title's artworks, in a buffer. [themeSize] */
  #themeOf(title: number): Float64Array {
    const { titleOffsets, themeSize, theme } = this.#artworks;
    const first = titleOffsets[title];
    const count = titleOffsets[title + 1] - first;
    const mean = this.#titleTheme.fill(0);
    for (let a = first; a < first + count; a++) {
      for (let i = 0; i < themeSize; i++) mean[i] += theme[a * themeSize + i] / count;
    }
    return mean;
  }

  #bufferFor(actionCount: number): Float32Array {
    const size = actionCount * this.featureSize;
    if (this.#features.length < size) this.#features = new Float32Array(size);
    return (this.#views[actionCount] ??= this.#features.subarray(0, size));
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
