import type { Rng } from '../../domain/rng.ts';
import {
  type MemberDayEffect,
  type MemberDayModel,
  type MemberDays,
  simulateMemberDays,
} from '../../simulator/member-days.ts';
import { PAST_DAYS, TEST_DAYS } from './lab-world.ts';

export interface FollowOptions {
  readonly model: MemberDayModel;
  readonly rng: Rng;
  readonly members: number;
  readonly effect: MemberDayEffect;
  /** From the day of the exposure on; members who met it too late to be followed so long are left out. */
  readonly days: number;
}

/** Clicks by day since exposure, without the treatment and with it, of the same members. */
export interface FollowedClicks {
  readonly members: number;
  readonly without: Float32Array; // [members, days]
  readonly treated: Float32Array; // [members, days]
}

export const followSinceMet = ({ model, rng, members, effect, days }: FollowOptions): FollowedClicks => {
  const all = PAST_DAYS + TEST_DAYS + days;
  const run = (effectOf?: () => MemberDayEffect): MemberDays =>
    simulateMemberDays({
      model,
      rng,
      members,
      days: all,
      from: PAST_DAYS,
      ...(effectOf === undefined ? {} : { effectOf }),
    });
  const [control, treatment] = [run(), run(() => effect)];
  const last = PAST_DAYS + TEST_DAYS;
  const met = Array.from(control.metOn.keys()).filter(
    (m) => control.metOn[m] >= 0 && control.metOn[m] <= last,
  );
  const follow = ({ clicks }: MemberDays): Float32Array => {
    const values = new Float32Array(met.length * days);
    met.forEach((m, unit) => {
      const first = m * all + control.metOn[m];
      values.set(clicks.subarray(first, first + days), unit * days);
    });
    return values;
  };
  return { members: met.length, without: follow(control), treated: follow(treatment) };
};
