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
  /** How much each head counts in `combined`, for whoever asks why; absent where that cannot be said. */
  readonly weights?: Readonly<Record<string, number>>;
  /** @throws the signal's reason when it is aborted; RangeError when the features are not those named */
  score(
    request: RecRequest,
    pool: CandidatePool,
    features: FeatureMatrix,
    ctx: StageContext,
  ): Promise<Scores>;
}

/** Why a title stands in its row, in rows and codes of the tables; the API says it in ids and words. */
export type TitleReason =
  /** The ranker puts it above what is left. */
  | { readonly kind: 'top-pick' }
  | { readonly kind: 'continue-watching'; readonly watchedFraction: number }
  | { readonly kind: 'trending' }
  /** It is like a title that the member finished. */
  | { readonly kind: 'because-you-watched'; readonly title: number }
  | { readonly kind: 'genre'; readonly genre: number }
  | { readonly kind: 'new-release'; readonly releaseDay: number }
  /** `rank` is 1-based, among all titles of the country. */
  | { readonly kind: 'top-in-country'; readonly country: number; readonly rank: number };

export interface PageRow {
  /** kebab-case template, such as `top-picks` or `genre`. */
  readonly template: string;
  /** What the member reads above the row. */
  readonly heading: string;
  readonly titles: Uint32Array; // [n]
  readonly scores: Float32Array; // [n]
  readonly reasons: readonly TitleReason[]; // [n]
}

/** No title stands on a page twice. */
export interface Page {
  readonly rows: readonly PageRow[];
}

export interface PageBuilder {
  readonly name: string;
  /** What puts the best titles in another order before rows are made of them, for whoever asks why; absent: nothing does. */
  readonly reranker?: string;
  build(request: RecRequest, pool: CandidatePool, scores: Scores, ctx: StageContext): Page;
}
