import type { Clock, EpochMs } from './clock.ts';
import type { Rng } from './rng.ts';

/** The row of a member whom the dataset does not know. */
export const UNKNOWN_MEMBER = -1;

/** Plays kept in a profile, newest last. */
export const HISTORY_LIMIT = 50;

/** Judgements kept in a profile, newest last. */
export const THUMBS_LIMIT = 200;

/** What is known of a member at one moment. Built by `src/features` from events, never by hand. */
export interface MemberProfile {
  readonly country: number;
  readonly device: number;
  readonly signupDay: number;
  readonly surveyGenres: Uint8Array;
  /** Oldest first, at most HISTORY_LIMIT. */
  readonly historyTitles: Uint32Array; // [h]
  readonly historyTimes: Float64Array; // [h], EpochMs
  readonly historyFractions: Float32Array; // [h], watched fraction
  /** All plays ever, also those no longer in the history. */
  readonly playCount: number;
  /** Sum of watched fractions by genre over all plays; this and the two sums below in whole quanta of `foldPlay`, so exact. */
  readonly genreWatched: Float64Array; // [genres]
  /** Plays by genre; one of a title of n genres counts 1 / n in each. */
  readonly genrePlayed: Float64Array; // [genres]
  /** Titles that were shown, counted alike and each weighted by P(examined): what the plays are to be held against. */
  readonly genreExamined: Float64Array; // [genres]
  /** How much more the recommender that wrote the logs thought of each genre than of members in general, a logarithm. */
  readonly genreFavour: Float64Array; // [genres]
  /** The evidence of it (`createGenreFavours`); 0 where nothing is known of it. */
  readonly genreFavourEvidence: Float64Array; // [genres]
  /** Titles that the member judged, oldest judgement first, at most THUMBS_LIMIT. */
  readonly thumbTitles: Uint32Array; // [t]
  readonly thumbTimes: Float64Array; // [t], EpochMs
  readonly thumbsUp: Float32Array; // [t], 1 for up, 0 for down
}

/** Titles much watched in the last hour, most watched first. */
export interface TrendingTitles {
  readonly titles: Uint32Array; // [n]
  readonly plays: Float64Array; // [n]
}

export interface RecRequest {
  readonly requestId: string;
  readonly memberId: string;
  /** Row in the members table, or UNKNOWN_MEMBER. */
  readonly member: number;
  readonly at: EpochMs;
  /** The device of this request, which may differ from the profile's. */
  readonly device: number;
  readonly profile: MemberProfile;
  /** In the member's region; absent where too little is known. */
  readonly trending?: TrendingTitles;
}

export interface StageContext {
  readonly rng: Rng;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Distinct items (title rows), best first. */
export interface CandidateList {
  readonly items: Uint32Array; // [n]
  readonly scores: Float32Array; // [n]
}

/** The union of the sources' candidates, each once, in retrieval order. */
export interface CandidatePool extends CandidateList {
  /** Which source proposed the item: position in `sourceNames`. */
  readonly source: Uint8Array; // [n]
  readonly sourceNames: readonly string[];
}

export interface FeatureMatrix {
  readonly names: readonly string[];
  readonly rows: number;
  readonly values: Float32Array; // [rows, names.length]
}
