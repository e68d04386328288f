import { HISTORY_LIMIT } from '../domain/request.ts';
import type { Artworks, Plays } from '../domain/tables.ts';

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

interface WatchedTitles {
  readonly titles: number[]; // oldest first
  readonly fractions: number[];
  /** Absent when a play came since. */
  profile?: Float32Array;
}

/**
 * Mood profiles as of a moment that only moves forward, for walking through a log: `advanceTo`, then
 * `profileOf`. Follows the history's own rule: a title stands once, at its latest play, and the
 * newest HISTORY_LIMIT titles count.
 */
export class MoodReplay {
  readonly #plays: Plays;
  readonly #themes: TitleThemes;
  readonly #histories = new Map<number, WatchedTitles>();
  #next = 0;

  constructor(plays: Plays, themes: TitleThemes) {
    this.#plays = plays;
    this.#themes = themes;
  }

  /** Takes in every play before `time`, in EpochMs; a play at that very moment is not yet known. */
  advanceTo(time: number): void {
    const { member, title, watchedFraction, time: times } = this.#plays;
    for (; this.#next < times.length && times[this.#next] < time; this.#next++) {
      const play = this.#next;
      let history = this.#histories.get(member[play]);
      if (history === undefined) {
        history = { titles: [], fractions: [] };
        this.#histories.set(member[play], history);
      }
      const seen = history.titles.indexOf(title[play]);
      const leaving = seen >= 0 ? seen : history.titles.length === HISTORY_LIMIT ? 0 : -1;
      if (leaving >= 0) {
        history.titles.splice(leaving, 1);
        history.fractions.splice(leaving, 1);
      }
      history.titles.push(title[play]);
      history.fractions.push(watchedFraction[play]);
      delete history.profile;
    }
  }

  /** The member's profile at the moment advanced to, [themeSize]; not to be written to. */
  profileOf(member: number): Float32Array {
    const history = this.#histories.get(member);
    if (history === undefined) return this.#themes.mean;
    history.profile ??= moodProfile(history.titles, history.fractions, this.#themes);
    return history.profile;
  }
}
