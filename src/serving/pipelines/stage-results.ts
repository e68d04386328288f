/** What the house's contracts promise of a stage's result, looked at where it is handed on: a breach is a bug. */
import { bugError } from '../../domain/errors.ts';
import type { CandidatePool, FeatureMatrix } from '../../domain/request.ts';
import type { Page, Scores } from '../../ranking/contract.ts';
import { type ArtworkChoice, NO_ARTWORK } from './parts.ts';

/** The pool itself. @throws MarqueeError (bug) when it holds a title that the catalogue does not */
export const expectPool = (pool: CandidatePool, titleCount: number): CandidatePool => {
  for (const title of pool.items) {
    if (title >= titleCount) {
      throw bugError('candidates-unknown', `candidates: got title ${title}, expected one of ${titleCount}`);
    }
  }
  return pool;
};

/** The scores themselves. @throws MarqueeError (bug) unless there is one finite score for each candidate */
export const expectScores = (scores: Scores, pool: CandidatePool): Scores => {
  const { combined } = scores;
  if (combined.length !== pool.items.length) {
    throw bugError(
      'scores-not-aligned',
      `scores: got ${combined.length} for ${pool.items.length} candidates`,
    );
  }
  for (let i = 0; i < combined.length; i++) {
    if (!Number.isFinite(combined[i])) {
      throw bugError('scores-not-finite', `scores: got ${combined[i]} for title ${pool.items[i]}`);
    }
  }
  return scores;
};

/** The page itself. @throws MarqueeError (bug) on a title shown twice, or one that the catalogue does not hold */
export const expectPage = (page: Page, titleCount: number): Page => {
  const shown = new Set<number>();
  for (const { template, titles, scores, reasons } of page.rows) {
    if (titles.length !== scores.length || titles.length !== reasons.length) {
      throw bugError(
        'page-not-aligned',
        `row ${template}: got ${scores.length} scores and ${reasons.length} reasons for ${titles.length} titles`,
      );
    }
    for (const title of titles) {
      if (title >= titleCount) {
        throw bugError('page-unknown', `row ${template}: got title ${title}, expected one of ${titleCount}`);
      }
      if (shown.has(title)) throw bugError('page-repeats', `row ${template}: title ${title} is shown twice`);
      shown.add(title);
    }
  }
  return page;
};

/** The choice itself. @throws MarqueeError (bug) unless there is one known artwork, or none, for each title */
export const expectChoice = (
  choice: ArtworkChoice,
  titleCount: number,
  artworkCount: number,
): ArtworkChoice => {
  const { artworks, propensities, selected } = choice;
  if (
    artworks.length !== titleCount ||
    propensities.length !== titleCount ||
    selected.length !== titleCount
  ) {
    throw bugError('artwork-not-aligned', `artwork: got ${artworks.length} for ${titleCount} titles`);
  }
  for (const artwork of artworks) {
    if (artwork >= artworkCount && artwork !== NO_ARTWORK) {
      throw bugError('artwork-unknown', `artwork: got ${artwork}, expected one of ${artworkCount}`);
    }
  }
  return choice;
};

/** What a ranker is given that reads no features. */
export const noFeatures = (pool: CandidatePool): FeatureMatrix => ({
  names: [],
  rows: pool.items.length,
  values: new Float32Array(0),
});
