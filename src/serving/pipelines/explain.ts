/**
 * Why a title stands where it does on a member's page. The stages work once more, each asked what it said of the
 * title, so a request that nobody asks about pays nothing. Draws follow from the request's id: with the id of a page
 * that was served, the answer is about that page, up to what has happened since.
 */
import { mergeCandidates } from '../../candidate-gen/merge.ts';
import type { CandidateList, CandidatePool, StageContext } from '../../domain/request.ts';
import type { TitleReason } from '../../ranking/contract.ts';
import { rankedOrder } from '../../ranking/page/ranked-order.ts';
import { requestOf } from './journey.ts';
import type { Ask, HomeParts } from './parts.ts';
import { POOL_SIZE } from './scorer.ts';

/** Positions and rows of the page are 0-based. */
export interface Explanation {
  readonly title: number;
  readonly sources: readonly SourceSaid[];
  /** Absent where no source's proposal came into the pool. */
  readonly pool?: {
    readonly source: string;
    readonly score: number;
    readonly position: number;
    readonly of: number;
  };
  readonly ranking?: RankerSaid;
  readonly page: {
    readonly builder: string;
    readonly reranker?: string;
    readonly rows: number;
    readonly place?: PlaceOnPage;
  };
  /** Absent where the title has none. */
  readonly artwork?: ArtworkSaid;
}

export interface SourceSaid {
  readonly source: string;
  readonly proposed: number;
  /** Absent where it did not propose the title. */
  readonly found?: {
    readonly position: number;
    /** On the source's own scale. */
    readonly score: number;
    /** On the common scale of the sources. */
    readonly calibrated: number;
  };
}

export interface RankerSaid {
  readonly ranker: string;
  readonly score: number;
  readonly position: number;
  readonly of: number;
  readonly heads: readonly { readonly head: string; readonly value: number; readonly weight?: number }[];
  readonly features: readonly { readonly feature: string; readonly value: number }[];
}

export interface PlaceOnPage {
  readonly row: number;
  readonly position: number;
  readonly template: string;
  readonly heading: string;
  readonly reason: TitleReason;
  /** How many of the page's titles stand before it, row by row. */
  readonly before: number;
}

export interface ArtworkSaid {
  readonly shown: number;
  readonly selected: boolean;
  /** Of the title's artworks, in the order of their rows. */
  readonly options: readonly ArtworkOption[];
}

export interface ArtworkOption {
  readonly artwork: number;
  /**
   * P(shown to this member). Of what was not chosen it is what is kept for the sake of learning; where the chosen one
   * was itself shown for that, one of the others, the one that suits most, had all that is not kept.
   */
  readonly probability: number;
  readonly takes?: number;
  readonly exposures?: number;
}

export const explainer =
  (parts: HomeParts) =>
  async ({ title, ...ask }: Ask & { readonly title: number }): Promise<Explanation> => {
    const { profiles, sources, ranker, features, pageBuilder, clock, rng, poolSize = POOL_SIZE } = parts;
    const at = clock.now();
    const request = requestOf({ ...ask, at }, await profiles.profile(ask.memberId, at));
    const ctx: StageContext = { clock, rng: rng.fork(ask.requestId), signal: new AbortController().signal };

    const lists = await Promise.all(
      sources.map(async ({ generator, ...blend }) => ({
        ...blend,
        source: generator.name,
        list: await generator.generate(request, poolSize, ctx),
      })),
    );
    const pool = mergeCandidates(lists, poolSize);
    const matrix = features.assemble(request, pool);
    const scores = await ranker.score(request, pool, matrix, ctx);
    const page = pageBuilder.build(request, pool, scores, ctx);

    const candidate = pool.items.indexOf(title);
    const position = rankedOrder(pool, scores).indexOf(candidate);
    const columns = matrix.names.length;
    const place = placeOf(page.rows, title);
    const artwork = await artworkSaid(parts, ask.memberId, title);
    return {
      title,
      sources: lists.map(({ source, list, calibrate }) => said(source, list, title, calibrate)),
      ...(candidate < 0 ? {} : { pool: { ...poolPlace(pool, candidate), of: pool.items.length } }),
      ...(candidate < 0
        ? {}
        : {
            ranking: {
              ranker: ranker.name,
              score: scores.combined[candidate],
              position,
              of: pool.items.length,
              heads: Object.entries(scores.heads).map(([head, values]) => ({
                ...{ head, value: values[candidate] },
                ...(ranker.weights === undefined ? {} : { weight: ranker.weights[head] ?? 0 }),
              })),
              features: matrix.names.map((feature, i) => ({
                feature,
                value: matrix.values[candidate * columns + i],
              })),
            },
          }),
      page: {
        ...{ builder: pageBuilder.name, rows: page.rows.length },
        ...(pageBuilder.reranker === undefined ? {} : { reranker: pageBuilder.reranker }),
        ...(place === undefined ? {} : { place }),
      },
      ...(artwork === undefined ? {} : { artwork }),
    };
  };

const said = (
  source: string,
  { items, scores }: CandidateList,
  title: number,
  calibrate: (score: number, position: number) => number = (score) => score,
): SourceSaid => {
  const proposed = items.length;
  const position = items.indexOf(title);
  if (position < 0) return { source, proposed };
  const score = scores[position];
  return { source, proposed, found: { position, score, calibrated: calibrate(score, position) } };
};

const poolPlace = (pool: CandidatePool, position: number) => ({
  source: pool.sourceNames[pool.source[position]],
  score: pool.scores[position],
  position,
});

type Rows = readonly (Omit<PlaceOnPage, 'row' | 'position' | 'before' | 'reason'> & {
  readonly titles: Uint32Array;
  readonly reasons: readonly TitleReason[];
})[];

const placeOf = (rows: Rows, title: number): PlaceOnPage | undefined => {
  let before = 0;
  for (let row = 0; row < rows.length; row++) {
    const { template, heading, titles, reasons } = rows[row];
    const position = titles.indexOf(title);
    if (position >= 0) {
      return { row, position, template, heading, reason: reasons[position], before: before + position };
    }
    before += titles.length;
  }
  return undefined;
};

const artworkSaid = async (
  { catalogue, artworks, workshop }: HomeParts,
  memberId: string,
  title: number,
): Promise<ArtworkSaid | undefined> => {
  const { titleOffsets } = catalogue.artworks ?? {};
  const [first, end] = [titleOffsets?.[title] ?? 0, titleOffsets?.[title + 1] ?? 0];
  if (first === end) return undefined;
  const choice = await artworks.forTitles(memberId, Uint32Array.of(title));
  const [shown, selected] = [choice.artworks[0], choice.selected[0] === 1];
  const record = workshop?.artworks;
  const options = Array.from({ length: end - first }, (_, i): ArtworkOption => {
    const artwork = first + i;
    const kept = selected ? (record?.exploring[artwork] ?? 0) : 0;
    return {
      artwork,
      probability: artwork === shown ? choice.propensities[0] : kept,
      ...(record === undefined ? {} : { takes: record.takes[artwork], exposures: record.exposures[artwork] }),
    };
  });
  return { shown, selected, options };
};
