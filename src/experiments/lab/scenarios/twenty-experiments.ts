/** Twenty experiments on the same members at once, each in a layer of its own. */

import { type Effect, effectInterval, welchEffect } from '../../../evaluation/ab/effect.ts';
import { createAssignments, type Experiment } from '../../../evaluation/ab/layers.ts';
import { momentsByArm } from '../../../evaluation/ab/moments.ts';
import { readTwoByTwo } from '../../../evaluation/ab/segments.ts';
import { benjaminiHochberg, levelOfEach } from '../../../evaluation/ab/several.ts';
import { simulateMemberDays, sumOfDays } from '../../../simulator/member-days.ts';
import { PAST_DAYS, TEST_DAYS } from '../lab-world.ts';
import type { Scenario } from './contract.ts';

const COUNT = 20;
/** What three of them do to the minutes of a play; the others do nothing. */
const PLANTED = new Map([
  [3, 1.05],
  [8, 1.05],
  [14, 0.95],
]);
/** Two of them, each good alone, that undo each other. */
const CLASH: readonly [number, number] = [3, 8];
const CLASHING = 0.9;

export const twentyExperiments: Scenario = ({ model, rng, small }) => {
  const members = small ? 60_000 : 150_000;
  const experiments = Array.from({ length: COUNT }, (_, k): Experiment => {
    const name = `experiment-${k + 1}`;
    const arms = [
      { name: 'control', share: 0.5 },
      { name: 'treatment', share: 0.5 },
    ];
    return { name, layer: `layer-${k + 1}`, reserved: 1, running: 1, arms };
  });
  const { armOf } = createAssignments(experiments);
  const arms = experiments.map(({ name }) =>
    Uint8Array.from({ length: members }, (_, m) => armOf(name, `m${m}`) ?? 255),
  );
  const factorOf = (m: number): number => {
    let factor = arms[CLASH[0]][m] === 1 && arms[CLASH[1]][m] === 1 ? CLASHING : 1;
    for (const [k, planted] of PLANTED) if (arms[k][m] === 1) factor *= planted;
    return factor;
  };
  const days = PAST_DAYS + TEST_DAYS;
  const simulated = simulateMemberDays({
    model,
    rng: rng.fork('scenario:twenty'),
    members,
    days,
    from: PAST_DAYS,
    effectOf: (m) => ({ minutes: factorOf(m) }),
  });
  const after = sumOfDays(simulated.minutes, days, PAST_DAYS, days);
  const before = sumOfDays(simulated.minutes, days, 0, PAST_DAYS);
  const minutes = residualsOf(after, before);
  const level = after.reduce((sum, x) => sum + x, 0) / members;
  const effects = arms.map((arm) => {
    const [control, treatment] = momentsByArm(minutes, arm, 2);
    return welchEffect(control, treatment);
  });
  const p = effects.map((effect) => effect.p);
  const adjusted = benjaminiHochberg(p);
  const called = Array.from(adjusted.keys()).filter((k) => adjusted[k] <= 0.05);
  const bare = p.filter((value) => value <= 0.05).length;
  const crossed = momentsByArm(
    minutes,
    arms[CLASH[0]].map((arm, m) => 2 * arm + arms[CLASH[1]][m]),
    4,
  );
  const { interaction } = readTwoByTwo({
    controlControl: crossed[0],
    controlTreatment: crossed[1],
    treatmentControl: crossed[2],
    treatmentTreatment: crossed[3],
  });
  const scored = (name: string, effect: Effect, truth: number) => {
    const [low, high] = effectInterval(effect, levelOfEach(0.95, COUNT + 1));
    return {
      name,
      estimate: effect.estimate / level,
      interval: [low / level, high / level] as const,
      truth,
    };
  };
  return {
    question:
      'Twenty experiments run on the same members at once: which did something, and do two of them clash?',
    method: [
      `${members} members in twenty layers, hashed apart: each arm of one holds half of each arm of another`,
      `minutes watched, less what minutes before explain; ${bare} of ${COUNT} have p <= 0.05, ${called.length} after Benjamini and Hochberg`,
      `intervals hold all together at 95 %; the 2 x 2 of experiments ${CLASH[0] + 1} and ${CLASH[1] + 1}: p = ${interaction.p.toExponential(1)}`,
    ],
    plots: [
      {
        title: 'effect on minutes, as a share of their mean',
        unit: 'share',
        estimates: [
          ...effects.map((effect, k) => scored(`experiment ${k + 1}`, effect, marginalTruth(k))),
          scored('interaction', interaction, interactionTruth()),
        ],
      },
    ],
    decision: called.length === 0 ? 'ship none' : `act on ${called.map((k) => k + 1).join(', ')}`,
    reasons: [
      `significant after adjustment: ${called.map((k) => `${k + 1} (${effects[k].estimate > 0 ? 'better' : 'worse'})`).join(', ') || 'none'}`,
      interaction.p <= 0.05
        ? `experiments ${CLASH[0] + 1} and ${CLASH[1] + 1} must not ship together: each one's effect depends on the other`
        : `no interaction is seen between ${CLASH[0] + 1} and ${CLASH[1] + 1}`,
    ],
    truth:
      'experiments 4 and 9 lengthen plays by 5 % each and lose 10 % together, 15 shortens them by 5 %, the others do nothing',
  };
};

/** The metric less its slope on the covariate: both arms of every experiment share it. */
const residualsOf = (values: Float64Array, covariate: Float64Array): Float64Array => {
  const n = values.length;
  const centre = covariate.reduce((sum, x) => sum + x, 0) / n;
  let [products, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    products += (covariate[i] - centre) * values[i];
    squares += (covariate[i] - centre) ** 2;
  }
  return values.map((value, i) => value - (products / squares) * (covariate[i] - centre));
};

/** Mean factor of the four cells of the clashing pair. */
const cells = (): number[] => {
  const [first, second] = CLASH.map((k) => PLANTED.get(k) ?? 1);
  return [1, second, first, first * second * CLASHING];
};

/** The other experiments halve their treatments evenly, so shares are of the mean over all arms. */
const marginalTruth = (k: number): number => {
  const [none, second, first, both] = cells();
  const meanOfCells = (none + second + first + both) / 4;
  if (k === CLASH[0]) return (first + both - none - second) / 2 / meanOfCells;
  if (k === CLASH[1]) return (second + both - none - first) / 2 / meanOfCells;
  const factor = PLANTED.get(k) ?? 1;
  return (factor - 1) / ((factor + 1) / 2);
};

const interactionTruth = (): number => {
  const [none, second, first, both] = cells();
  return (both - second - (first - none)) / ((none + second + first + both) / 4);
};
