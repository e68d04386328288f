/** How often each test cries effect where there is none: the page-by-page world, split by salt after salt. */
import type { StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { cupedEffect, stratifiedEffect } from '../../src/evaluation/ab/adjusted.ts';
import { alwaysValidP, mixingVariance } from '../../src/evaluation/ab/always-valid.ts';
import { placementOf } from '../../src/evaluation/ab/assignment.ts';
import { bootstrapEffectInterval, bucketSums } from '../../src/evaluation/ab/bootstrap-effect.ts';
import { type Effect, proportionEffect, ratioEffect, welchEffect } from '../../src/evaluation/ab/effect.ts';
import { momentsByArm, pairMomentsByArm } from '../../src/evaluation/ab/moments.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { loggedOutcomes, type Outcomes } from '../../src/experiments/lab/outcomes.ts';
import { twoSidedQuantile } from '../../src/math/distributions.ts';
import { quantile, variance } from '../../src/math/statistics.ts';
import { shareOfTests } from './share.ts';

const STAGE = 'A/A tests';
const ALPHA = 0.05;
/** Units of each arm before a sequential test is first looked at. */
const FIRST_LOOK = 100;

interface Sizes {
  readonly tests: number;
  /** The bootstrap costs a thousand times as much. */
  readonly bootstraps: number;
  readonly resamples: number;
  readonly buckets: number;
  readonly paths: number;
}

const FULL: Sizes = { tests: 10_000, bootstraps: 4_000, resamples: 399, buckets: 200, paths: 4_000 };
const SMALL: Sizes = { tests: 4_000, bootstraps: 2_000, resamples: 199, buckets: 150, paths: 2_000 };

export const measureFalsePositives = ({ world, logs, rng, small }: Lab, progress: Progress): StageRow[] => {
  const sizes = small ? SMALL : FULL;
  const outcomes = loggedOutcomes(world, logs);
  const members = outcomes.minutes.length;
  const ids = Array.from({ length: members }, (_, i) => `m${i}`);
  const strata = strataOf(outcomes.before);
  const found = { welch: 0, proportion: 0, ratio: 0, cuped: 0, stratified: 0, bootstrap: 0 };
  const own = rng.fork('aa-bootstrap');
  const uniform = (): number => own.next();
  const arm = new Uint8Array(members);
  const step = progress.step('A/A tests', sizes.tests);
  for (let test = 0; test < sizes.tests; test++) {
    const place = placementOf(`aa:${world.config.seed}:${test}`);
    for (let i = 0; i < members; i++) arm[i] = place(ids[i]) < 0.5 ? 0 : 1;
    const effects = effectsOf(outcomes, strata, arm);
    for (const [name, { p }] of Object.entries(effects)) if (p <= ALPHA) found[name as keyof typeof found]++;
    if (test < sizes.bootstraps) {
      const [control, treatment] = [0, 1].map((which) =>
        bucketSums({ numerator: outcomes.minutes, arm }, which, sizes.buckets),
      );
      const [low, high] = bootstrapEffectInterval(control, treatment, {
        uniform,
        resamples: sizes.resamples,
      });
      if (low > 0 || high < 0) found.bootstrap++;
    }
    if (test % 200 === 0) step.advance(test);
  }
  step.end();
  const split = `${members} members of a world simulated page by page over 28 days, split in two by a fresh salt for each test; 28 days before for covariates`;
  const what: Record<keyof typeof found, string> = {
    welch: 'minutes watched, Welch',
    proportion: 'came in the last week, pooled test of two proportions',
    ratio: 'minutes of a page, sum over sum, delta method',
    cuped: 'minutes watched less what minutes before explain (CUPED), Welch',
    stratified: 'minutes watched within four strata of minutes before',
    bootstrap: `minutes watched, percentile bootstrap of ${sizes.buckets} buckets an arm, ${sizes.resamples} resamples`,
  };
  return [
    ...(Object.keys(found) as (keyof typeof found)[]).map((name) =>
      shareOfTests({
        stage: STAGE,
        name: `aa.${name}.rate`,
        count: found[name],
        tests: name === 'bootstrap' ? sizes.bootstraps : sizes.tests,
        least: 0.04,
        most: 0.06,
        definition: `share of tests without an effect that are significant at 5 %: ${what[name]}`,
        protocol: split,
      }),
    ),
    ...measurePeeking(outcomes.minutes, sizes.paths, () => own.next()),
  ];
};

const effectsOf = (
  { minutes, pages, before, returned }: Outcomes,
  strata: Uint8Array,
  arm: Uint8Array,
): Record<'welch' | 'proportion' | 'ratio' | 'cuped' | 'stratified', Effect> => {
  const [control, treatment] = pairMomentsByArm(minutes, before, arm, 2);
  const [pagesControl, pagesTreatment] = pairMomentsByArm(minutes, pages, arm, 2);
  const [stayed0, stayed1] = momentsByArm(returned, arm, 2);
  const cells = momentsByArm(
    minutes,
    arm.map((which, i) => 2 * strata[i] + which),
    8,
  );
  return {
    welch: welchEffect(control.a, treatment.a),
    proportion: proportionEffect(stayed0, stayed1),
    ratio: ratioEffect(pagesControl, pagesTreatment),
    cuped: cupedEffect(control, treatment),
    stratified: stratifiedEffect(
      [0, 1, 2, 3].map((k) => ({ name: `quarter ${k}`, control: cells[2 * k], treatment: cells[2 * k + 1] })),
    ),
  };
};

/** Quarters of the members by what they watched before. */
const strataOf = (before: Float64Array): Uint8Array => {
  const cuts = [0.25, 0.5, 0.75].map((p) => quantile(before, p));
  return Uint8Array.from(before, (x) => cuts.filter((cut) => x > cut).length);
};

/** Looks after every member, as they come in random order and are put into an arm by a coin. */
const measurePeeking = (minutes: Float64Array, paths: number, uniform: () => number): StageRow[] => {
  const members = minutes.length;
  const mixing = mixingVariance(Math.sqrt((4 * variance(minutes)) / members));
  const bar = twoSidedQuantile(ALPHA);
  let [valid, naive, atEnd] = [0, 0, 0];
  for (let path = 0; path < paths; path++) {
    const n = [0, 0];
    const means = [0, 0];
    const squares = [0, 0];
    let [isValid, isNaive, isNow] = [false, false, false];
    for (let i = 0; i < members; i++) {
      const which = uniform() < 0.5 ? 0 : 1;
      const x = minutes[Math.floor(uniform() * members)];
      const off = x - means[which];
      n[which]++;
      means[which] += off / n[which];
      squares[which] += off * (x - means[which]); // Welford, 1962
      if (n[0] < FIRST_LOOK || n[1] < FIRST_LOOK) continue;
      const estimate = means[1] - means[0];
      const standardError = Math.sqrt(squares[0] / ((n[0] - 1) * n[0]) + squares[1] / ((n[1] - 1) * n[1]));
      isNow = Math.abs(estimate) > bar * standardError;
      isNaive ||= isNow;
      isValid ||= alwaysValidP({ estimate, standardError }, mixing) <= ALPHA;
    }
    if (isValid) valid++;
    if (isNaive) naive++;
    if (isNow) atEnd++;
  }
  const protocol = `${members} members drawn from the world's, who come one by one and get an arm by a coin; looked at after each from the ${FIRST_LOOK}th of each arm on`;
  return [
    shareOfTests({
      stage: STAGE,
      name: 'aa.sequential.rate',
      count: valid,
      tests: paths,
      most: ALPHA,
      baselines: [
        { name: 'the same looks, fixed-horizon test', value: naive / paths },
        { name: 'one look at the end', value: atEnd / paths },
      ],
      definition:
        'share of tests without an effect in which the always-valid p value (mixture SPRT) of minutes watched is ever 5 % or less',
      protocol,
    }),
    shareOfTests({
      stage: STAGE,
      name: 'aa.peeking.rate',
      count: naive,
      tests: paths,
      definition:
        'share of tests without an effect in which a fixed-horizon test of minutes watched is significant at 5 % at any look: what peeking does',
      protocol,
    }),
  ];
};
