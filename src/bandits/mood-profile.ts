import type { Artworks } from '../domain/tables.ts';

/** One vector of theme space for each title. */
export interface TitleThemes {
  readonly themeSize: number;
  readonly values: Float32Array; // [titles, themeSize]
  /** Mean over the titles that have artworks: the mood of a member of whom nothing is known. */
  readonly mean: Float32Array; // [themeSize]
}

/** Each title's theme, the mean of its artworks' themes; zeros for a title without artworks. */
export const titleThemesOf = ({ titleOffsets, themeSize, theme }: Artworks): TitleThemes => {
  const titles = titleOffsets.length - 1;
  const values = new Float32Array(titles * themeSize);
  const sum = new Float64Array(themeSize);
  let shown = 0;
  for (let t = 0; t < titles; t++) {
    const count = titleOffsets[t + 1] - titleOffsets[t];
    if (count > 0) shown++;
    for (let a = titleOffsets[t]; a < titleOffsets[t + 1]; a++) {
      for (let i = 0; i < themeSize; i++) values[t * themeSize + i] += theme[a * themeSize + i] / count;
    }
    for (let i = 0; i < themeSize; i++) sum[i] += values[t * themeSize + i];
  }
  return { themeSize, values, mean: Float32Array.from(sum, (total) => total / Math.max(shown, 1)) };
};

/** Plays for which the mean title counts in every profile, so that one play does not make a mood. */
const PRIOR_PLAYS = 2;

/** A play says something by being chosen, and as much again by being watched to its end. */
const weightOf = (watchedFraction: number): number => (1 + watchedFraction) / 2;

/**
 * A member's mood profile: the mean theme of the titles in the history, weighted by what was watched,
 * and drawn towards the mean title where the history is short:
 *   (PRIOR_PLAYS mean + sum_h w_h theme_h) / (PRIOR_PLAYS + sum_h w_h),   w_h = (1 + fraction_h) / 2
 * An empty history gives the mean title. [themeSize]
 * @throws RangeError unless there is a fraction for each title
 */
export const moodProfile = (
  historyTitles: ArrayLike<number>,
  historyFractions: ArrayLike<number>,
  { themeSize, values, mean }: TitleThemes,
): Float32Array => {
  if (historyTitles.length !== historyFractions.length) {
    throw new RangeError(
      `mood profile: expected a watched fraction for each of ${historyTitles.length} titles, got ${historyFractions.length}`,
    );
  }
  let total = PRIOR_PLAYS;
  for (let h = 0; h < historyFractions.length; h++) total += weightOf(historyFractions[h]);
  const profile = mean.map((value) => (PRIOR_PLAYS * value) / total);
  for (let h = 0; h < historyTitles.length; h++) {
    const share = weightOf(historyFractions[h]) / total;
    const at = historyTitles[h] * themeSize;
    for (let i = 0; i < themeSize; i++) profile[i] += share * values[at + i];
  }
  return profile;
};
