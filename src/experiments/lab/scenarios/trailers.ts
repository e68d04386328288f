/** Auto-playing trailers: what a first week shows, and what is left of it. */
import { effectsByDay, noveltyEffect } from '../../../evaluation/ab/by-day.ts';
import { effectInterval, welchEffect } from '../../../evaluation/ab/effect.ts';
import { momentsByArm } from '../../../evaluation/ab/moments.ts';
import { followSinceMet } from '../since-met.ts';
import type { Scenario, ScoredEstimate } from './contract.ts';
import { assignMembers } from './run-test.ts';

/** Days since exposure that are looked at. */
const SINCE = 14;
const WEEK = 7;

export const trailers: Scenario = ({ model, rng, small }) => {
  const { without, treated, members } = followSinceMet({
    model,
    rng: rng.fork('scenario:trailers'),
    members: small ? 40_000 : 100_000,
    effect: { clicks: 0.97, novelty: { extra: 0.35, halfLifeDays: 3 } },
    days: SINCE,
  });
  const arm = assignMembers('trailers', members);
  const values = without.map((value, at) => (arm[Math.floor(at / SINCE)] === 0 ? value : treated[at]));
  const truthOver = (from: number, to: number): number => {
    let [gain, level] = [0, 0];
    for (let unit = 0; unit < members; unit++) {
      for (let day = from; day < to; day++) {
        gain += treated[unit * SINCE + day] - without[unit * SINCE + day];
        level += without[unit * SINCE + day];
      }
    }
    return gain / level;
  };
  const daily = effectsByDay({ values, days: SINCE, arm }, 1).map((effect, day): ScoredEstimate => {
    const [low, high] = effectInterval(effect);
    return {
      name: `day ${day}`,
      estimate: effect.estimate / effect.control,
      interval: [low / effect.control, high / effect.control],
      truth: truthOver(day, day + 1),
    };
  });
  const overWeek = (name: string, from: number): ScoredEstimate => {
    const sums = new Float64Array(members);
    for (let unit = 0; unit < members; unit++) {
      for (let day = from; day < from + WEEK; day++) sums[unit] += values[unit * SINCE + day];
    }
    const [c, t] = momentsByArm(sums, arm, 2);
    const effect = welchEffect(c, t);
    const [low, high] = effectInterval(effect);
    return {
      name,
      estimate: effect.estimate / c.mean,
      interval: [low / c.mean, high / c.mean],
      truth: truthOver(from, from + WEEK),
    };
  };
  const weeks = [overWeek('first week', 0), overWeek('second week', WEEK)];
  const fading = noveltyEffect({ values, days: SINCE, arm }, 1, WEEK);
  const fades = fading.p <= 0.05 && fading.estimate < 0;
  return {
    question: 'Auto-playing trailers raise clicks in the first week: do they in the long run?',
    method: [
      `${members} members, each followed for ${SINCE} days from the page on which the trailers were met`,
      `each member's second week less their first, between arms: ${fading.estimate.toFixed(3)} clicks a day, p = ${fading.p.toExponential(1)}`,
    ],
    plots: [
      {
        title: 'effect on clicks by day since exposure, as a share of the control',
        unit: 'share',
        estimates: daily,
      },
      { title: 'by week', unit: 'share', estimates: weeks },
    ],
    decision: weeks[1].interval[0] > 0 && !fades ? 'ship' : fades ? 'do not ship' : 'keep running',
    reasons: [
      fades
        ? 'the effect fades with exposure: what the first week shows is novelty'
        : 'no fading is seen between the first week and the second',
      `second week alone ${(100 * weeks[1].estimate).toFixed(1)} %`,
    ],
    truth: 'clicks rise by 35 % as members meet the trailers, halving every 3 days, on a lasting loss of 3 %',
  };
};
