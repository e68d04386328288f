import type { TitleThemes } from '../domain/title-themes.ts';

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
