import type { Rng } from '../domain/rng.ts';
import { drawGamma } from '../math/random.ts';
import { drawVisits, leaveProbability, moodAfterPage, START_MOOD, visitRate } from './habit.ts';
import type { SimulatedLogs } from './history.ts';
import type { World } from './world.ts';

/**
 * The world at the grain of members and days: how often a member comes, what is clicked and how long is watched, without
 * titles or places. What is between members and between plays is taken from a page-by-page history; what brings a
 * member back is the same code.
 */
export interface MemberDayModel {
  /** Of the world's members, who are drawn with replacement: activity and patience as they truly are. */
  readonly activity: Float32Array;
  readonly patience: Float32Array;
  readonly device: Uint8Array;
  readonly country: Uint8Array;
  /** Mean clicks of a page, and how it varies between members. */
  readonly clicksPerPage: number;
  readonly clicksVarianceBetween: number;
  readonly places: number;
  /** Plays of the history, each as likely: minutes watched, and whether it satisfied. */
  readonly minutes: Float32Array;
  readonly satisfied: Uint8Array;
}

/**
 * The coarse model of a world, from its history. The variance of clicks between members is that of a one-way analysis
 * of variance, (MS_between - MS_within) / n0; 0 where pages alone explain it.
 * @throws RangeError on a history without plays
 * @see Searle, Casella & McCulloch, "Variance Components", 1992, section 3.6
 */
export const modelOfMemberDays = (world: World, logs: SimulatedLogs): MemberDayModel => {
  const { members, truth, config, catalogue } = world;
  const { impressions, plays, satisfied } = logs;
  if (plays.time.length === 0) throw new RangeError('member days: expected a history with plays, got none');
  const places = config.pageRows * config.pageColumns;
  const pages = impressions.time.length / places;
  const pagesOf = new Float64Array(config.members);
  const clicksOf = new Float64Array(config.members);
  let squares = 0;
  for (let page = 0; page < pages; page++) {
    let clicks = 0;
    for (let i = page * places; i < (page + 1) * places; i++) clicks += impressions.clicked[i];
    const m = impressions.member[page * places];
    pagesOf[m]++;
    clicksOf[m] += clicks;
    squares += clicks * clicks;
  }
  const clicksPerPage = plays.time.length / pages;
  let [seen, pagesSquared, between, within] = [0, 0, 0, squares];
  for (let m = 0; m < config.members; m++) {
    if (pagesOf[m] === 0) continue;
    seen++;
    pagesSquared += pagesOf[m] ** 2;
    const own = clicksOf[m] / pagesOf[m];
    between += pagesOf[m] * (own - clicksPerPage) ** 2;
    within -= pagesOf[m] * own ** 2;
  }
  const n0 = (pages - pagesSquared / pages) / (seen - 1);
  return {
    activity: truth.member.activity,
    patience: truth.member.patience,
    device: members.device,
    country: members.country,
    clicksPerPage,
    clicksVarianceBetween: Math.max(0, (between / (seen - 1) - within / (pages - seen)) / n0),
    places,
    minutes: Float32Array.from(
      plays.title,
      (t, i) => catalogue.titles.runtimeMinutes[t] * plays.watchedFraction[i],
    ),
    satisfied,
  };
};

/** What a treatment changes, as factors from the page on which the member meets it; 1 leaves things as they are. */
export interface MemberDayEffect {
  /** Reaches the member on the first day, as a message does, and not with a page. */
  readonly atOnce?: boolean;
  readonly visits?: number;
  readonly clicks?: number;
  readonly minutes?: number;
  /** Of the chance to leave for good after a page. */
  readonly leaving?: number;
  /** Beside `clicks`: 1 + extra 0.5^(days since it was met / halfLifeDays), the charm of what is new. */
  readonly novelty?: { readonly extra: number; readonly halfLifeDays: number };
}

export interface MemberDaysInput {
  readonly model: MemberDayModel;
  readonly rng: Rng;
  readonly members: number;
  readonly days: number;
  /** The first day of the experiment; days before it are the past. */
  readonly from: number;
  /** What each member is treated with, by member and by row among the world's; nothing where it is not given. */
  readonly effectOf?: (member: number, row: number) => MemberDayEffect | undefined;
}

export interface MemberDays {
  readonly days: number;
  /** Row of each member among the world's: device and country are there. */
  readonly row: Uint32Array; // [members]
  /** The day on which the member meets the experiment, with the first page from its first day on; -1 for never. */
  readonly metOn: Int16Array; // [members]
  readonly visits: Uint8Array; // [members, days]
  readonly clicks: Uint16Array; // [members, days]
  readonly minutes: Float32Array; // [members, days]
  /** Whether the member has left for good by the end. */
  readonly left: Uint8Array; // [members]
}

const NO_EFFECT: MemberDayEffect = {};

const charmOf = ({ novelty }: MemberDayEffect, daysSince: number): number =>
  novelty === undefined ? 1 : 1 + novelty.extra * 0.5 ** (daysSince / novelty.halfLifeDays);

/** Clicks of a page: Binomial(places, mean / places), by inversion at `u`. */
const drawClicks = (mean: number, places: number, u: number): number => {
  const p = Math.min(0.95, mean / places);
  const odds = p / (1 - p);
  let probability = (1 - p) ** places;
  let rest = u - probability;
  let clicks = 0;
  while (rest >= 0 && clicks < places) {
    probability *= ((places - clicks) / (clicks + 1)) * odds;
    clicks++;
    rest -= probability;
  }
  return clicks;
};

/** The days of members, each from a stream of their own: how many members there are changes nobody's days. */
export const simulateMemberDays = ({
  model,
  rng,
  members,
  days,
  from,
  effectOf,
}: MemberDaysInput): MemberDays => {
  const { clicksPerPage, clicksVarianceBetween, places, minutes: pool, satisfied } = model;
  const shape = clicksVarianceBetween > 0 ? clicksPerPage ** 2 / clicksVarianceBetween : 0;
  const row = new Uint32Array(members);
  const metOn = new Int16Array(members).fill(-1);
  const visits = new Uint8Array(members * days);
  const clicks = new Uint16Array(members * days);
  const minutes = new Float32Array(members * days);
  const left = new Uint8Array(members);
  for (let m = 0; m < members; m++) {
    const own = rng.fork(`member:${m}`);
    const uniform = (): number => own.next();
    row[m] = Math.floor(own.next() * model.activity.length);
    const activity = model.activity[row[m]];
    const patience = model.patience[row[m]];
    const taste = shape > 0 ? (drawGamma(uniform, shape) / shape) * clicksPerPage : clicksPerPage;
    const effect = effectOf?.(m, row[m]) ?? NO_EFFECT;
    let mood = START_MOOD;
    for (let day = 0; day < days && left[m] === 0; day++) {
      if (day === from && effect.atOnce === true) metOn[m] = day;
      const wish = visitRate(activity, mood) * (metOn[m] < 0 ? 1 : (effect.visits ?? 1));
      const pages = drawVisits(wish, own.next());
      if (pages === 0) continue;
      if (day >= from && metOn[m] < 0) metOn[m] = day;
      const met = metOn[m] >= 0;
      const keen = taste * (met ? (effect.clicks ?? 1) * charmOf(effect, day - metOn[m]) : 1);
      const longer = met ? (effect.minutes ?? 1) : 1;
      const leaving = met ? (effect.leaving ?? 1) : 1;
      const at = m * days + day;
      for (let page = 0; page < pages && left[m] === 0; page++) {
        visits[at]++;
        const plays = drawClicks(keen, places, own.next());
        let happy = 0;
        for (let play = 0; play < plays; play++) {
          const drawn = Math.floor(own.next() * pool.length);
          minutes[at] += longer * pool[drawn];
          happy += satisfied[drawn];
        }
        clicks[at] += plays;
        mood = moodAfterPage(mood, plays, happy, patience);
        if (own.next() < leaveProbability(mood, patience) * leaving) left[m] = 1;
      }
    }
  }
  return { days, row, metOn, visits, clicks, minutes, left };
};

/** Sum of a column over the days from `from` up to `to`, for each member. */
export const sumOfDays = (
  column: Uint8Array | Uint16Array | Float32Array,
  days: number,
  from: number,
  to: number,
): Float64Array => {
  const sums = new Float64Array(column.length / days);
  for (let m = 0; m < sums.length; m++) {
    for (let day = from; day < to; day++) sums[m] += column[m * days + day];
  }
  return sums;
};
