/** What a homepage is put together from, beside the contracts of candidate generation and ranking. */

import type { CandidateGenerator } from '../../candidate-gen/contract.ts';
import type { Blend } from '../../candidate-gen/merge.ts';
import type { EpochMs } from '../../domain/clock.ts';
import type { CandidatePool, FeatureMatrix, MemberProfile, RecRequest } from '../../domain/request.ts';

export interface MemberContext {
  /** Row in the members table, or UNKNOWN_MEMBER. */
  readonly member: number;
  readonly profile: MemberProfile;
}

export interface ProfileSource {
  /** What is known of the member at a time; a member never seen before is no error. */
  profile(memberId: string, at: EpochMs): Promise<MemberContext>;
  /** What can be said of the member when nothing can be read. Never fails. */
  coldStart(memberId: string): MemberContext;
}

export interface Source extends Blend {
  readonly generator: CandidateGenerator;
}

export interface FeatureAssembler {
  /** One row for each candidate, the ranker's features in its order. */
  assemble(request: RecRequest, pool: CandidatePool): FeatureMatrix;
}

/** Stands for the artwork of a title that has none. */
export const NO_ARTWORK = 0xffff_ffff;

/** Aligned with the titles asked for. */
export interface ArtworkChoice {
  readonly artworks: Uint32Array; // [n] rows of the artworks table, or NO_ARTWORK
  /** P(this artwork | this title) of the policy that chose; 1 for a default. */
  readonly propensities: Float32Array; // [n]
  /** 1 where the artwork was selected for this member, 0 where it is the title's default. */
  readonly selected: Uint8Array; // [n]
}

export interface ArtworkLookup {
  forTitles(memberId: string, titles: Uint32Array): Promise<ArtworkChoice>;
  /** Each title's most taken artwork. Reads nothing, never fails. */
  defaults(titles: Uint32Array): ArtworkChoice;
}
