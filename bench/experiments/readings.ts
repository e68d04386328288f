/** What is read beside the one effect: segments, novelty, interactions, dilution, and ramps that must stop. */
import type { StageRow } from '../../src/domain/measurement.ts';
import { alwaysValidInterval, mixingVariance } from '../../src/evaluation/ab/always-valid.ts';
import { noveltyEffect } from '../../src/evaluation/ab/by-day.ts';
import { type Effect, effectInterval, welchEffect } from '../../src/evaluation/ab/effect.ts';
import { momentsByArm } from '../../src/evaluation/ab/moments.ts';
import { type RampStep, rampOn } from '../../src/evaluation/ab/ramp.ts';
import { sampleRatio } from '../../src/evaluation/ab/sample-ratio.ts';
import { readSegments, readTwoByTwo } from '../../src/evaluation/ab/segments.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { type PotentialOutcomes, simulatePotential, testDrawer } from '../../src/experiments/lab/outcomes.ts';
import { followSinceMet } from '../../src/experiments/lab/since-met.ts';
import { mean, variance } from '../../src/math/statistics.ts';
import { shareOfTests } from './share.ts';

const STAGE = 'readings';

export const measureReadings = (lab: Lab): StageRow[] => {
  const { model, rng, small } = lab;
  const members = small ? 20_000 : 100_000;
  const potentialOf = (name: string, effect: Parameters<typeof simulatePotential>[0]['effect']) =>
    simulatePotential({ model, rng: rng.fork(`readings:${name}`), members, effect });
  const gain = potentialOf('gain', { visits: 1.08 });
  const harm = potentialOf('harm', { minutes: 0.85 });
  return [
    segments(lab, gain),
    novelty(lab),
    interactions(lab, gain),
    dilution(lab, gain),
    ...ramps(lab, harm),
  ];
};

const holds = (effect: Effect, truth: number): boolean => {
  const [low, high] = effectInterval(effect);
  return low <= truth && truth <= high;
};

/** Effects of ten countries, all ten of whose intervals must hold. */
const segments = ({ model, rng, small }: Lab, { control, treatment, row }: PotentialOutcomes): StageRow => {
  const tests = small ? 200 : 1_000;
  const members = 8_000;
  const own = rng.fork('segments');
  const countries = [...new Set(model.country)].sort((a, b) => a - b);
  const difference = treatment.minutes.map((minutes, i) => minutes - control.minutes[i]);
  const truths = countries.map((country) =>
    mean(difference.filter((_, i) => model.country[row[i]] === country)),
  );
  let held = 0;
  for (let test = 0; test < tests; test++) {
    const minutes = new Float64Array(members);
    const arm = new Uint8Array(members);
    const country = new Uint8Array(members);
    for (let i = 0; i < members; i++) {
      const m = Math.floor(own.next() * row.length);
      arm[i] = own.next() < 0.5 ? 0 : 1;
      country[i] = model.country[row[m]];
      minutes[i] = (arm[i] === 0 ? control : treatment).minutes[m];
    }
    const { segments: read } = readSegments(
      countries.map((code) => {
        const [c, t] = momentsByArm(
          minutes,
          arm.map((which, i) => (country[i] === code ? which : 255)),
          2,
        );
        return { name: String(code), effect: welchEffect(c, t) };
      }),
    );
    if (read.every(({ interval: [low, high] }, k) => low <= truths[k] && truths[k] <= high)) held++;
  }
  return shareOfTests({
    stage: STAGE,
    name: 'segments.coverage',
    count: held,
    tests,
    least: 0.92,
    definition: `share of tests in which the intervals of all ${countries.length} countries hold the true effects, at 95 % together`,
    protocol: `${members} members drawn from the world's member-days, minutes watched, visits times 1.08`,
  });
};

const novelty = ({ model, rng, small }: Lab): StageRow => {
  const days = 14;
  const { members, without, treated } = followSinceMet({
    model,
    rng: rng.fork('novelty'),
    members: small ? 15_000 : 60_000,
    effect: { novelty: { extra: 0.3, halfLifeDays: 3 } },
    days,
  });
  const size = 3_000;
  const window = 7;
  const changeOf = (values: Float32Array): number => {
    let sum = 0;
    for (let at = 0; at < values.length; at++) sum += at % days < window ? -values[at] : values[at];
    return sum / (window * members);
  };
  const truth = changeOf(treated) - changeOf(without);
  const own = rng.fork('novelty-draws');
  const tests = small ? 500 : 1_000;
  let held = 0;
  for (let test = 0; test < tests; test++) {
    const arm = new Uint8Array(size);
    const values = new Float32Array(size * days);
    for (let i = 0; i < size; i++) {
      const m = Math.floor(own.next() * members);
      arm[i] = own.next() < 0.5 ? 0 : 1;
      values.set((arm[i] === 0 ? without : treated).subarray(m * days, (m + 1) * days), i * days);
    }
    if (holds(noveltyEffect({ values, days, arm }, 1, window), truth)) held++;
  }
  return shareOfTests({
    stage: STAGE,
    name: 'novelty.coverage',
    count: held,
    tests,
    least: 0.92,
    most: 0.98,
    definition:
      "share of 95 % intervals of how much the effect on clicks changes from a member's first week to their second that hold the truth",
    protocol: `${size} members drawn from ${members} followed for ${days} days since exposure; clicks 30 % up at first, halving every 3 days; true change ${truth.toFixed(4)} clicks a day`,
  });
};

/** Two experiments on the same members, whose treatments lose together what each gains. */
const interactions = ({ rng, small }: Lab, { control }: PotentialOutcomes): StageRow => {
  const factors = [1, 1.06, 1.08, 1.06 * 1.08 * 0.92]; // none, second, first, both
  const truth = mean(control.minutes) * (factors[3] - factors[2] - factors[1] + factors[0]);
  const members = 4_000;
  const own = rng.fork('interactions');
  const tests = small ? 1_000 : 2_000;
  let held = 0;
  for (let test = 0; test < tests; test++) {
    const cell = new Uint8Array(members);
    const minutes = Float64Array.from({ length: members }, (_, i) => {
      cell[i] = Math.floor(own.next() * 4);
      return factors[cell[i]] * control.minutes[Math.floor(own.next() * control.minutes.length)];
    });
    const [controlControl, controlTreatment, treatmentControl, treatmentTreatment] = momentsByArm(
      minutes,
      cell,
      4,
    );
    const read = readTwoByTwo({ controlControl, controlTreatment, treatmentControl, treatmentTreatment });
    if (holds(read.interaction, truth)) held++;
  }
  return shareOfTests({
    stage: STAGE,
    name: 'interaction.coverage',
    count: held,
    tests,
    least: 0.93,
    most: 0.97,
    definition:
      'share of 95 % intervals of the interaction of two experiments on minutes watched that hold the truth',
    protocol: `${members} members in the four cells of two crossed experiments; minutes up 6 % and 8 % alone, 8 % lost where both meet`,
  });
};

/** An arm that one member in five meets: read by those, and by all who were assigned to it. */
const dilution = ({ rng, small }: Lab, potential: PotentialOutcomes): StageRow => {
  const assigned = 20_000;
  const meetShare = 0.2;
  const own = rng.fork('dilution');
  const uniform = (): number => own.next();
  const exposedDraw = testDrawer(potential, Math.round(meetShare * assigned));
  const others = { control: potential.control, treatment: potential.control };
  const otherDraw = testDrawer(others, assigned - Math.round(meetShare * assigned));
  const tests = small ? 200 : 1_000;
  const isFound = (minutes: Float64Array, arm: Uint8Array): number => {
    const [c, t] = momentsByArm(minutes, arm, 2);
    return welchEffect(c, t).p <= 0.05 ? 1 : 0;
  };
  let [byExposed, byAssigned] = [0, 0];
  for (let test = 0; test < tests; test++) {
    const [met, rest] = [exposedDraw(uniform), otherDraw(uniform)];
    byExposed += isFound(met.minutes, met.arm);
    byAssigned += isFound(
      Float64Array.from([...met.minutes, ...rest.minutes]),
      Uint8Array.from([...met.arm, ...rest.arm]),
    );
  }
  return shareOfTests({
    stage: STAGE,
    name: 'exposure.power',
    count: byExposed,
    tests,
    baselines: [{ name: 'all assigned', value: byAssigned / tests }],
    definition:
      'share of tests significant at 5 % that are read by the members who met the arm, beside the same tests read by all who were assigned',
    protocol: `${assigned} members assigned, of whom ${100 * meetShare} % meet the arm, where visits are 8 % up; minutes watched, Welch`,
  });
};

const PLAN: readonly RampStep[] = [
  { running: 0.02, leastPerArm: 500 },
  { running: 0.1, leastPerArm: 2_000 },
  { running: 0.5, leastPerArm: 6_000 },
];
/** Members who come between two looks at the guardrail. */
const BETWEEN_LOOKS = 250;

const ramps = ({ rng, small }: Lab, harm: PotentialOutcomes): StageRow[] => {
  const own = rng.fork('ramps');
  const uniform = (): number => own.next();
  const members = 2 * PLAN[PLAN.length - 1].leastPerArm + 1_000;
  const mixing = mixingVariance(Math.sqrt((4 * variance(harm.control.minutes)) / members));
  const tests = small ? 200 : 1_000;
  /** How many of so many ramps stop, and how many members had met them by then. */
  const run = (potential: Pick<PotentialOutcomes, 'control' | 'treatment'>) => {
    const draw = testDrawer(potential, members);
    let [stopped, met] = [0, 0];
    for (let test = 0; test < tests; test++) {
      const { arm, minutes } = draw(uniform);
      let step = 0;
      for (let come = BETWEEN_LOOKS; come <= members; come += BETWEEN_LOOKS) {
        const [c, t] = momentsByArm(minutes.subarray(0, come), arm.subarray(0, come), 2);
        const { action, step: next } = rampOn(PLAN, step, {
          perArm: Math.min(c.n, t.n),
          sampleRatio: sampleRatio([c.n, t.n], [0.5, 0.5]),
          guardrails: [
            {
              metric: 'minutes watched',
              better: 'more',
              control: c.mean,
              interval: alwaysValidInterval(welchEffect(c, t), mixing),
              tolerance: 0,
            },
          ],
        });
        if (action === 'stop') {
          stopped++;
          met += come;
        }
        if (action === 'stop' || action === 'complete') break;
        step = next;
      }
    }
    return { stopped, met: met / Math.max(1, stopped) };
  };
  const bad = run(harm);
  const sound = run({ control: harm.control, treatment: harm.control });
  const protocol = `guardrail of minutes watched, read by its always-valid interval after every ${BETWEEN_LOOKS} members of up to ${members}; three steps of 500, 2,000 and 6,000 members an arm`;
  return [
    shareOfTests({
      stage: STAGE,
      name: 'ramp.stopped',
      count: bad.stopped,
      tests,
      least: 0.9,
      definition: 'share of ramps that stop by themselves where the treatment takes 15 % of the minutes',
      protocol: `${protocol}; ${bad.met.toFixed(0)} members had met it by then, in the mean`,
    }),
    shareOfTests({
      stage: STAGE,
      name: 'ramp.false-stops',
      count: sound.stopped,
      tests,
      most: 0.05,
      definition: 'share of ramps that stop where the treatment does nothing',
      protocol,
    }),
  ];
};
