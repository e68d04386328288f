import type { EpochMs } from '../domain/clock.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Dataset } from '../domain/tables.ts';
import { createFavours, createGenreFavours, type Favour } from '../features/favour.ts';
import { emptyProfile, foldPlay, foldShown, type ShownEvent, signUpOf } from '../features/profile.ts';
import { countImpression, countPlay, emptyTitleCounts, type TitleCounts } from '../features/title-counts.ts';

/** What was known at one moment of the past. */
export interface Known {
  profileOf(member: number): MemberProfile;
  readonly counts: TitleCounts;
}

export interface ReplayVisitor {
  /** A page, rows `from` to `to` of the impressions, before anything on it is known. */
  page?(from: number, to: number, known: Known): void;
  /** A play, by its row, before it is known. */
  play?(row: number, known: Known): void;
}

/** P(examined) of a place, as the caller estimates it. */
export type ExaminationOf = (device: number, row: number, position: number) => number;

/**
 * Goes through the events before `until` in order of time and returns what is known at its end.
 * A visitor is shown each event before it is folded in, so what it reads can hold nothing of the future.
 */
export const replay = (
  dataset: Dataset,
  until: EpochMs,
  examination: ExaminationOf,
  visitor: ReplayVisitor = {},
): Known => {
  const { plays, impressions, members, titles, vocabulary } = dataset;
  const genres = vocabulary.genres.length;
  const profiles: MemberProfile[] = new Array(members.ids.length);
  const profileOf = (member: number): MemberProfile =>
    (profiles[member] ??= emptyProfile(genres, signUpOf(members, member)));
  const counts = emptyTitleCounts(titles.ids.length);
  const favourOf = createFavours(titles.ids.length);
  const genreFavoursOf = createGenreFavours(titles.genres, genres);
  const known: Known = { profileOf, counts };

  const pages = impressions?.time.length ?? 0;
  let shown = 0;
  const showPagesBefore = (time: EpochMs): void => {
    if (impressions === undefined) return;
    while (shown < pages && impressions.time[shown] < time) {
      const from = shown;
      const request = impressions.requestId[from];
      while (shown < pages && impressions.requestId[shown] === request) shown++;
      visitor.page?.(from, shown, known);
      const { member, device, row, position, title, clicked, propensity } = impressions;
      const onPage: (ShownEvent & Favour)[] = [];
      for (let i = from; i < shown; i++) {
        const examined = examination(device[i], row[i], position[i]);
        countImpression(counts, title[i], examined, clicked[i]);
        onPage.push({ title: title[i], examined, ...favourOf(title[i], propensity[i]) });
      }
      const { favour: genreFavour, evidence: genreFavourEvidence } = genreFavoursOf(member[from], onPage);
      const profile = foldShown(profileOf(member[from]), onPage, titles.genres);
      profiles[member[from]] = { ...profile, genreFavour, genreFavourEvidence };
    }
  };
  for (let row = 0; row < plays.time.length && plays.time[row] < until; row++) {
    showPagesBefore(plays.time[row]);
    visitor.play?.(row, known);
    const play = {
      title: plays.title[row],
      time: plays.time[row],
      watchedFraction: plays.watchedFraction[row],
    };
    profiles[plays.member[row]] = foldPlay(profileOf(plays.member[row]), play, titles.genres);
    countPlay(counts, play.title, play.watchedFraction);
  }
  showPagesBefore(until);
  return known;
};
