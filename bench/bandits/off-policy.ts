/** The evaluation of the evaluation: every estimator beside values that are known. */
import { heldTo, type Measurement, type Series, type StageRow } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { meanInterval } from '../../src/evaluation/mean-interval.ts';
import type { OffPolicyOutcome } from '../../src/evaluation/off-policy/contract.ts';
import { doublyRobust, ips, snips } from '../../src/evaluation/off-policy/estimators.ts';
import { evaluateOffPolicy, outcomeOf } from '../../src/evaluation/off-policy/evaluate.ts';
import { overlapOf } from '../../src/evaluation/off-policy/overlap.ts';
import { fitRewards } from '../../src/evaluation/off-policy/reward-model.ts';
import { evaluateSlates } from '../../src/evaluation/off-policy/slates.ts';
import { weighLog } from '../../src/evaluation/off-policy/weigh.ts';
import { shareInterval } from '../../src/evaluation/share-interval.ts';
import { mean } from '../../src/math/statistics.ts';
import type { SuiteOptions } from '../contract.ts';
import { additiveFeatures, createSyntheticBandit, learnTarget } from './synthetic-log.ts';
import { createWorldBandit } from './world-log.ts';
import { createWorldSlates } from './world-slates.ts';

const STAGE = 'off-policy';
const LEVEL = 0.95;
const COVERAGE = [0.9, 0.99] as const;
const ROUNDS = 2_000;
const SYNTHETIC_ROUNDS = 10_000;
/** Mean relative errors that the Open Bandit Pipeline prints for its own run of this setting. */
const PUBLISHED: Readonly<Record<string, number>> = {
  DM: 0.07439,
  IPS: 0.009481,
  SNIPS: 0.006665,
  DR: 0.006175,
  'Switch-DR': 0.006175,
  DRos: 0.021951,
};
const MOST_ERROR_OF_DR = 0.008;

/** Coverage and relative error over seeds of the world, then relative error on the published synthetic log. */
export const measureOffPolicy = async (options: SuiteOptions): Promise<StageRow[]> => {
  const rows = [...(await overWorlds(options)), ...(await onSyntheticLogs(options))];
  return rows.map((measurement) => ({ stage: STAGE, measurement }));
};

type Cases = readonly { readonly outcome: OffPolicyOutcome; readonly truth: number }[];

/** By estimator: its outcomes beside the truth of each. */
export type Judged = Map<string, Cases>;

/** What an estimator said where it did not refuse. */
const estimatesOf = (cases: Cases) =>
  cases.flatMap(({ outcome, truth }) => (outcome.kind === 'estimate' ? [{ ...outcome, truth }] : []));

/** An estimator's estimates over their truths, world by world. */
export const estimatesOverTruth = (estimator: string, cases: Cases): Series => {
  const estimates = estimatesOf(cases);
  return {
    kind: 'estimates',
    line: estimator,
    x: estimates.map((_, i) => i + 1),
    y: estimates.map(({ value, truth }) => value / truth),
    low: estimates.map(({ interval, truth }) => interval[0] / truth),
    high: estimates.map(({ interval, truth }) => interval[1] / truth),
  };
};

const judge = (judged: Judged, outcomes: readonly OffPolicyOutcome[], truth: number): void => {
  for (const outcome of outcomes) {
    judged.set(outcome.estimator, [...(judged.get(outcome.estimator) ?? []), { outcome, truth }]);
  }
};

const overWorlds = async ({ seed, small, progress }: SuiteOptions): Promise<Measurement[]> => {
  const seeds = small ? 5 : 200;
  const judged: Judged = new Map();
  const step = progress.step('estimators beside the truth of worlds', seeds);
  for (let s = 0; s < seeds; s++) {
    judgeWorld(judged, seed, s);
    step.advance(s + 1);
    await new Promise(setImmediate); // let signals through
  }
  step.end(`${seeds} worlds of ${ROUNDS.toLocaleString('en')} rounds`);
  return [...judged].flatMap(([estimator, cases]) => worldRows(estimator, cases, small));
};

/** Judges every estimator in one more world. */
export const judgeWorld = (judged: Judged, seed: number, s: number): void => {
  const rng = createRng(seed).fork(`off-policy:${s}`);
  const world = createWorldBandit(seed + s);
  judge(judged, artworkOutcomes(world, rng), world.truth);
  const slates = createWorldSlates(seed + s, rng.fork('slates'));
  judge(judged, slateOutcomes(slates, rng), slates.truth);
};

/** Every estimator with the interval it has by default, then bootstrap and empirical Bernstein for a few. */
const artworkOutcomes = (world: ReturnType<typeof createWorldBandit>, rng: Rng): OffPolicyOutcome[] => {
  const { log: logged, target, features } = world.draw(ROUNDS, rng.fork('log'));
  const log = weighLog(logged, target);
  const model = fitRewards(log, { features, link: 'logistic', rng: rng.fork('folds') });
  const stream = rng.fork('draws');
  const uniform = (): number => stream.next();
  const overlap = overlapOf(log);
  const others = [
    ...[ips(log), snips(log), doublyRobust(log, model)].map((parts) => [parts, 'bootstrap'] as const),
    ...[ips(log), doublyRobust(log, model)].map((parts) => [parts, 'empirical-bernstein'] as const),
  ].map(([parts, interval]) => ({
    ...outcomeOf(parts, overlap, { uniform, interval, level: LEVEL }),
    estimator: `interval.${parts.name}.${interval}`,
  }));
  return [...evaluateOffPolicy(log, { uniform, model, level: LEVEL }), ...others];
};

const slateOutcomes = (world: ReturnType<typeof createWorldSlates>, rng: Rng): OffPolicyOutcome[] => {
  const { log, predictions } = world.draw(ROUNDS, rng.fork('slate-log'));
  return evaluateSlates(log, { uniform: () => rng.next(), predictions, level: LEVEL });
};

const worldRows = (estimator: string, cases: Cases, small: boolean): Measurement[] => {
  const estimates = estimatesOf(cases);
  const refused = cases.length - estimates.length;
  const protocol = `${cases.length} worlds, each with a log of ${ROUNDS} rounds of its own and a target policy that learned from more${refused === 0 ? '' : `; ${refused} refused for want of overlap`}; mean effective sample size ${mean(estimates.map((e) => e.effectiveSampleSize)).toFixed(0)}`;
  const n = estimates.length;
  const holding = estimates.filter(
    ({ interval, truth }) => interval[0] <= truth && truth <= interval[1],
  ).length;
  const errors = estimates.map(({ value, truth }) => Math.abs(value / truth - 1));
  const widths = estimates.map(({ interval, truth }) => (interval[1] - interval[0]) / truth);
  const isOtherInterval = estimator.startsWith('interval.');
  const coverage: Measurement = {
    name: isOtherInterval ? `ope.${estimator}` : `ope.${estimator}.coverage`,
    value: holding / n,
    unit: 'share',
    n,
    ci: shareInterval(holding, n),
    definition: `share of worlds in which the 95 % interval holds the target policy's expected reward in that world; its mean width is ${mean(widths).toFixed(3)} of that reward`,
    protocol,
    series: [estimatesOverTruth(estimator, cases)],
  };
  const isGuarantee = estimator.endsWith('empirical-bernstein'); // at least 95 %, whatever the distribution
  const [least, most] = isGuarantee ? [LEVEL, 1] : COVERAGE;
  return [
    small ? coverage : heldTo(coverage, least, 'at-least', coverage.value <= most),
    ...(isOtherInterval
      ? []
      : [
          {
            name: `ope.world.${estimator}.relative-error`,
            value: mean(errors),
            unit: 'share',
            n,
            ci: meanInterval(errors),
            definition: '|estimate / truth - 1|, mean over worlds',
            protocol,
          },
        ]),
  ];
};

const onSyntheticLogs = async ({ seed, small, progress }: SuiteOptions): Promise<Measurement[]> => {
  const runs = small ? 2 : 40;
  const errors = await syntheticErrors({ seed, runs, progress });
  const protocol = `${runs} bandits, each with a log of ${SYNTHETIC_ROUNDS} rounds, 30 actions and 5 context features to learn the target from and another to evaluate it on; rewards modelled without interactions of context and action, by 3-fold cross-fitting, as published (20 runs); seeds of our own`;
  return [...errors].map(([estimator, values]) => {
    const measurement: Measurement = {
      name: `ope.${estimator}.relative-error`,
      value: mean(values),
      unit: 'share',
      n: runs,
      ci: meanInterval(values),
      ...(PUBLISHED[estimator] === undefined
        ? {}
        : { baselines: [{ name: 'published OBP', value: PUBLISHED[estimator] }] }),
      definition:
        '|estimate / truth - 1|, the truth being the expected reward on the contexts of the log; mean over runs',
      protocol,
    };
    return estimator === 'DR' && !small ? heldTo(measurement, MOST_ERROR_OF_DR) : measurement;
  });
};

const syntheticErrors = async ({
  seed,
  runs,
  progress,
}: {
  readonly seed: number;
  readonly runs: number;
  readonly progress: Progress;
}): Promise<Map<string, number[]>> => {
  const errors = new Map<string, number[]>();
  const step = progress.step('estimators on the published synthetic log', runs);
  for (let run = 0; run < runs; run++) {
    const rng = createRng(seed).fork(`synthetic-log:${run}`);
    const draw = createSyntheticBandit(rng);
    const policy = learnTarget(draw(SYNTHETIC_ROUNDS));
    const { log: logged, contexts, expected } = draw(SYNTHETIC_ROUNDS);
    const log = weighLog(logged, policy(contexts));
    const truth = log.target.reduce((sum, p, at) => sum + p * expected[at], 0) / log.n;
    const features = additiveFeatures(contexts);
    const model = fitRewards(log, { features, link: 'logistic', rng: rng.fork('folds'), ridge: 0.01 });
    const stream = rng.fork('draws');
    for (const outcome of evaluateOffPolicy(log, { uniform: () => stream.next(), model })) {
      if (outcome.kind === 'refusal') throw new RangeError(`synthetic log: ${outcome.reason}`);
      const error = Math.abs(outcome.value / truth - 1);
      errors.set(outcome.estimator, [...(errors.get(outcome.estimator) ?? []), error]);
    }
    step.advance(run + 1);
    await new Promise(setImmediate); // let signals through
  }
  step.end(`${runs} logs of ${SYNTHETIC_ROUNDS.toLocaleString('en')} rounds`);
  return errors;
};
