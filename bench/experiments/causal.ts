/** Where nothing can be randomised: how often intervals hold what was planted. */
import type { StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { effectInterval, welchEffect } from '../../src/evaluation/ab/effect.ts';
import { momentsByArm } from '../../src/evaluation/ab/moments.ts';
import type { Interval } from '../../src/evaluation/bootstrap.ts';
import { differenceInDifferences } from '../../src/evaluation/causal/difference-in-differences.ts';
import { discontinuity } from '../../src/evaluation/causal/discontinuity.ts';
import { propensities, weightedEffect } from '../../src/evaluation/causal/propensity.ts';
import { syntheticControl } from '../../src/evaluation/causal/synthetic-control.ts';
import type { Lab } from '../../src/experiments/lab/lab-world.ts';
import { drawMarkets, weeklyMinutes } from '../../src/experiments/lab/market-panels.ts';
import { type Outcomes, simulatePotential } from '../../src/experiments/lab/outcomes.ts';
import { mean, quantile, sigmoid } from '../../src/math/statistics.ts';
import { simulateMemberDays } from '../../src/simulator/member-days.ts';
import { shareOfTests } from './share.ts';

const STAGE = 'no randomisation';
const MARKETS = 40;
const WEEKS = 20;
const FROM = 14;
const FACTOR = 0.94;

const holds = ([low, high]: Interval, truth: number): boolean => low <= truth && truth <= high;

export const measureCausal = (lab: Lab, progress: Progress): StageRow[] => {
  const step = progress.step('changes that nobody randomised', 4);
  const byWeek = marketWeeks(lab);
  const measures = [
    () => differences(lab, byWeek),
    () => syntheticControls(lab, byWeek),
    () => discontinuities(lab),
    () => choices(lab),
  ];
  const rows = measures.map((measure, done) => {
    step.advance(done);
    return measure();
  });
  step.end();
  return rows;
};

const marketWeeks = ({ model, rng, small }: Lab): Float32Array => {
  const members = small ? 5_000 : 20_000;
  return weeklyMinutes(
    simulateMemberDays({ model, rng: rng.fork('markets'), members, days: 7 * WEEKS, from: 0 }),
  );
};

/** A panel in which the first markets get the change. */
const panelOf = (byWeek: Float32Array, rng: Rng, changed: number) => {
  const treated = Uint8Array.from({ length: MARKETS }, (_, market) => (market < changed ? 1 : 0));
  const panel = drawMarkets(byWeek, {
    rng,
    markets: MARKETS,
    membersEach: 300,
    weeks: WEEKS,
    treated,
    from: FROM,
    factor: FACTOR,
  });
  return { panel, treated };
};

const panelWords = `${MARKETS} markets of 300 members over ${WEEKS} weeks, log mean minutes; members' weeks are the world's, markets add levels, two seasons that each follows to its own degree, and shocks that persist; minutes times ${FACTOR} from week ${FROM} on where the change came`;

const differences = (lab: Lab, byWeek: Float32Array): StageRow => {
  const tests = lab.small ? 300 : 1_000;
  let [held, alarms] = [0, 0];
  for (let test = 0; test < tests; test++) {
    const { panel, treated } = panelOf(byWeek, lab.rng.fork(`did:${test}`), 12);
    const { effect, preTrend } = differenceInDifferences(panel, treated, FROM);
    if (holds(effectInterval(effect), Math.log(FACTOR))) held++;
    if (preTrend.p <= 0.05) alarms++;
  }
  return shareOfTests({
    stage: STAGE,
    name: 'did.coverage',
    count: held,
    tests,
    least: 0.9,
    most: 0.99,
    definition:
      'share of 95 % intervals of the difference in differences that hold the true effect, log(factor); a market is one observation',
    protocol: `${panelWords}, in 12 of them; the pre-trend check objects in ${((100 * alarms) / tests).toFixed(1)} %, where trends are parallel`,
  });
};

const syntheticControls = (lab: Lab, byWeek: Float32Array): StageRow => {
  const tests = lab.small ? 100 : 500;
  let held = 0;
  const errors: number[] = [];
  for (let test = 0; test < tests; test++) {
    const { panel } = panelOf(byWeek, lab.rng.fork(`synthetic:${test}`), 1);
    const { estimate, interval } = syntheticControl(panel, 0, FROM);
    if (holds(interval, Math.log(FACTOR))) held++;
    errors.push(Math.abs(estimate - Math.log(FACTOR)));
  }
  return shareOfTests({
    stage: STAGE,
    name: 'synthetic-control.coverage',
    count: held,
    tests,
    least: 0.9,
    most: 0.99,
    definition:
      'share of 95 % placebo intervals of a synthetic control that hold the true effect, log(factor)',
    protocol: `${panelWords}, in one of them; mean absolute error ${mean(errors).toFixed(3)}`,
  });
};

/** Those who watched as much as a cutoff before get something that adds minutes: the jump there is known. */
const discontinuities = ({ model, rng, small }: Lab): StageRow => {
  const ADDED = 60;
  const pool: Outcomes = simulatePotential({
    model,
    rng: rng.fork('discontinuity'),
    members: small ? 20_000 : 100_000,
    effect: {},
  }).control;
  const size = pool.minutes.length;
  const cutoff = quantile(pool.before, 0.6);
  const members = 8_000;
  const tests = small ? 200 : 1_000;
  const own = rng.fork('discontinuity-draws');
  const [before, minutes] = [new Float64Array(members), new Float64Array(members)];
  let held = 0;
  const bandwidths: number[] = [];
  for (let test = 0; test < tests; test++) {
    for (let i = 0; i < members; i++) {
      const m = Math.floor(own.next() * size);
      before[i] = pool.before[m];
      minutes[i] = pool.minutes[m] + (before[i] >= cutoff ? ADDED : 0);
    }
    const { interval, bandwidth } = discontinuity(before, minutes, cutoff);
    if (holds(interval, ADDED)) held++;
    bandwidths.push(bandwidth);
  }
  return shareOfTests({
    stage: STAGE,
    name: 'rdd.coverage',
    count: held,
    tests,
    least: 0.9,
    most: 0.99,
    definition:
      'share of 95 % robust intervals of the jump at the cutoff (local parabolas at the bandwidth that is best for lines) that hold the truth',
    protocol: `${members} members drawn from ${size} of the world's member-days; who watched ${cutoff.toFixed(0)} minutes or more in four weeks gets ${ADDED} minutes more in the next four; bandwidth by rule, median ${quantile(bandwidths, 0.5).toFixed(0)} minutes`,
  });
};

/** Members choose the treatment, the more so the more they watched before: a plain comparison is deceived. */
const choices = ({ model, rng, small }: Lab): StageRow => {
  const { control, treatment } = simulatePotential({
    model,
    rng: rng.fork('choices'),
    members: small ? 20_000 : 100_000,
    effect: { visits: 1.08 },
  });
  const truth = mean(treatment.minutes) - mean(control.minutes);
  const members = 2_000;
  const tests = small ? 100 : 500;
  const own = rng.fork('choices-draws');
  let [held, naive] = [0, 0];
  let smallest = members;
  for (let test = 0; test < tests; test++) {
    const treated = new Uint8Array(members);
    const outcome = new Float64Array(members);
    const features = Array.from({ length: members }, (_, i) => {
      const m = Math.floor(own.next() * control.minutes.length);
      const before = Math.log1p(control.before[m] / 100);
      treated[i] = own.next() < sigmoid(before - 1.8) ? 1 : 0;
      outcome[i] = (treated[i] === 1 ? treatment : control).minutes[m];
      return Float64Array.of(before);
    });
    const { effect, overlap } = weightedEffect(outcome, treated, propensities(features, treated));
    if (holds(effectInterval(effect), truth)) held++;
    const [chose, others] = momentsByArm(outcome, treated, 2).reverse();
    if (holds(effectInterval(welchEffect(others, chose)), truth)) naive++;
    smallest = Math.min(smallest, ...overlap.effectiveSampleSize);
  }
  return shareOfTests({
    stage: STAGE,
    name: 'ipw.coverage',
    count: held,
    tests,
    least: 0.9,
    most: 0.99,
    baselines: [{ name: 'plain comparison', value: naive / tests }],
    definition:
      'share of 95 % intervals of the effect, weighted by inverse propensities that were fitted on what was watched before, that hold the truth',
    protocol: `${members} members drawn from the world's member-days, who chose a treatment worth ${truth.toFixed(1)} minutes the more often the more they had watched before; effective sample size of an arm at least ${smallest.toFixed(0)}`,
  });
};
