import type { CandidateList, RecRequest, StageContext } from '../domain/request.ts';

export interface CandidateGenerator {
  /** kebab-case: log field, metric label, ablation key. */
  readonly name: string;
  /**
   * At most `limit` distinct titles, best first; fewer where the catalogue holds fewer. Never a title
   * of the member's history. An unknown member gets candidates too.
   * @throws the signal's reason when it is aborted
   */
  generate(request: RecRequest, limit: number, ctx: StageContext): Promise<CandidateList>;
}

/** The exact index is the oracle of every other. */
export interface VectorIndex {
  readonly name: string;
  readonly size: number;
  readonly dimension: number;
  /**
   * The k rows of largest inner product (fewer where size < k), best first; equal scores in row order.
   * @throws RangeError when the query's length is not `dimension`, or k is not a whole number >= 0
   */
  search(query: Float32Array, k: number): CandidateList;
}
