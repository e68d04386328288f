import { describe, expect, it } from 'vitest';
import { createRng } from '../../../src/domain/rng.ts';
import type { Contributions, WeighedLog } from '../../../src/evaluation/off-policy/contract.ts';
import {
  clippedIps,
  directMethod,
  doublyRobust,
  drOptimisticShrinkage,
  ips,
  replay,
  snips,
  switchDr,
} from '../../../src/evaluation/off-policy/estimators.ts';
import { weighLog } from '../../../src/evaluation/off-policy/weigh.ts';
import { mean } from '../../../src/math/statistics.ts';
import { enumerateLogs, fixedModel, type TinyBandit, truthOf } from './logs.ts';

/** Three rounds with weights 2, 0.5 and 2, by hand. */
const log = weighLog(
  { actionCount: 2, actions: [0, 1, 0], rewards: [1, 1, 0], propensities: [0.25, 0.8, 0.4] },
  Float64Array.of(0.5, 0.5, 0.6, 0.4, 0.8, 0.2),
);
const model = fixedModel([0.5, 0.2, 0.5, 0.2, 0.5, 0.2]);
// sum_a target q: 0.35, 0.38, 0.44; residuals 0.5, 0.8, -0.5
const expected = (0.35 + 0.38 + 0.44) / 3;

describe('by hand', () => {
  it.each<[string, Contributions, number]>([
    ['IPS', ips(log), (2 + 0.5 + 0) / 3],
    ['clipped-IPS', clippedIps(log, 1), (1 + 0.5) / 3],
    ['SNIPS', snips(log), 2.5 / 4.5],
    ['DM', directMethod(log, model), expected],
    ['DR', doublyRobust(log, model), expected + (2 * 0.5 + 0.5 * 0.8 - 2 * 0.5) / 3],
    ['Switch-DR', switchDr(log, model, 1), expected + (0.5 * 0.8) / 3],
    // v = 4 w / (w^2 + 4): 1 for a weight of 2, 2 / 4.25 for 0.5
    ['DRos', drOptimisticShrinkage(log, model, 4), expected + (0.5 + (2 / 4.25) * 0.8 - 0.5) / 3],
  ])('%s', (name, parts, value) => {
    expect(parts.name).toBe(name);
    expect(parts.value).toBeCloseTo(value, 12);
  });

  it('is doubly robust where nothing is cut off, and the direct method where everything is', () => {
    const dr = doublyRobust(log, model).value;
    const dm = directMethod(log, model).value;
    expect(clippedIps(log, 2).value).toBeCloseTo(ips(log).value, 12);
    expect(switchDr(log, model, Infinity).value).toBeCloseTo(dr, 12);
    expect(drOptimisticShrinkage(log, model, Infinity).value).toBeCloseTo(dr, 12);
    expect(switchDr(log, model, 0.1).value).toBeCloseTo(dm, 12);
    expect(drOptimisticShrinkage(log, model, 1e-12).value).toBeCloseTo(dm, 9);
  });

  it('replays the rounds on which a target without chance agrees with a uniform log', () => {
    const uniformLog = weighLog(
      { actionCount: 2, actions: [0, 1, 0, 1], rewards: [1, 1, 0, 1], propensities: [0.5, 0.5, 0.5, 0.5] },
      Float64Array.of(1, 0, 1, 0, 1, 0, 0, 1),
    );
    const rng = createRng(1);
    expect(replay(uniformLog, () => rng.next()).value).toBeCloseTo(2 / 3, 12); // rounds 0, 2 and 3
  });
});

const TINY: TinyBandit = { behavior: [0.7, 0.2, 0.1], target: [0.1, 0.3, 0.6], reward: [0.2, 0.5, 0.9] };

/** The exact expectation over every log of two rounds. */
const expectationOf = (of: (log: WeighedLog) => number, bandit = TINY): number =>
  enumerateLogs(bandit, 2).reduce((sum, outcome) => sum + outcome.probability * of(outcome.log), 0);

describe('in expectation, over every log there can be', () => {
  const truth = truthOf(TINY);
  const wrong = fixedModel([0.9, 0.1, 0.3, 0.9, 0.1, 0.3]);
  const right = fixedModel([...TINY.reward, ...TINY.reward]);

  it('IPS is the truth, and doubly robust is with any model', () => {
    expect(expectationOf((drawn) => ips(drawn).value)).toBeCloseTo(truth, 12);
    expect(expectationOf((drawn) => doublyRobust(drawn, wrong).value)).toBeCloseTo(truth, 12);
  });

  it('the direct method is as right as its model', () => {
    expect(expectationOf((drawn) => directMethod(drawn, right).value)).toBeCloseTo(truth, 12);
    expect(expectationOf((drawn) => directMethod(drawn, wrong).value)).toBeCloseTo(0.09 + 0.03 + 0.18, 12);
  });

  it('doubly robust is the truth with wrong propensities, if the model is right', () => {
    const misjudged = ({ n, actions, rewards, target, actionCount }: WeighedLog): WeighedLog =>
      weighLog({ actionCount, actions, rewards, propensities: new Float64Array(n).fill(0.5) }, target);
    expect(expectationOf((drawn) => doublyRobust(misjudged(drawn), right).value)).toBeCloseTo(truth, 12);
    expect(expectationOf((drawn) => ips(misjudged(drawn)).value)).not.toBeCloseTo(truth, 2);
  });

  it.each<[string, (log: WeighedLog) => Contributions]>([
    ['clipped-IPS', (drawn) => clippedIps(drawn, 1.5)],
    ['DM', (drawn) => directMethod(drawn, wrong)],
    ['Switch-DR', (drawn) => switchDr(drawn, wrong, 2)],
    ['DRos', (drawn) => drOptimisticShrinkage(drawn, wrong, 3)],
  ])('%s is biased, and its shortfalls say by how much', (_, estimate) => {
    const value = expectationOf((drawn) => estimate(drawn).value);
    const shortfall = expectationOf((drawn) => mean(estimate(drawn).shortfalls ?? []));
    expect(Math.abs(value - truth)).toBeGreaterThan(0.02);
    expect(value + shortfall).toBeCloseTo(truth, 12);
  });

  it('replay keeps the distribution of the target', () => {
    // Of one round: P(keep) is w / 6 for the largest weight 6; here the largest of two rounds is at most that.
    const bandit = { ...TINY, behavior: [1 / 3, 1 / 3, 1 / 3], target: [0, 0, 1] };
    const values = enumerateLogs(bandit, 2).flatMap(({ probability, log: drawn }) => {
      const value = replay(drawn, () => 0.5).value;
      return Number.isNaN(value) ? [] : [{ probability, value }];
    });
    const kept = values.reduce((sum, { probability }) => sum + probability, 0);
    expect(kept).toBeCloseTo(1 - (2 / 3) ** 2, 12);
    expect(values.reduce((sum, { probability, value }) => sum + probability * value, 0) / kept).toBeCloseTo(
      0.9,
      12,
    );
  });

  it('the bounds of the clipped part hold the truth between them, for any clip and any range of rewards', () => {
    for (const clip of [0.2, 1, 3]) {
      for (const range of [
        [0, 1],
        [-1, 2],
      ] as const) {
        const below = expectationOf((drawn) => mean(clippedIps(drawn, clip, range).bounds?.below ?? []));
        const above = expectationOf((drawn) => mean(clippedIps(drawn, clip, range).bounds?.above ?? []));
        expect(below).toBeLessThanOrEqual(truth);
        expect(above).toBeGreaterThanOrEqual(truth);
      }
    }
  });

  it('no two terms differ by more than the span that their estimator promises', () => {
    const logs = enumerateLogs(TINY, 1).map((outcome) => outcome.log);
    const estimators = [
      ips,
      (drawn: WeighedLog) => clippedIps(drawn, 1.5),
      (drawn: WeighedLog) => doublyRobust(drawn, wrong),
    ];
    for (const estimate of estimators) {
      const bounds = logs.flatMap((drawn) => estimate(drawn).bounds ?? []);
      const widest = Math.max(...bounds.map(({ span }) => span)); // that of the largest weight, where it depends on one
      for (const kind of ['below', 'above'] as const) {
        const terms = bounds.flatMap((of) => [...of[kind]]);
        expect(Math.max(...terms) - Math.min(...terms)).toBeLessThanOrEqual(widest + 1e-12);
      }
    }
  });
});

describe('refuses', () => {
  const good = { actionCount: 2, actions: [0], rewards: [1], propensities: [0.5] };
  const target = Float64Array.of(0.5, 0.5);

  it.each<[string, () => unknown, RegExp]>([
    [
      'an empty log',
      () => weighLog({ ...good, actions: [], rewards: [], propensities: [] }, target),
      /empty log/,
    ],
    ['unequal lengths', () => weighLog({ ...good, rewards: [1, 0] }, target), /1 actions, 2 rewards/],
    [
      'a propensity of 0',
      () => weighLog({ ...good, propensities: [0] }, target),
      /round 0: expected a propensity in \(0, 1\], got 0/,
    ],
    ['a propensity that is none', () => weighLog({ ...good, propensities: [Number.NaN] }, target), /got NaN/],
    ['a propensity above 1', () => weighLog({ ...good, propensities: [1.2] }, target), /got 1.2/],
    ['an action that is none', () => weighLog({ ...good, actions: [2] }, target), /an action below 2, got 2/],
    ['a reward that is none', () => weighLog({ ...good, rewards: [Number.NaN] }, target), /finite reward/],
    [
      'a target of another size',
      () => weighLog(good, Float64Array.of(1)),
      /1 x 2 target probabilities, got 1/,
    ],
    ['a target that does not sum to 1', () => weighLog(good, Float64Array.of(0.5, 0.4)), /sum to 1, got 0.9/],
    ['a negative target', () => weighLog(good, Float64Array.of(1.5, -0.5)), />= 0, got -0.5/],
    ['a clip of 0', () => clippedIps(log, 0), /clip: expected > 0/],
    ['a switch at 0', () => switchDr(log, model, 0), /switch threshold: expected > 0/],
    ['a shrinkage of 0', () => drOptimisticShrinkage(log, model, 0), /shrinkage: expected > 0/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(RangeError);
    expect(act).toThrow(message);
  });
});
