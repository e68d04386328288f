import type { EpochMs } from '../domain/clock.ts';
import { HISTORY_LIMIT, type MemberProfile } from '../domain/request.ts';
import { type CodeLists, codesOf, type Members } from '../domain/tables.ts';

export interface PlayEvent {
  readonly title: number;
  readonly time: EpochMs;
  readonly watchedFraction: number;
}

/** A title that stood on a page. */
export interface ShownEvent {
  readonly title: number;
  /** P(examined) of its place. */
  readonly examined: number;
}

/** What is known of a member before the first play. */
export interface SignUp {
  readonly country: number;
  readonly device: number;
  readonly signupDay: number;
  readonly surveyGenres: Uint8Array;
}

export const UNKNOWN_SIGN_UP: SignUp = {
  country: 0,
  device: 0,
  signupDay: 0,
  surveyGenres: new Uint8Array(0),
};

/** The sign-up of one row of the members table. */
export const signUpOf = (members: Members, member: number): SignUp => ({
  country: members.country[member],
  device: members.device[member],
  signupDay: members.signupDay[member],
  surveyGenres: codesOf(members.surveyGenres, member).slice(),
});

/** A profile without plays; `genreCount` is the length of the vocabulary's genres. */
export const emptyProfile = (genreCount: number, signUp: SignUp = UNKNOWN_SIGN_UP): MemberProfile => ({
  ...signUp,
  historyTitles: new Uint32Array(0),
  historyTimes: new Float64Array(0),
  historyFractions: new Float32Array(0),
  playCount: 0,
  genreWatched: new Float32Array(genreCount),
  genrePlayed: new Float32Array(genreCount),
  genreShown: new Float32Array(genreCount),
  genreExamined: new Float32Array(genreCount),
});

/**
 * The profile after one more play; the one given is left as it was. A title stands in the history
 * once, at its latest play, and the history is in order of time even where events came late.
 */
export const foldPlay = (profile: MemberProfile, play: PlayEvent, titleGenres: CodeLists): MemberProfile => {
  const genreWatched = profile.genreWatched.slice();
  const genrePlayed = profile.genrePlayed.slice();
  const genres = codesOf(titleGenres, play.title);
  for (const genre of genres) {
    genreWatched[genre] += play.watchedFraction;
    genrePlayed[genre] += 1 / genres.length;
  }
  const seen = profile.historyTitles.indexOf(play.title);
  const playCount = profile.playCount + 1;
  if (seen >= 0 && profile.historyTimes[seen] > play.time)
    return { ...profile, playCount, genreWatched, genrePlayed };

  const kept: number[] = [];
  for (let i = 0; i < profile.historyTitles.length; i++) if (i !== seen) kept.push(i);
  let before = kept.length;
  while (before > 0 && profile.historyTimes[kept[before - 1]] > play.time) before--;
  const length = Math.min(kept.length + 1, HISTORY_LIMIT);
  const dropped = kept.length + 1 - length;
  const historyTitles = new Uint32Array(length);
  const historyTimes = new Float64Array(length);
  const historyFractions = new Float32Array(length);
  for (let slot = 0; slot < length; slot++) {
    const at = slot + dropped;
    const from = at < before ? kept[at] : at === before ? -1 : kept[at - 1];
    historyTitles[slot] = from < 0 ? play.title : profile.historyTitles[from];
    historyTimes[slot] = from < 0 ? play.time : profile.historyTimes[from];
    historyFractions[slot] = from < 0 ? play.watchedFraction : profile.historyFractions[from];
  }
  return {
    ...profile,
    historyTitles,
    historyTimes,
    historyFractions,
    playCount,
    genreWatched,
    genrePlayed,
  };
};

/** The profile after titles were shown, in whatever order; the one given is left as it was. */
export const foldShown = (
  profile: MemberProfile,
  shown: Iterable<ShownEvent>,
  titleGenres: CodeLists,
): MemberProfile => {
  const genreShown = profile.genreShown.slice();
  const genreExamined = profile.genreExamined.slice();
  for (const { title, examined } of shown) {
    const genres = codesOf(titleGenres, title);
    for (const genre of genres) {
      genreShown[genre] += 1 / genres.length;
      genreExamined[genre] += examined / genres.length;
    }
  }
  return { ...profile, genreShown, genreExamined };
};
