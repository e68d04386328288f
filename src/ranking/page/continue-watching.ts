import { DAY_MS } from '../../domain/clock.ts';
import type { RecRequest } from '../../domain/request.ts';
import { dislikedTitles } from '../../features/profile.ts';
import type { HomePageConfig } from './home-page-config.ts';

export interface Resumable {
  readonly titles: Uint32Array; // [n] most recent first
  /** What resuming is worth, in (0, 1], and never more than of the title before. */
  readonly worth: Float64Array; // [n]
  readonly watchedFractions: readonly number[]; // [n]
}

/**
 * The titles that the member began, did not finish and has not turned down, most recent first. They come from the history,
 * since no source proposes what was played; a title counts by its latest play.
 *   worth = 2^(-(days since the play) / halfLife)
 */
export function resumableTitles({ profile, at }: RecRequest, config: HomePageConfig): Resumable {
  const { historyTitles, historyTimes, historyFractions } = profile;
  const titles: number[] = [];
  const worth: number[] = [];
  const watchedFractions: number[] = [];
  const seen = dislikedTitles(profile);
  for (let i = historyTitles.length - 1; i >= 0; i--) {
    if (seen.has(historyTitles[i])) continue;
    seen.add(historyTitles[i]);
    const fraction = historyFractions[i];
    if (fraction < config.resumeFrom || fraction > config.resumeTo) continue;
    const days = Math.max(0, at - historyTimes[i]) / DAY_MS;
    titles.push(historyTitles[i]);
    watchedFractions.push(fraction);
    worth.push(2 ** (-days / config.resumeHalfLifeDays));
  }
  return { titles: Uint32Array.from(titles), worth: Float64Array.from(worth), watchedFractions };
}
