/** Markets over weeks: members' minutes from the world, and above them what moves a market as a whole. */
import type { Rng } from '../../domain/rng.ts';
import type { Panel } from '../../evaluation/causal/panel.ts';
import { normalSource } from '../../math/random.ts';
import type { MemberDays } from '../../simulator/member-days.ts';
import { sumOfDays } from '../../simulator/member-days.ts';

export interface MarketOptions {
  readonly rng: Rng;
  readonly markets: number;
  /** Members of each, drawn with replacement from those simulated. */
  readonly membersEach: number;
  readonly weeks: number;
  /** Markets that get the change, and the first week of it. */
  readonly treated: Uint8Array; // [markets]
  readonly from: number;
  /** What the change multiplies the minutes of a treated market by: the truth, in logs. */
  readonly factor: number;
}

/** Deviations of a week's log minutes: seasons that markets follow to different degrees, and shocks of their own. */
const SEASON = { deviation: 0.08, persistence: 0.8, kinds: 2 };
const SHOCK = { deviation: 0.02, persistence: 0.5 };

/** A first-order autoregression, started where it stays. */
const autoregression = (
  length: number,
  { deviation, persistence }: { deviation: number; persistence: number },
  normal: () => number,
): Float64Array => {
  let value = deviation * normal();
  return Float64Array.from({ length }, () => {
    value = persistence * value + deviation * Math.sqrt(1 - persistence ** 2) * normal();
    return value;
  });
};

/** Minutes of each member by week, [members, weeks]. */
export const weeklyMinutes = ({ minutes, days }: MemberDays): Float32Array => {
  const weeks = Math.floor(days / 7);
  const members = minutes.length / days;
  const out = new Float32Array(members * weeks);
  for (let week = 0; week < weeks; week++) {
    sumOfDays(minutes, days, 7 * week, 7 * week + 7).forEach((sum, m) => {
      out[m * weeks + week] = sum;
    });
  }
  return out;
};

/**
 * Log mean minutes of a member by market and week. Markets share the world's members, and differ in level and in how
 * far they follow two seasons, so that trends are parallel on the whole and not for every pair.
 */
export const drawMarkets = (
  byWeek: Float32Array, // [members, weeks]
  { rng, markets, membersEach, weeks, treated, from, factor }: MarketOptions,
): Panel => {
  const members = byWeek.length / weeks;
  const normal = normalSource(() => rng.next());
  const seasons = Array.from({ length: SEASON.kinds }, () => autoregression(weeks, SEASON, normal));
  const values = new Float64Array(markets * weeks);
  for (let market = 0; market < markets; market++) {
    const sums = new Float64Array(weeks);
    for (let i = 0; i < membersEach; i++) {
      const m = Math.floor(rng.next() * members);
      for (let week = 0; week < weeks; week++) sums[week] += byWeek[m * weeks + week];
    }
    const level = 0.3 * normal();
    const follows = seasons.map(() => rng.next());
    const shocks = autoregression(weeks, SHOCK, normal);
    for (let week = 0; week < weeks; week++) {
      const season = seasons.reduce((sum, course, k) => sum + follows[k] * course[week], 0);
      const changed = treated[market] === 1 && week >= from ? Math.log(factor) : 0;
      values[market * weeks + week] =
        Math.log(sums[week] / membersEach) + level + season + shocks[week] + changed;
    }
  }
  return { units: markets, periods: weeks, values };
};
