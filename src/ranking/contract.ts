import type { CandidatePool, FeatureMatrix, RecRequest, StageContext } from '../domain/request.ts';

/** Aligned with `pool.items`. */
export interface Scores {
  /** What the page is ordered by, higher is better. */
  readonly combined: Float32Array; // [n]
  /** Each objective's own prediction, such as `click` and `finish`. */
  readonly heads: Readonly<Record<string, Float32Array>>; // each [n]
}

/** Scores every candidate: never drops, never reorders. */
export interface Ranker {
  readonly name: string;
  /** The features that `score` reads, in the order in which it reads them. */
  readonly featureNames: readonly string[];
  /** @throws the signal's reason when it is aborted; RangeError when the features are not those named */
  score(
    request: RecRequest,
    pool: CandidatePool,
    features: FeatureMatrix,
    ctx: StageContext,
  ): Promise<Scores>;
}

export interface PageRow {
  /** kebab-case template, such as `top-picks` or `genre`. */
  readonly template: string;
  /** What the member reads above the row. */
  readonly heading: string;
  readonly titles: Uint32Array;
  readonly scores: Float32Array;
}

/** No title stands on a page twice. */
export interface Page {
  readonly rows: readonly PageRow[];
}

export interface PageBuilder {
  readonly name: string;
  build(request: RecRequest, pool: CandidatePool, scores: Scores, ctx: StageContext): Page;
}
