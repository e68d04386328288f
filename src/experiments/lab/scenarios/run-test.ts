/** One A/B test in the world: planned, assigned, exposed, read, and scored against both futures of the same members. */
import { placementOf } from '../../../evaluation/ab/assignment.ts';
import { effectInterval } from '../../../evaluation/ab/effect.ts';
import { daysNeeded, smallestEffect } from '../../../evaluation/ab/planning.ts';
import { readScorecard, type Scorecard } from '../../../evaluation/ab/scorecard.ts';
import { mean, variance } from '../../../math/statistics.ts';
import type { MemberDayEffect } from '../../../simulator/member-days.ts';
import { type Lab, TEST_DAYS } from '../lab-world.ts';
import { type Outcomes, type PotentialOutcomes, simulatePotential } from '../outcomes.ts';
import type { ScenarioReport, ScoredEstimate } from './contract.ts';

export interface TestPlan {
  /** kebab-case: the salt. */
  readonly name: string;
  readonly effect: MemberDayEffect;
  readonly question: string;
  readonly truth: string;
}

/** Who is in which arm of the experiment, by the hash of its name. */
export const assignMembers = (name: string, members: number): Uint8Array => {
  const place = placementOf(`experiment:${name}`);
  return Uint8Array.from({ length: members }, (_, i) => (place(`m${i}`) < 0.5 ? 0 : 1));
};

const observe = ({ control, treatment }: PotentialOutcomes, arm: Uint8Array): Outcomes => {
  const pick = (name: keyof Outcomes): Float64Array =>
    control[name].map((value, i) => (arm[i] === 0 ? value : treatment[name][i]));
  return {
    minutes: pick('minutes'),
    pages: pick('pages'),
    clicks: pick('clicks'),
    returned: pick('returned'),
    before: control.before,
  };
};

/** Watch time decides, coming back is guarded, the click rate is a proxy. */
export const readTest = (lab: Lab, name: string, seen: Outcomes, arm: Uint8Array): Scorecard =>
  readScorecard({
    arm,
    shares: [0.5, 0.5],
    plannedUnits: arm.length,
    rng: lab.rng.fork(`read:${name}`),
    metrics: [
      {
        name: 'minutes watched',
        role: 'primary',
        better: 'more',
        kind: 'mean',
        values: seen.minutes,
        covariate: seen.before,
      },
      {
        name: 'came in the last week',
        role: 'guardrail',
        better: 'more',
        kind: 'proportion',
        values: seen.returned,
        covariate: seen.before,
        tolerance: 0.02,
      },
      {
        name: 'clicks a page',
        role: 'proxy',
        better: 'more',
        kind: 'ratio',
        values: seen.clicks,
        denominator: seen.pages,
      },
    ],
  });

/** True relative effects of the scorecard's metrics, over the same members. */
const truthsOf = ({ control, treatment }: PotentialOutcomes): number[] => [
  mean(treatment.minutes) / mean(control.minutes) - 1,
  mean(treatment.returned) / mean(control.returned) - 1,
  (mean(treatment.clicks) * mean(control.pages)) / (mean(control.clicks) * mean(treatment.pages)) - 1,
];

/** The scorecard's effects as shares of the control. */
export const relativeEstimates = ({ rows }: Scorecard, truths: readonly number[]): ScoredEstimate[] =>
  rows.map(({ metric, adjusted }, i) => {
    const scale = 1 / adjusted.control;
    const [low, high] = effectInterval(adjusted);
    return {
      name: metric.name,
      estimate: adjusted.estimate * scale,
      interval: [low * scale, high * scale],
      truth: truths[i],
    };
  });

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const runTest = (lab: Lab, { name, effect, question, truth }: TestPlan): ScenarioReport => {
  const { model, rng, small } = lab;
  const members = small ? 40_000 : 100_000;
  const potential = simulatePotential({ model, rng: rng.fork(`scenario:${name}`), members, effect });
  const exposed = potential.control.minutes.length;
  const arm = assignMembers(name, exposed);
  const card = readTest(lab, name, observe(potential, arm), arm);
  const spread = variance(potential.control.minutes);
  const findable = smallestEffect(exposed / 2, { control: spread, treatment: spread });
  const level = mean(potential.control.minutes);
  const [row] = card.rows;
  const perDay = new Float64Array(10 * TEST_DAYS).fill(exposed / TEST_DAYS);
  const days = daysNeeded(
    (exposed / 2) * (row.adjusted.standardError / row.effect.standardError) ** 2,
    2,
    1,
    perDay,
  );
  return {
    question,
    method: [
      `${exposed} of ${members} members met the experiment in ${TEST_DAYS} days, ${card.units.join(' and ')} by arm; split p = ${card.sampleRatio.p.toFixed(2)}`,
      `planned: a change of ${percent(findable / level)} of watch time is found with power 0.8 at 5 %`,
      `CUPED leaves ${percent((row.adjusted.standardError / row.effect.standardError) ** 2)} of the variance: the same certainty after about ${days} days`,
    ],
    plots: [
      {
        title: 'effect, as a share of the control',
        unit: 'share',
        estimates: relativeEstimates(card, truthsOf(potential)),
      },
    ],
    decision: card.verdict.decision,
    reasons: card.verdict.reasons,
    truth,
  };
};
