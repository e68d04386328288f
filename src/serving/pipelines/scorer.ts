/** What a pipeline asks of whoever does its arithmetic: this thread, or a pool of others. */
import type { EpochMs } from '../../domain/clock.ts';
import type { CandidatePool, FeatureMatrix, RecRequest, StageContext } from '../../domain/request.ts';
import type { Page } from '../../ranking/contract.ts';
import type { Priority } from '../admission/bounded-queue.ts';
import type { RequestScope } from '../stage.ts';

/** How many candidates are ranked where nobody is in a hurry. */
export const POOL_SIZE = 500;

export interface RankedTitles {
  readonly titles: Uint32Array; // [n] best first
  readonly scores: Float32Array; // [n]
}

export interface Scoring {
  readonly request: RecRequest;
  /** How many candidates are ranked, at most. */
  readonly poolSize: number;
  readonly priority: Priority;
}

export interface PageScoring extends Scoring {
  /** There is something better than a page of what is popular: where the sources are away, there is none. */
  readonly onlyPersonal: boolean;
  /** Whether what the ranker saw of the page's titles shall come along. */
  readonly evidence?: boolean;
}

export interface ListScoring extends Scoring {
  readonly k: number;
}

export interface ScoredPage {
  readonly page: Page;
  /** Where the page's titles come from. */
  readonly pool: CandidatePool;
  /** Whether the candidates are the member's own. */
  readonly isPersonal: boolean;
  /** Where it was asked for, and the ranker ranked. */
  readonly evidence?: Evidence;
}

/** What the ranker saw of the titles of a page, and what it said. */
export interface Evidence {
  readonly requestId: string;
  readonly at: EpochMs;
  readonly device: number;
  readonly titles: Uint32Array; // [n], those of the page that were ranked
  readonly features: FeatureMatrix; // [n, features]
  readonly combined: Float32Array; // [n]
  readonly heads: Readonly<Record<string, Float32Array>>; // each [n]
}

/** Each gives undefined where it cannot be done now. */
export interface Scorer {
  page(scoring: PageScoring, scope: RequestScope): Promise<ScoredPage | undefined>;
  list(scoring: ListScoring, scope: RequestScope): Promise<RankedTitles | undefined>;
  /** Whether one more request is turned away, to be asked once for each that comes; absent where none ever is. */
  turnsAway?(priority: Priority): boolean;
}

/** What stands in for a scorer: what is popular, in its own order. Quick, and of nothing that can be away. */
export interface StandIn {
  page(scoring: Scoring, ctx: StageContext): Promise<ScoredPage>;
  list(scoring: ListScoring, ctx: StageContext): Promise<RankedTitles>;
}
