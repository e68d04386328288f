/** How often intervals hold the true effect, and whether a planned test finds what it was planned to find. */
import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { cupedEffect } from '../../src/evaluation/ab/adjusted.ts';
import { alwaysValidInterval, mixingVariance } from '../../src/evaluation/ab/always-valid.ts';
import { type Effect, effectInterval, ratioEffect, welchEffect } from '../../src/evaluation/ab/effect.ts';
import { pairMomentsByArm } from '../../src/evaluation/ab/moments.ts';
import { powerOf, smallestEffect, unitsPerArm } from '../../src/evaluation/ab/planning.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import {
  type DrawnTest,
  loggedOutcomes,
  type Outcomes,
  type PotentialOutcomes,
  simulatePotential,
  testDrawer,
} from '../../src/experiments/lab/outcomes.ts';
import { twoSidedQuantile } from '../../src/math/distributions.ts';
import { mean, variance } from '../../src/math/statistics.ts';
import type { MemberDayEffect } from '../../src/simulator/member-days.ts';
import { shareOfTests, wilsonInterval } from './share.ts';

const STAGE = 'A/B tests';

/** More visits, keener clicks while it is new, a little longer watching: an effect in every metric. */
const PLANTED: MemberDayEffect = {
  visits: 1.06,
  clicks: 1.02,
  minutes: 1.02,
  leaving: 0.9,
  novelty: { extra: 0.1, halfLifeDays: 5 },
};

const ratioOf = ({ minutes, pages }: Outcomes): number => mean(minutes) / mean(pages);

export const measureIntervals = (lab: Lab, progress: Progress): StageRow[] => {
  const { model, rng, small } = lab;
  const step = progress.step('simulate members under both arms');
  const potential = simulatePotential({
    model,
    rng: rng.fork('members'),
    members: small ? 40_000 : 200_000,
    effect: PLANTED,
  });
  step.end();
  return [...coverage(potential, small ? 1_000 : 4_000, lab), ...power(potential, lab), cupedVariance(lab)];
};

const coverage = (potential: PotentialOutcomes, tests: number, { rng, small }: Lab): StageRow[] => {
  const { control, treatment } = potential;
  const members = small ? 2_000 : 4_000;
  const truth = {
    minutes: mean(treatment.minutes) - mean(control.minutes),
    ratio: ratioOf(treatment) - ratioOf(control),
  };
  const draw = testDrawer(potential, members);
  const own = rng.fork('coverage');
  const uniform = (): number => own.next();
  const mixing = mixingVariance(Math.sqrt((4 * variance(control.minutes)) / members));
  const held = { plain: 0, cuped: 0, ratio: 0, valid: 0 };
  const holds = (effect: Effect, what: number): number => {
    const [low, high] = effectInterval(effect);
    return low <= what && what <= high ? 1 : 0;
  };
  for (let test = 0; test < tests; test++) {
    const { plain, cuped, ratio } = effectsOf(draw(uniform));
    held.plain += holds(plain, truth.minutes);
    held.cuped += holds(cuped, truth.minutes);
    held.ratio += holds(ratio, truth.ratio);
    const [low, high] = alwaysValidInterval(plain, mixing);
    held.valid += low <= truth.minutes && truth.minutes <= high ? 1 : 0;
  }
  const protocol = `${members} members for each test, drawn with replacement from ${control.minutes.length} who met the experiment, simulated day by day under both arms: the mean difference of those is the truth, minutes ${truth.minutes.toFixed(2)} of ${mean(control.minutes).toFixed(1)}`;
  const rows = [
    ['ab.coverage', held.plain, 'minutes watched, Welch'],
    ['ab.cuped.coverage', held.cuped, 'minutes watched, CUPED on the four weeks before'],
    ['ab.ratio.coverage', held.ratio, 'minutes of a page, delta method'],
  ] as const;
  return [
    ...rows.map(([name, count, what]) =>
      shareOfTests({
        stage: STAGE,
        name,
        count,
        tests,
        least: 0.93,
        most: 0.97,
        definition: `share of 95 % intervals that hold the true effect: ${what}`,
        protocol,
      }),
    ),
    shareOfTests({
      stage: STAGE,
      name: 'ab.sequential.coverage',
      count: held.valid,
      tests,
      least: 0.95,
      definition:
        'share of always-valid 95 % intervals of minutes watched that hold the true effect at the planned end; they hold at all earlier looks too, and are wider for it',
      protocol,
    }),
  ];
};

const effectsOf = ({ minutes, pages, before, arm }: DrawnTest) => {
  const [control, treatment] = pairMomentsByArm(minutes, before, arm, 2);
  const [byPage0, byPage1] = pairMomentsByArm(minutes, pages, arm, 2);
  return {
    plain: welchEffect(control.a, treatment.a),
    cuped: cupedEffect(control, treatment),
    ratio: ratioEffect(byPage0, byPage1),
  };
};

/** Planned on a pilot of other members, as one plans on last month's logs; then run as often as one likes. */
const power = (potential: PotentialOutcomes, { model, rng, small }: Lab): StageRow[] => {
  const pilot = simulatePotential({
    model,
    rng: rng.fork('pilot'),
    members: small ? 20_000 : 40_000,
    effect: {},
  }).control.minutes;
  const difference = mean(potential.treatment.minutes) - mean(potential.control.minutes);
  // who watches more also varies more: the treatment's variance grows with the square of the mean
  const growth = 1 + difference / mean(pilot);
  const variances = { control: variance(pilot), treatment: variance(pilot) * growth ** 2 };
  const perArm = unitsPerArm(difference, variances);
  const draw = testDrawer(potential, 2 * perArm);
  const own = rng.fork('power');
  const uniform = (): number => own.next();
  const tests = small ? 1_000 : 4_000;
  let found = 0;
  for (let test = 0; test < tests; test++) if (effectsOf(draw(uniform)).plain.p <= 0.05) found++;
  const achieved = found / tests;
  const [low, high] = wilsonInterval(found, tests);
  return [
    {
      stage: STAGE,
      measurement: heldTo(
        {
          name: 'ab.power-error',
          value: Math.abs(achieved - 0.8),
          unit: 'share',
          n: tests,
          baselines: [{ name: 'power achieved', value: achieved }],
          definition: '|share of tests significant at 5 % - planned power 0.80|, minutes watched, Welch',
          protocol: `${perArm} members an arm, planned by the two-sample formula for the true effect of ${difference.toFixed(2)} minutes (${(100 * (growth - 1)).toFixed(1)} %) with the variance of a pilot of ${pilot.length} other members, that of the treatment taken as larger by the square of the growth; power achieved ${achieved.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]; the formula's own power of that plan ${powerOf(difference, variances, perArm).toFixed(3)}, its smallest effect ${smallestEffect(perArm, variances).toFixed(2)}`,
        },
        0.03,
      ),
    },
  ];
};

/** On the page-by-page history, where no coarse model has a say. */
const cupedVariance = ({ world, logs, rng }: Lab): StageRow => {
  const { minutes, before } = loggedOutcomes(world, logs);
  const own = rng.fork('cuped');
  const arm = Uint8Array.from(minutes, () => (own.next() < 0.5 ? 0 : 1));
  const [control, treatment] = pairMomentsByArm(minutes, before, arm, 2);
  const left =
    (cupedEffect(control, treatment).standardError / welchEffect(control.a, treatment.a).standardError) ** 2;
  // Fisher's z of the correlation r with 1 - r^2 = left
  const z = Math.atanh(Math.sqrt(Math.max(0, 1 - left)));
  const reach = twoSidedQuantile(0.05) / Math.sqrt(minutes.length - 3);
  return {
    stage: STAGE,
    measurement: heldTo(
      {
        name: 'cuped.variance-ratio',
        value: left,
        unit: 'ratio',
        n: minutes.length,
        ci: [1 - Math.tanh(z + reach) ** 2, 1 - Math.tanh(z - reach) ** 2],
        definition:
          "variance of the effect on minutes watched with CUPED over that without: 1 - correlation^2 with the same members' minutes before",
        protocol:
          'the world simulated page by page, 28 days after 28 days; members who came in the latter; no effect; interval of Fisher’s z',
      },
      0.7,
    ),
  };
};
