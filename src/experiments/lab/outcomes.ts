import { DAY_MS } from '../../domain/clock.ts';
import type { Rng } from '../../domain/rng.ts';
import type { SimulatedLogs } from '../../simulator/history.ts';
import {
  type MemberDayEffect,
  type MemberDayModel,
  type MemberDays,
  simulateMemberDays,
  sumOfDays,
} from '../../simulator/member-days.ts';
import type { World } from '../../simulator/world.ts';
import { PAST_DAYS, TEST_DAYS } from './lab-world.ts';

/** What members did in an experiment, of those who met it. A column each, a row for each member. */
export interface Outcomes {
  /** Minutes watched in the four weeks of the experiment. */
  readonly minutes: Float64Array;
  readonly pages: Float64Array;
  readonly clicks: Float64Array;
  /** 1 for who came in its last week. */
  readonly returned: Float64Array;
  /** Minutes watched in the four weeks before. */
  readonly before: Float64Array;
}

export type OutcomeName = keyof Outcomes;

const DAYS = PAST_DAYS + TEST_DAYS;

/** Outcomes of members whose days are known; `members` are rows of those days. */
const outcomesOf = (
  { minutes, pages, clicks }: Record<'minutes' | 'pages' | 'clicks', Parameters<typeof sumOfDays>[0]>,
  members: Uint32Array,
): Outcomes => {
  const pick = (sums: Float64Array): Float64Array => Float64Array.from(members, (m) => sums[m]);
  return {
    minutes: pick(sumOfDays(minutes, DAYS, PAST_DAYS, DAYS)),
    pages: pick(sumOfDays(pages, DAYS, PAST_DAYS, DAYS)),
    clicks: pick(sumOfDays(clicks, DAYS, PAST_DAYS, DAYS)),
    returned: pick(sumOfDays(pages, DAYS, DAYS - 7, DAYS).map((seen) => (seen > 0 ? 1 : 0))),
    before: pick(sumOfDays(minutes, DAYS, 0, PAST_DAYS)),
  };
};

/** Of the page-by-page history: members who came in its second four weeks. */
export const loggedOutcomes = (
  { config, catalogue }: World,
  { impressions, plays }: SimulatedLogs,
): Outcomes => {
  const cell = (member: number, time: number): number =>
    member * DAYS + Math.floor(time / DAY_MS) - config.startDay;
  const pages = new Uint16Array(config.members * DAYS);
  const clicks = new Uint16Array(pages.length);
  const minutes = new Float32Array(pages.length);
  const places = config.pageRows * config.pageColumns;
  for (let i = 0; i < impressions.time.length; i++) {
    const at = cell(impressions.member[i], impressions.time[i]);
    if (i % places === 0) pages[at]++;
    clicks[at] += impressions.clicked[i];
  }
  for (let i = 0; i < plays.time.length; i++) {
    const shown = plays.impression[i]; // a play belongs to its page's day, though it may begin after midnight
    minutes[cell(plays.member[i], impressions.time[shown])] +=
      plays.watchedFraction[i] * catalogue.titles.runtimeMinutes[plays.title[i]];
  }
  const came = sumOfDays(pages, DAYS, PAST_DAYS, DAYS);
  const members = Uint32Array.from(came.keys()).filter((m) => came[m] > 0);
  return outcomesOf({ minutes, pages, clicks }, members);
};

/** The same members under control and under treatment: what no experiment sees, and every one is scored against. */
export interface PotentialOutcomes {
  readonly control: Outcomes;
  readonly treatment: Outcomes;
  /** Row of each among the world's members: country and device are there. */
  readonly row: Uint32Array;
  /** Share of all members who met the experiment. */
  readonly exposedShare: number;
}

export interface PotentialInput {
  readonly model: MemberDayModel;
  readonly rng: Rng;
  readonly members: number;
  readonly effect: MemberDayEffect;
}

/** Who meets the experiment does so under both arms, for the arms differ from that page on. */
export const simulatePotential = ({ model, rng, members, effect }: PotentialInput): PotentialOutcomes => {
  const run = (effectOf?: () => MemberDayEffect): MemberDays =>
    simulateMemberDays({
      model,
      rng,
      members,
      days: DAYS,
      from: PAST_DAYS,
      ...(effectOf ? { effectOf } : {}),
    });
  const [control, treatment] = [run(), run(() => effect)];
  const met = Uint32Array.from(control.metOn.keys()).filter((m) => control.metOn[m] >= 0);
  const of = ({ minutes, visits, clicks }: MemberDays) => outcomesOf({ minutes, pages: visits, clicks }, met);
  const row = met.map((m) => control.row[m]);
  return { control: of(control), treatment: of(treatment), row, exposedShare: met.length / members };
};

/** One test: members drawn with replacement, each seen under the arm that a coin gave. */
export interface DrawnTest extends Outcomes {
  readonly arm: Uint8Array;
}

/** Draws a test of so many members into columns that are made once; the last draw is overwritten. */
export const testDrawer = (
  { control, treatment }: Pick<PotentialOutcomes, 'control' | 'treatment'>,
  members: number,
) => {
  const names = Object.keys(control) as OutcomeName[];
  const columns = Object.fromEntries(
    names.map((name) => [name, new Float64Array(members)]),
  ) as unknown as Outcomes;
  const test: DrawnTest = { ...columns, arm: new Uint8Array(members) };
  const size = control.minutes.length;
  return (uniform: () => number): DrawnTest => {
    for (let i = 0; i < members; i++) {
      const from = Math.floor(uniform() * size);
      test.arm[i] = uniform() < 0.5 ? 0 : 1;
      const seen = test.arm[i] === 0 ? control : treatment;
      for (const name of names) test[name][i] = seen[name][from];
    }
    return test;
  };
};
