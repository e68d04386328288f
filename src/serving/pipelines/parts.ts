/** What a homepage is put together from, beside the contracts of candidate generation and ranking. */

import type { CandidateGenerator } from '../../candidate-gen/contract.ts';
import type { Blend } from '../../candidate-gen/merge.ts';
import type { Clock, EpochMs } from '../../domain/clock.ts';
import type {
  CandidatePool,
  FeatureMatrix,
  MemberProfile,
  RecRequest,
  TrendingTitles,
} from '../../domain/request.ts';
import type { Rng } from '../../domain/rng.ts';
import type { Catalogue } from '../../domain/tables.ts';
import type { PageBuilder, Ranker } from '../../ranking/contract.ts';
import type { ExaminationWeight } from '../../ranking/page/place-curve.ts';
import type { Priority } from '../admission/bounded-queue.ts';
import type { Timers } from '../deadline.ts';
import type { StageFaults } from '../stage.ts';
import type { Scorer } from './scorer.ts';

export interface MemberContext {
  /** Row in the members table, or UNKNOWN_MEMBER. */
  readonly member: number;
  readonly profile: MemberProfile;
  /** What is trending in the member's region; absent where too little is known. */
  readonly trending?: TrendingTitles;
  /** Other bytes, where anything is known that was not known before. Absent where nothing could be read. */
  readonly stamp?: Uint8Array;
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

/** Parts that are installed beside those that serve, each by its name. */
export interface Workshop {
  readonly generators: ReadonlyMap<string, readonly Source[]>;
  readonly rankers: ReadonlyMap<string, Ranker>;
  readonly pageBuilders: ReadonlyMap<string, PageBuilder>;
  readonly policies: ReadonlyMap<string, ArtworkLookup>;
  /** Of the titles, to say how alike those of a page are. */
  readonly vectors: { readonly vectors: Float32Array; readonly size: number };
  /** P(examined) of a place of a page. */
  readonly examination: ExaminationWeight;
  /** Absent where nothing was learned about artworks. */
  readonly artworks?: ArtworkRecord;
}

/** What is known of each artwork, [artworks]. */
export interface ArtworkRecord {
  readonly takes: Float64Array;
  readonly exposures: Float64Array;
  /** P(shown for the sake of learning). */
  readonly exploring: Float32Array;
}

export interface HomeParts {
  readonly catalogue: Catalogue;
  readonly modelVersion: string;
  readonly profiles: ProfileSource;
  readonly sources: readonly Source[];
  /** The source of last resort. It must be quick and read nothing that can be away. */
  readonly popularity: CandidateGenerator;
  readonly features: FeatureAssembler;
  readonly ranker: Ranker;
  readonly pageBuilder: PageBuilder;
  readonly artworks: ArtworkLookup;
  /** Where pages are scored. Default: here, from the parts above. */
  readonly scorer?: Scorer;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly timers?: Timers;
  readonly faults?: StageFaults;
  /** How many candidates are ranked. Default 500. */
  readonly poolSize?: number;
  /** Members whose last personalised page is kept, for when a new one cannot be made. Default 4,000. */
  readonly cachedPages?: number;
  /** For so long that page is served again, while what is known of the member stays the same. Default 0. */
  readonly freshMs?: number;
  /** What could work in the place of these, for whoever compares or asks why. */
  readonly workshop?: Workshop;
}

export interface Ask {
  readonly requestId: string;
  readonly memberId: string;
  /** Code of the device of this request; where it is not given, the member's own. */
  readonly device?: number;
  /** Default: a person waits. */
  readonly priority?: Priority;
  /** The page is to be made for this request, though one of a moment ago is there. */
  readonly anew?: boolean;
  /** Whether what the ranker saw shall come along with the page. */
  readonly evidence?: boolean;
}
