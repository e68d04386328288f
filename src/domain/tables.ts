/**
 * The five tables as they lie in memory: one array per column, so a row is an index.
 * A reference to a member, a title or an artwork is its row number in that table; `ids` holds the
 * names that the outside world uses. A coded column holds positions in its list of `Vocabulary`,
 * whose entry 0 is 'unknown'.
 */
export interface Vocabulary {
  readonly kinds: readonly string[];
  readonly genres: readonly string[];
  readonly languages: readonly string[];
  readonly countries: readonly string[];
  readonly devices: readonly string[];
  readonly campaigns: readonly string[];
}

/** Lists of small codes, one list per row: row i holds `codes[offsets[i] .. offsets[i + 1])`. */
export interface CodeLists {
  readonly offsets: Uint32Array; // [rows + 1]
  readonly codes: Uint8Array;
}

export interface Titles {
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly kind: Uint8Array;
  readonly genres: CodeLists;
  readonly language: Uint8Array;
  /** Whole days since 1970-01-01. */
  readonly releaseDay: Int32Array;
  /** NaN where the source does not say. */
  readonly runtimeMinutes: Float32Array;
}

export interface Members {
  readonly ids: readonly string[];
  readonly country: Uint8Array;
  /** The device that the member uses most. */
  readonly device: Uint8Array;
  readonly signupDay: Int32Array;
  readonly campaign: Uint8Array;
  readonly surveyGenres: CodeLists;
}

/** Sorted by title: the artworks of title t are the rows `titleOffsets[t] .. titleOffsets[t + 1])`. */
export interface Artworks {
  readonly ids: readonly string[];
  readonly title: Uint32Array;
  readonly titleOffsets: Uint32Array; // [titles + 1]
  readonly themeSize: number;
  readonly theme: Float32Array; // [artworks, themeSize]
}

/** Sorted by time. One row for each artwork rendered on a page. */
export interface Impressions {
  readonly requestId: Uint32Array;
  readonly member: Uint32Array;
  readonly title: Uint32Array;
  readonly artwork: Uint32Array;
  /** 0-based row of the page. */
  readonly row: Uint8Array;
  /** 0-based place within the row. */
  readonly position: Uint8Array;
  readonly time: Float64Array; // EpochMs
  readonly device: Uint8Array;
  /** Code in `policies`. */
  readonly policy: Uint8Array;
  readonly policies: readonly string[];
  /** P(this title in this place | the titles in the places before it). */
  readonly propensity: Float32Array;
  /** P(this artwork | this title). */
  readonly artworkPropensity: Float32Array;
  readonly clicked: Uint8Array; // 0 or 1
}

/** Sorted by time. */
export interface Plays {
  readonly member: Uint32Array;
  readonly title: Uint32Array;
  readonly time: Float64Array; // EpochMs
  /** 0 to 1; NaN is not allowed. */
  readonly watchedFraction: Float32Array;
  readonly device: Uint8Array;
  /** Row of the impression that was clicked, or NO_IMPRESSION. */
  readonly impression: Uint32Array;
}

export const NO_IMPRESSION = 0xffff_ffff;

/** A play of at least this share of the running time is finished. */
export const FINISHED_FRACTION = 0.7;

export interface Catalogue {
  readonly vocabulary: Vocabulary;
  readonly titles: Titles;
  /** Absent where the source has no artworks. */
  readonly artworks?: Artworks;
}

export interface Dataset extends Catalogue {
  readonly name: string;
  readonly members: Members;
  readonly plays: Plays;
  /** Absent where the source has none; what needs them then says so. */
  readonly impressions?: Impressions;
}

/** The codes of one row. */
export const codesOf = (lists: CodeLists, row: number): Uint8Array =>
  lists.codes.subarray(lists.offsets[row], lists.offsets[row + 1]);
