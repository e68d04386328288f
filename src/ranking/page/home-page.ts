/**
 * The homepage: themed rows cut from one ranked list. Stands for Netflix's row-based page (Alvino &
 * Basilico, "Learning a personalized homepage", 2015); simplified: a row's value is the sum of its titles'
 * values, and no row is learned.
 */
import { bugError, callerError } from '../../domain/errors.ts';
import type { CandidatePool, RecRequest, StageContext } from '../../domain/request.ts';
import type { PageBuilder, Scores } from '../contract.ts';
import type { ExaminationEstimate } from '../examination.ts';
import { type Reranking, rerankedPositions } from '../reranking/rerank.ts';
import { chooseRows, type RowChooser } from './choose-rows.ts';
import { examinationWeights, type HomePageConfig, homePageConfig } from './home-page-config.ts';
import { placeCurve } from './place-curve.ts';
import { rankedOrder } from './ranked-order.ts';
import { drawDoubts, liftedRows, ROW_BANDIT, type RowPriors, rowBelief } from './row-bandit.ts';
import { type RankedTitles, type RowParts, rowCandidates, titlesAt } from './row-candidates.ts';

export interface HomePageParts extends RowParts {
  /** The curve behind the logs; where it is not given, the config's. */
  readonly examination?: ExaminationEstimate;
  readonly config?: Partial<HomePageConfig>;
  /** Default: by expected takes. */
  readonly choose?: RowChooser;
  /** With them, rows of a member's first sessions are drawn by a bandit rather than chosen by `choose`. */
  readonly firstSessions?: RowPriors;
}

/**
 * A page builder whose rows are top picks, continue watching, trending now, because you watched a title, new
 * releases, the top 10 of the member's country and one for each genre, chosen greedily by expected takes under
 * the examination curve of the request's device (`chooseRows`), with more picks where those run out. Within a
 * row titles stand by score, or as the config's re-ranker puts them; those of continue watching by recency, their scores being the pool's range scaled
 * by what resuming is worth; those of the top 10 by rank.
 * @throws MarqueeError (caller) on a bad config. `build` throws MarqueeError (bug) on scores that are not
 * aligned with the pool or not finite.
 */
export function createHomePage(parts: HomePageParts): PageBuilder {
  const { catalogue, examination, choose = chooseRows, firstSessions } = parts;
  const config = homePageConfig({
    ...(examination === undefined ? {} : { examination: placeCurve(examination) }),
    ...parts.config,
  });
  const { rowCount, columns, mostOf, reranking } = config;
  if (reranking !== undefined && reranking.by !== 'calibrated' && parts.vectors === undefined) {
    throw callerError('PAGE_CONFIG', `home-page: reranking by ${reranking.by} needs vectors of the titles`);
  }
  const weights = catalogue.vocabulary.devices.map((_, device) => examinationWeights(config, device));
  return {
    name: 'home-page',
    ...(reranking === undefined ? {} : { reranker: reranking.by }),
    build(request, pool, scores, ctx) {
      const plain = rankedPool(pool, scores);
      const ranked = reranking === undefined ? plain : reranked(reranking, parts, request, plain);
      const chooseFor = (firstSessions && newcomerRows(firstSessions, parts, request, ctx)) ?? choose;
      return {
        rows: chooseFor(rowCandidates(parts, request, ranked, config), {
          rowCount,
          columns,
          weights: weights[request.device],
          worthless: plain.scores.at(-1) ?? 0,
          mostOf,
        }),
      };
    },
  };
}

/** Rows drawn for a member of whom little is known, or undefined where enough is. */
function newcomerRows(
  priors: RowPriors,
  { catalogue }: RowParts,
  { profile, at }: RecRequest,
  { rng }: StageContext,
): RowChooser | undefined {
  const { playCount } = profile; // stands for sessions, which no profile counts
  if (playCount >= ROW_BANDIT.decaySessions) return undefined;
  const draws = rng.fork('rows');
  const belief = rowBelief(priors, profile, at, playCount);
  return liftedRows(
    drawDoubts(belief, () => draws.next()),
    catalogue.titles.genres,
  );
}

function reranked(
  reranking: Reranking,
  { catalogue, vectors }: RowParts,
  { profile }: RecRequest,
  ranked: RankedTitles,
): RankedTitles {
  const input = { ...ranked, profile, catalogue, ...(vectors === undefined ? {} : { vectors }) };
  return titlesAt(ranked, rerankedPositions(reranking, input));
}

function rankedPool(pool: CandidatePool, scores: Scores): RankedTitles {
  const order = rankedOrder(pool, scores);
  const ranked = { titles: new Uint32Array(order.length), scores: new Float32Array(order.length) };
  for (let i = 0; i < order.length; i++) {
    const title = pool.items[order[i]];
    const score = scores.combined[order[i]];
    if (!Number.isFinite(score)) {
      throw bugError(
        'SCORES_NOT_FINITE',
        `home-page: expected finite scores, got ${score} for title ${title}`,
      );
    }
    ranked.titles[i] = title;
    ranked.scores[i] = score;
  }
  return ranked;
}
