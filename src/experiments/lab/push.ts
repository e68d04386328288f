/** A push notification that keeps some members, annoys others, and is lost on most: whom should it be sent to? */
import type { Rng } from '../../domain/rng.ts';
import {
  type MemberDayEffect,
  type MemberDayModel,
  type MemberDays,
  simulateMemberDays,
  sumOfDays,
} from '../../simulator/member-days.ts';
import { WORLD_VOCABULARY } from '../../simulator/vocabulary.ts';
import { PAST_DAYS, TEST_DAYS } from './lab-world.ts';

const DAYS = PAST_DAYS + TEST_DAYS;
const MOBILE = WORLD_VOCABULARY.devices.indexOf('mobile');
const TV = WORLD_VOCABULARY.devices.indexOf('tv');

/**
 * The truth: on a phone the message is seen, and brings back those who come now and then; those who come daily would
 * have come anyway and are annoyed; those who hardly come are not won by a message.
 */
export const pushEffect = (model: MemberDayModel, row: number): MemberDayEffect => {
  const seen = model.device[row] === MOBILE ? 1 : model.device[row] === TV ? 0.15 : 0.4;
  const pagesAWeek = 7 * model.activity[row];
  const persuadable = Math.exp(-0.5 * (Math.log(pagesAWeek / 0.9) / 0.5) ** 2);
  const annoyed = pagesAWeek > 2 ? 0.25 : 0;
  return { atOnce: true, visits: 1 + seen * (1.2 * persuadable - annoyed) };
};

/** Each member with what is known before the message, and whether they came in the last week, with it and without. */
export interface PushOutcomes {
  readonly features: readonly Float64Array[]; // [members][features], standardised
  readonly withPush: Float64Array; // [members], 1 for who came
  readonly without: Float64Array; // [members]
}

export const simulatePush = (model: MemberDayModel, rng: Rng, members: number): PushOutcomes => {
  const run = (pushed: boolean): MemberDays =>
    simulateMemberDays({
      model,
      rng,
      members,
      days: DAYS,
      from: PAST_DAYS,
      ...(pushed ? { effectOf: (_: number, row: number) => pushEffect(model, row) } : {}),
    });
  const [plain, pushed] = [run(false), run(true)];
  const came = ({ visits }: MemberDays): Float64Array =>
    sumOfDays(visits, DAYS, DAYS - 7, DAYS).map((pages) => (pages > 0 ? 1 : 0));
  return { features: featuresOf(model, plain), withPush: came(pushed), without: came(plain) };
};

/** Pages and minutes before, days since the last page, and the device: what a log holds on the day of the message. */
const featuresOf = (model: MemberDayModel, { visits, minutes, row }: MemberDays): Float64Array[] => {
  const pages = sumOfDays(visits, DAYS, 0, PAST_DAYS);
  const watched = sumOfDays(minutes, DAYS, 0, PAST_DAYS);
  const columns = [
    pages.map(Math.log1p),
    watched.map(Math.log1p),
    pages.map((_, m) => {
      let day = PAST_DAYS - 1;
      while (day >= 0 && visits[m * DAYS + day] === 0) day--;
      return PAST_DAYS - 1 - day;
    }),
    pages.map((_, m) => (model.device[row[m]] === MOBILE ? 1 : 0)),
    pages.map((_, m) => (model.device[row[m]] === TV ? 1 : 0)),
  ].map(standardised);
  return Array.from(pages, (_, m) => Float64Array.from(columns, (column) => column[m]));
};

const standardised = (column: Float64Array): Float64Array => {
  const centre = column.reduce((sum, x) => sum + x, 0) / column.length;
  const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - centre) ** 2, 0) / column.length);
  return column.map((x) => (deviation > 0 ? (x - centre) / deviation : 0));
};
