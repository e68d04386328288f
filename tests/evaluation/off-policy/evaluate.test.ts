import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import { candidateThresholds, leastErrorOf } from '../../../src/evaluation/off-policy/choose-setting.ts';
import type { BanditLog, Contributions } from '../../../src/evaluation/off-policy/contract.ts';
import { clippedIps, ips } from '../../../src/evaluation/off-policy/estimators.ts';
import { evaluateOffPolicy } from '../../../src/evaluation/off-policy/evaluate.ts';
import { overlapOf, refusalOf } from '../../../src/evaluation/off-policy/overlap.ts';
import { fitRewards } from '../../../src/evaluation/off-policy/reward-model.ts';
import { weighLog } from '../../../src/evaluation/off-policy/weigh.ts';
import { standardError } from '../../../src/math/statistics.ts';
import { logisticLog } from './logs.ts';

const uniformOf = (seed: number): (() => number) => {
  const rng = createRng(seed);
  return () => rng.next();
};

/** `rounds` rounds of a uniform choice between the first `taken` of four actions, logged as such. */
const uniformLog = (rounds: number, taken = 4): BanditLog => ({
  actionCount: 4,
  actions: Array.from({ length: rounds }, (_, i) => i % taken),
  rewards: Array.from({ length: rounds }, (_, i) => (i % 3 === 0 ? 1 : 0)),
  propensities: new Float64Array(rounds).fill(1 / taken),
});
const always = (rounds: number, probabilities: readonly number[]): Float64Array =>
  Float64Array.from({ length: rounds * 4 }, (_, at) => probabilities[at % 4]);

describe('overlap', () => {
  it('counts what a log is worth to the target', () => {
    const overlap = overlapOf(weighLog(uniformLog(400), always(400, [1, 0, 0, 0])));
    expect(overlap).toMatchObject({
      n: 400,
      matched: 100,
      meanWeight: 1,
      largestWeight: 4,
      neverTakenShare: 0,
    });
    expect(overlap.effectiveSampleSize).toBeCloseTo(100, 9);
    expect(refusalOf(overlap)).toBeUndefined();
  });

  it.each<[string, BanditLog, Float64Array, RegExp]>([
    [
      'no round has an action of the target',
      uniformLog(400, 2),
      always(400, [0, 0, 1, 0]),
      /^no support: in none of 400 rounds/,
    ],
    [
      'the target goes where the log never went',
      uniformLog(400, 3),
      always(400, [0.9, 0, 0, 0.1]),
      /10\.0 % of the target's choices fall on actions that the log never took/,
    ],
    [
      'too few rounds are worth anything',
      uniformLog(40),
      always(40, [1, 0, 0, 0]),
      /40 rounds are worth 10\.0 of the target's own/,
    ],
    [
      'propensities are not those of the log',
      { ...uniformLog(400), propensities: new Float64Array(400).fill(0.5) },
      always(400, [0.25, 0.25, 0.25, 0.25]),
      /wrong propensities: importance weights average 0\.500/,
    ],
  ])('gives no number when %s', (_, logged, target, reason) => {
    const log = weighLog(logged, target);
    const features = {
      featureSize: 1,
      write: (_round: number, _action: number, out: Float64Array) => out.fill(1),
    };
    const model = fitRewards(log, { features, link: 'logistic', rng: createRng(1) });
    const outcomes = evaluateOffPolicy(log, { uniform: uniformOf(1), model });
    expect(outcomes.map(({ kind }) => kind)).toEqual(new Array(8).fill('refusal'));
    for (const outcome of outcomes) {
      expect(outcome).not.toHaveProperty('value');
      if (outcome.kind === 'refusal') expect(outcome.reason).toMatch(reason);
    }
  });
});

describe('evaluateOffPolicy', () => {
  const { log, features, expected } = logisticLog(11, 4_000);
  const truth = log.target.reduce((sum, p, at) => sum + p * expected[at], 0) / log.n;
  const model = fitRewards(log, { features, link: 'logistic', rng: createRng(2) });

  it('answers by every estimator, near the truth', () => {
    const outcomes = evaluateOffPolicy(log, { uniform: uniformOf(3), model });
    const names = ['replay', 'IPS', 'clipped-IPS', 'SNIPS', 'DM', 'DR', 'Switch-DR', 'DRos'];
    expect(outcomes.map(({ estimator }) => estimator)).toEqual(names);
    for (const outcome of outcomes) {
      if (outcome.kind === 'refusal') throw new Error(outcome.reason);
      expect(Math.abs(outcome.value - truth)).toBeLessThan(4 * outcome.standardError); // 4 standard errors
      expect(outcome.interval[0]).toBeLessThan(outcome.value);
      expect(outcome.interval[1]).toBeGreaterThan(outcome.value);
      expect(outcome.standardError).toBeLessThan(0.03);
    }
  });

  it('leaves out what needs a model without one', () => {
    const names = evaluateOffPolicy(log, { uniform: uniformOf(3) }).map(({ estimator }) => estimator);
    expect(names).toEqual(['replay', 'IPS', 'clipped-IPS', 'SNIPS']);
  });

  it('gives empirical Bernstein intervals to means of bounded terms alone', () => {
    const kinds = evaluateOffPolicy(log, {
      uniform: uniformOf(3),
      model,
      interval: 'empirical-bernstein',
    }).map(({ estimator, kind }) => [estimator, kind]);
    expect(kinds.filter(([, kind]) => kind === 'estimate').map(([name]) => name)).toEqual([
      'IPS',
      'clipped-IPS',
      'DR',
    ]);
  });
});

describe('settings chosen from the log', () => {
  it('trade bias for variance where the log shows that little is lost', () => {
    const rough: Contributions = {
      name: 'x',
      value: 1,
      influences: Float64Array.of(-20, 22, -20, 22),
      setting: Infinity,
    };
    const smooth = { ...rough, influences: Float64Array.of(0, 1, 0, 1), setting: 3 };
    const lossOf = (loss: number): Contributions => ({
      ...smooth,
      shortfalls: new Float64Array(4).fill(loss),
    });
    expect(leastErrorOf([rough, lossOf(1)]).setting).toBe(3);
    expect(leastErrorOf([rough, lossOf(100)]).setting).toBe(Infinity);
    // a loss of 0 on the mean that might as well be 20 counts as one of 20
    const unsure = { ...smooth, shortfalls: Float64Array.of(-40, 40, -40, 40) };
    expect(leastErrorOf([rough, unsure]).setting).toBe(Infinity);
  });

  it('changes next to nothing where weights are mild', () => {
    const stream = uniformOf(4);
    const { log } = logisticLog(5, 2_000);
    const weighed = { ...log, weights: log.weights.map(() => 0.8 + 0.4 * stream()) };
    const thresholds = candidateThresholds(weighed.weights);
    const chosen = leastErrorOf(thresholds.map((clip) => clippedIps(weighed, clip)));
    const unclipped = ips(weighed);
    expect(Math.abs(chosen.value - unclipped.value)).toBeLessThan(0.1 * standardError(unclipped.influences));
  });

  it('has the quantiles of the positive weights to choose from, and no limit', () => {
    expect(candidateThresholds(Float64Array.of(0, 0, 1, 2, 3))).toEqual([
      2,
      2.5,
      2.8,
      2.9,
      expect.closeTo(2.98),
      Infinity,
    ]);
    expect(candidateThresholds(Float64Array.of(0, 0))).toEqual([Infinity]);
  });
});

describe('a log whose rewards tell nothing', () => {
  it('gives no interval of width 0 to a rate of 0, and no replay of a few rounds', () => {
    const quiet = { ...uniformLog(400), rewards: new Float64Array(400) };
    const target = always(400, [0.04, 0.32, 0.32, 0.32]);
    const reasons = evaluateOffPolicy(weighLog(quiet, target), { uniform: uniformOf(1) }).map((outcome) =>
      outcome.kind === 'refusal' ? outcome.reason : 'a number',
    );
    expect(new Set(reasons)).toEqual(new Set(['no normal interval: the rewards that count are all alike']));
    const kept = evaluateOffPolicy(weighLog(uniformLog(60), always(60, [0.8, 0.1, 0.05, 0.05])), {
      uniform: uniformOf(1),
    });
    expect(kept.map(({ kind }) => kind)).toEqual(['refusal', 'estimate', 'estimate', 'estimate']);
  });
});

describe('rewards that are not of the range', () => {
  it('are refused, not cut', () => {
    const log = weighLog(
      { ...uniformLog(40), rewards: new Float64Array(40).fill(3) },
      always(40, [0.25, 0.25, 0.25, 0.25]),
    );
    expect(() => evaluateOffPolicy(log, { uniform: uniformOf(1) })).toThrow(
      /round 0: expected a reward from 0 to 1, got 3/,
    );
    const outcomes = evaluateOffPolicy(log, {
      uniform: uniformOf(1),
      rewardRange: [0, 5],
      interval: 'empirical-bernstein',
    });
    expect(outcomes.find(({ estimator }) => estimator === 'IPS')).toMatchObject({ value: 3 });
  });
});
