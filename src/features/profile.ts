/**
 * What is known of a member, folded from events. Whatever the order in which events come, the profile is the same to
 * the last bit: sums are of whole quanta, which floating point adds exactly, and lists keep the largest entries by a
 * total order, so each fold commutes with every other. An event twice is an event too many: who folds tells duplicates.
 */
import type { EpochMs } from '../domain/clock.ts';
import { HISTORY_LIMIT, type MemberProfile, THUMBS_LIMIT } from '../domain/request.ts';
import { type CodeLists, codesOf, type Members } from '../domain/tables.ts';

export interface PlayEvent {
  readonly title: number;
  readonly time: EpochMs;
  readonly watchedFraction: number;
  /** What was counted of the same viewing before, which is then no further play. Absent: a viewing of its own. */
  readonly counted?: number;
}

/** A title that stood on a page. */
export interface ShownEvent {
  readonly title: number;
  /** P(examined) of its place. */
  readonly examined: number;
}

/** What the member said of a title. */
export interface ThumbEvent {
  readonly title: number;
  readonly time: EpochMs;
  readonly up: boolean;
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
  genreWatched: new Float64Array(genreCount),
  genrePlayed: new Float64Array(genreCount),
  genreExamined: new Float64Array(genreCount),
  genreFavour: new Float64Array(genreCount),
  genreFavourEvidence: new Float64Array(genreCount),
  thumbTitles: new Uint32Array(0),
  thumbTimes: new Float64Array(0),
  thumbsUp: new Float32Array(0),
});

/** Sums count in these, and stay exact up to 2^33 of what they count. */
const QUANTUM = 2 ** -20;

/** The nearest whole number of quanta. */
const inQuanta = (value: number): number => Math.round(value / QUANTUM) * QUANTUM;

/**
 * The profile after one more play; the one given is left as it was. A title stands in the history once, at its latest
 * play (of one time, at the one that was watched longer), and the history is in order of time, then of title.
 *   watched_g += quanta of the watched fraction, less what was counted of the viewing before
 *   played_g  += quanta of 1 / genres of the title, once a viewing
 */
export const foldPlay = (profile: MemberProfile, play: PlayEvent, titleGenres: CodeLists): MemberProfile => {
  const { title, time, watchedFraction, counted } = play;
  const genreWatched = profile.genreWatched.slice();
  const genrePlayed = profile.genrePlayed.slice();
  const genres = codesOf(titleGenres, title);
  const more = inQuanta(Math.max(watchedFraction, counted ?? 0)) - inQuanta(counted ?? 0);
  const share = counted === undefined ? inQuanta(1 / genres.length) : 0;
  for (const genre of genres) {
    genreWatched[genre] += more;
    genrePlayed[genre] += share;
  }
  const { titles, times, values } = withLatest(
    { titles: profile.historyTitles, times: profile.historyTimes, values: profile.historyFractions },
    { title, time, value: Math.fround(watchedFraction) },
    HISTORY_LIMIT,
  );
  return {
    ...profile,
    playCount: profile.playCount + (counted === undefined ? 1 : 0),
    genreWatched,
    genrePlayed,
    historyTitles: titles,
    historyTimes: times,
    historyFractions: values,
  };
};

/**
 * The profile after titles were shown, in whatever order; the one given is left as it was.
 *   examined_g += quanta of P(examined) / genres of the title
 */
export const foldShown = (
  profile: MemberProfile,
  shown: Iterable<ShownEvent>,
  titleGenres: CodeLists,
): MemberProfile => {
  const genreExamined = profile.genreExamined.slice();
  for (const { title, examined } of shown) {
    const genres = codesOf(titleGenres, title);
    const looked = inQuanta(examined / genres.length);
    for (const genre of genres) genreExamined[genre] += looked;
  }
  return { ...profile, genreExamined };
};

/** The profile after a title was judged. The latest judgement of a title stands; of one time, the kinder one. */
export const foldThumb = (profile: MemberProfile, { title, time, up }: ThumbEvent): MemberProfile => {
  const { titles, times, values } = withLatest(
    { titles: profile.thumbTitles, times: profile.thumbTimes, values: profile.thumbsUp },
    { title, time, value: up ? 1 : 0 },
    THUMBS_LIMIT,
  );
  return { ...profile, thumbTitles: titles, thumbTimes: times, thumbsUp: values };
};

/** Titles that the member does not want to see. */
export const dislikedTitles = ({ thumbTitles, thumbsUp }: MemberProfile): Set<number> =>
  new Set(thumbTitles.filter((_, i) => thumbsUp[i] === 0));

/** One entry for each title, by time, then by title. */
interface Latest {
  readonly titles: Uint32Array; // [n]
  readonly times: Float64Array; // [n]
  readonly values: Float32Array; // [n]
}

/**
 * The list with this entry, if it is its title's latest (of one time, the largest), cut to the `limit` latest. A title
 * that was cut off comes back only with an entry later than those that cut it off, so the order of entries is no matter.
 */
const withLatest = (
  list: Latest,
  { title, time, value }: { readonly title: number; readonly time: EpochMs; readonly value: number },
  limit: number,
): Latest => {
  const { titles, times, values } = list;
  const seen = titles.indexOf(title);
  if (seen >= 0 && (times[seen] > time || (times[seen] === time && values[seen] >= value))) return list;
  const kept: number[] = [];
  for (let i = 0; i < titles.length; i++) if (i !== seen) kept.push(i);
  const isLater = (i: number): boolean => times[i] > time || (times[i] === time && titles[i] > title);
  let before = kept.length;
  while (before > 0 && isLater(kept[before - 1])) before--;
  const length = Math.min(kept.length + 1, limit);
  const dropped = kept.length + 1 - length;
  const after = {
    titles: new Uint32Array(length),
    times: new Float64Array(length),
    values: new Float32Array(length),
  };
  for (let slot = 0; slot < length; slot++) {
    const at = slot + dropped;
    const from = at < before ? kept[at] : at === before ? -1 : kept[at - 1];
    after.titles[slot] = from < 0 ? title : titles[from];
    after.times[slot] = from < 0 ? time : times[from];
    after.values[slot] = from < 0 ? value : values[from];
  }
  return after;
};
