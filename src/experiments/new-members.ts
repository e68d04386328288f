/**
 * New members of a world, from their first day on: they get pages, answer by the world's choice model, and come back or
 * not. What happens by chance is drawn from streams of the member, the day and the visit, so two ways to build pages
 * meet the same members on the same days with the same luck.
 */
import { DAY_MS, HOUR_MS } from '../domain/clock.ts';
import type { MemberProfile } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import { codesOf, FINISHED_FRACTION } from '../domain/tables.ts';
import { emptyProfile, foldPlay, foldShown, signUpOf } from '../features/profile.ts';
import { drawVisits, leaveProbability, moodAfterPage, START_MOOD, visitRate } from '../simulator/habit.ts';
import { satisfactionProbability, watchedFraction } from '../simulator/response.ts';
import type { World } from '../simulator/world.ts';
import type { ExaminationOf } from '../training/replay.ts';

/** One page view of a new member. */
export interface Visit {
  readonly member: number;
  readonly at: number; // EpochMs
  readonly device: number;
  /** What pages and plays have told so far. */
  readonly profile: MemberProfile;
  /** Page views before this one. */
  readonly sessions: number;
  /** Titles that may not be shown again. */
  readonly played: ReadonlySet<number>;
}

/** The titles of a page, row by row, each with at most `pageColumns`. */
export type PageOf = (visit: Visit) => readonly (readonly number[])[];

export interface NewMemberOutcome {
  /** Days from the first page to the first play of at least FINISHED_FRACTION; all the days where there was none. */
  readonly engagedAfterDays: number;
  /** Whether the first page brought one. */
  readonly engagedAtOnce: boolean;
  readonly stayed: boolean;
  readonly sessions: number;
  /** Genres of the titles played in the first week. */
  readonly firstWeekGenres: number;
}

export interface NewMembersOptions {
  readonly world: World;
  /** Rows of the members table. */
  readonly members: readonly number[];
  readonly firstDay: number;
  readonly days: number;
  readonly examination: ExaminationOf;
  readonly rng: Rng;
}

/** What becomes of each member under these pages; members who never come are left out by giving undefined. */
export const followNewMembers = (
  options: NewMembersOptions,
  pageOf: PageOf,
): (NewMemberOutcome | undefined)[] => options.members.map((member) => follow(options, member, pageOf));

const MAIN_DEVICE_SHARE = 0.75;

const follow = (
  { world, firstDay, days, examination, rng }: NewMembersOptions,
  member: number,
  pageOf: PageOf,
): NewMemberOutcome | undefined => {
  const { truth, members, catalogue } = world;
  const { activity, habitHour, patience } = truth.member;
  const { genres } = catalogue.titles;
  const own = rng.fork(`new:${member}`);
  const played = new Set<number>();
  const tasted = new Set<number>();
  let profile = emptyProfile(catalogue.vocabulary.genres.length, {
    ...signUpOf(members, member),
    signupDay: firstDay,
  });
  let mood = START_MOOD;
  let sessions = 0;
  let firstAt: number | undefined;
  let engagedAt: number | undefined;
  let engagedAtOnce = false;
  for (let d = 0; d < days; d++) {
    const ofDay = own.fork(`day:${d}`);
    const visits = drawVisits(visitRate(activity[member], mood), ofDay.next());
    for (let v = 0; v < visits; v++) {
      const luck = ofDay.fork(`visit:${v}`);
      const hour = (habitHour[member] + 4 * (luck.next() + luck.next() - 1) + 24) % 24;
      const at = (firstDay + d) * DAY_MS + Math.floor(hour * HOUR_MS);
      const ownDevice = luck.next() < MAIN_DEVICE_SHARE;
      const other = 1 + Math.floor(luck.next() * 4);
      const device = ownDevice ? members.device[member] : other;
      const leaves = luck.next();
      firstAt ??= at;
      const rows = pageOf({ member, at, device, profile, sessions, played });
      const answer = answerPage(world, { member, at, device, rows, luck });
      profile = foldShown(
        profile,
        rows.flatMap((titles, row) =>
          titles.map((title, position) => ({ title, examined: examination(device, row, position) })),
        ),
        genres,
      );
      answer.plays.forEach(({ title, fraction }, i) => {
        played.add(title);
        profile = foldPlay(
          profile,
          { title, time: at + 60_000 * (i + 1), watchedFraction: fraction },
          genres,
        );
        if (d < 7) for (const genre of codesOf(genres, title)) tasted.add(genre);
        if (fraction < FINISHED_FRACTION) return;
        engagedAt ??= at;
        if (sessions === 0) engagedAtOnce = true;
      });
      sessions++;
      mood = moodAfterPage(mood, answer.plays.length, answer.satisfied, patience[member]);
      if (leaves >= leaveProbability(mood, patience[member])) continue;
      return outcome(false);
    }
  }
  return outcome(true);

  function outcome(stayed: boolean): NewMemberOutcome | undefined {
    if (firstAt === undefined) return undefined;
    return {
      engagedAfterDays: engagedAt === undefined ? days : (engagedAt - firstAt) / DAY_MS,
      engagedAtOnce,
      stayed,
      sessions,
      firstWeekGenres: tasted.size,
    };
  }
};

interface AskedPage {
  readonly member: number;
  readonly at: number;
  readonly device: number;
  readonly rows: readonly (readonly number[])[];
  readonly luck: Rng;
}

/** Plays in the order of the page, and how many of them satisfied. Every place draws alike, whatever stands in it. */
const answerPage = (world: World, { member, at, device, rows, luck }: AskedPage) => {
  const { titleOffsets } = world.catalogue.artworks;
  const plays: { title: number; fraction: number }[] = [];
  let satisfied = 0;
  rows.forEach((titles, row) => {
    const ofRow = luck.fork(`row:${row}`);
    titles.forEach((title, position) => {
      const [image, look, click, watch, like] = [0, 1, 2, 3, 4].map(() => ofRow.next());
      const first = titleOffsets[title];
      const artwork = first + Math.floor(image * (titleOffsets[title + 1] - first));
      const expected = world.expect(member, title, artwork, { device, row, position, at });
      if (look >= expected.examined || click >= expected.clickGivenExamined) return;
      const fraction = watchedFraction(expected.finishGivenClick, watch);
      plays.push({ title, fraction });
      if (like < satisfactionProbability(world.truth, title, fraction)) satisfied++;
    });
  });
  return { plays, satisfied };
};
