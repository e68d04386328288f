import type { Artworks } from '../domain/tables.ts';
import { logit } from '../math/statistics.ts';

/** What `mostTaken` answers for a title that has no artwork. */
export const NO_ARTWORK = -1;

/** Exposures for which the rate of all titles counts in a title's: titles differ much. */
const TITLE_SMOOTHING = 20;
/** Exposures for which the title's rate counts in an artwork's: artworks of a title differ less. */
const ARTWORK_SMOOTHING = 100;
/** Take rate believed in before any data, for as many exposures. */
const PRIOR_RATE = 0.05;
const RATE_LIMITS = [1e-4, 0.99] as const; // so that log-odds stay finite whatever the weights

const withinLimits = (rate: number): number => Math.min(RATE_LIMITS[1], Math.max(RATE_LIMITS[0], rate));

/**
 * Takes and exposures of each artwork as of the last `add`, and the smoothed rates that follow:
 *   global = (takes + TITLE_SMOOTHING PRIOR_RATE) / (exposures + TITLE_SMOOTHING)
 *   title = (takes_t + TITLE_SMOOTHING global) / (exposures_t + TITLE_SMOOTHING)
 *   artwork = (takes_a + ARTWORK_SMOOTHING title) / (exposures_a + ARTWORK_SMOOTHING)
 * An exposure may count by its probability of having been looked at.
 */
export class ArtworkStats {
  readonly takes: Float64Array; // [artworks]
  readonly exposures: Float64Array; // [artworks]
  readonly #artworks: Artworks;
  readonly #titleTakes: Float64Array; // [titles]
  readonly #titleExposures: Float64Array; // [titles]
  #allTakes = 0;
  #allExposures = 0;

  constructor(artworks: Artworks) {
    this.#artworks = artworks;
    this.takes = new Float64Array(artworks.title.length);
    this.exposures = new Float64Array(artworks.title.length);
    this.#titleTakes = new Float64Array(artworks.titleOffsets.length - 1);
    this.#titleExposures = new Float64Array(artworks.titleOffsets.length - 1);
  }

  /** Stats as they stood when these two columns were saved. @throws RangeError on another length */
  static of(artworks: Artworks, takes: ArrayLike<number>, exposures: ArrayLike<number>): ArtworkStats {
    const count = artworks.title.length;
    if (takes.length !== count || exposures.length !== count) {
      throw new RangeError(
        `artwork stats: expected ${count} artworks, got ${takes.length} takes and ${exposures.length} exposures`,
      );
    }
    const stats = new ArtworkStats(artworks);
    for (let a = 0; a < count; a++) stats.add(a, takes[a], exposures[a]);
    return stats;
  }

  /** Counts takes of an artwork over a (weighted) number of exposures, 1 by default. */
  add(artwork: number, takes: number, exposures = 1): void {
    const title = this.#artworks.title[artwork];
    this.takes[artwork] += takes;
    this.exposures[artwork] += exposures;
    this.#titleTakes[title] += takes;
    this.#titleExposures[title] += exposures;
    this.#allTakes += takes;
    this.#allExposures += exposures;
  }

  get titleCount(): number {
    return this.#titleTakes.length;
  }

  globalRate(): number {
    return withinLimits(
      (this.#allTakes + TITLE_SMOOTHING * PRIOR_RATE) / (this.#allExposures + TITLE_SMOOTHING),
    );
  }

  titleRate(title: number): number {
    return withinLimits(
      (this.#titleTakes[title] + TITLE_SMOOTHING * this.globalRate()) /
        (this.#titleExposures[title] + TITLE_SMOOTHING),
    );
  }

  artworkRate(artwork: number): number {
    return this.#artworkRate(artwork, this.titleRate(this.#artworks.title[artwork]));
  }

  /**
   * By how much the artwork's smoothed take rate exceeds its title's, in log-odds: 0 for an artwork never
   * shown. The title's rate and its log-odds are given, for they are the same for all its artworks.
   */
  lift(artwork: number, titleRate: number, titleLogit: number): number {
    if (this.exposures[artwork] === 0 && this.takes[artwork] === 0) return 0;
    return logit(this.#artworkRate(artwork, titleRate)) - titleLogit;
  }

  /**
   * The title's artwork of highest smoothed take rate, `barred` ones left out: the default where nothing is known of
   * the member. Of a title that nobody took, the most exposed; of equals, the first; NO_ARTWORK of a title
   * without artworks.
   */
  mostTaken(title: number, barred?: Uint8Array): number {
    const { titleOffsets } = this.#artworks;
    const first = titleOffsets[title];
    const end = titleOffsets[title + 1];
    if (first === end) return NO_ARTWORK;
    const taken = this.#titleTakes[title] > 0;
    const titleRate = this.titleRate(title);
    let best = first;
    let highest = -Infinity;
    for (let a = first; a < end; a++) {
      if (barred?.[a] === 1) continue;
      const value = taken ? this.#artworkRate(a, titleRate) : this.exposures[a];
      if (value > highest) {
        highest = value;
        best = a;
      }
    }
    return best;
  }

  #artworkRate(artwork: number, titleRate: number): number {
    return withinLimits(
      (this.takes[artwork] + ARTWORK_SMOOTHING * titleRate) / (this.exposures[artwork] + ARTWORK_SMOOTHING),
    );
  }
}
