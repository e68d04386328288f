import { describe, expect, it } from 'vitest';
import {
  cascadeDr,
  cascadeIps,
  evaluateSlates,
  independentIps,
  type SlateLog,
  slateIps,
  slateWeights,
} from '../../../src/evaluation/off-policy/slates.ts';

/** Two positions, two actions that may stand twice; the second choice depends on the first. */
interface TwoPlaces {
  readonly first: readonly [number, number];
  readonly second: readonly [readonly [number, number], readonly [number, number]]; // [first action][second action]
}
const BEHAVIOR: TwoPlaces = {
  first: [0.6, 0.4],
  second: [
    [0.5, 0.5],
    [0.8, 0.2],
  ],
};
const TARGET: TwoPlaces = {
  first: [0.2, 0.8],
  second: [
    [0.3, 0.7],
    [0.4, 0.6],
  ],
};

const aloneSecond = ({ first, second }: TwoPlaces, b: number): number =>
  first[0] * second[0][b] + first[1] * second[1][b];

/** P(reward) at the first and the second position. */
type Rewards = (a: number, b: number) => readonly [number, number];
const independent: Rewards = (a, b) => [0.2 + 0.3 * a, 0.1 + 0.5 * b];
const cascading: Rewards = (a, b) => [0.2 + 0.3 * a, 0.1 + 0.3 * b + 0.4 * a * (1 - b)];
const entangled: Rewards = (a, b) => [0.1 + 0.3 * a + 0.5 * b * (1 - a), 0.1 + 0.5 * b];

const logOf = (a: number, b: number, rewards: readonly number[]): SlateLog => {
  const of = (policy: TwoPlaces) => ({
    given: [policy.first[a], policy.second[a][b]],
    alone: [policy.first[a], aloneSecond(policy, b)],
  });
  return { slateSize: 2, rewards, behavior: of(BEHAVIOR), target: of(TARGET) };
};

const PAIRS = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b] as const));
const probability = ({ first, second }: TwoPlaces, a: number, b: number): number => first[a] * second[a][b];

/** Rewards enter every estimate linearly, so their expectations stand for them. */
const expectationOf = (estimate: (log: SlateLog, a: number, b: number) => number, rewards: Rewards): number =>
  PAIRS.reduce(
    (sum, [a, b]) => sum + probability(BEHAVIOR, a, b) * estimate(logOf(a, b, rewards(a, b)), a, b),
    0,
  );
const truthOf = (rewards: Rewards): number =>
  PAIRS.reduce((sum, [a, b]) => {
    const [r1, r2] = rewards(a, b);
    return sum + probability(TARGET, a, b) * (r1 + r2);
  }, 0);

describe('in expectation, over every slate there can be', () => {
  it.each<[string, Rewards, boolean, boolean]>([
    ['independent', independent, true, true],
    ['cascading', cascading, false, true],
    ['entangled', entangled, false, false],
  ])('under %s rewards', (_, rewards, independentHolds, cascadeHolds) => {
    const truth = truthOf(rewards);
    const off = (estimate: (log: SlateLog) => { value: number }): number =>
      Math.abs(expectationOf((log) => estimate(log).value, rewards) - truth);
    expect(off(slateIps)).toBeLessThan(1e-12);
    if (independentHolds) expect(off(independentIps)).toBeLessThan(1e-12);
    else expect(off(independentIps)).toBeGreaterThan(0.01);
    if (cascadeHolds) expect(off(cascadeIps)).toBeLessThan(1e-12);
    else expect(off(cascadeIps)).toBeGreaterThan(0.01);
  });

  it('the doubly robust cascade is right with predictions that are wrong', () => {
    // beliefs that the second reward is 0.4 after action 1 and 0.9 after 0, the first 0.3 whatever stands there
    const second = [0.9, 0.4];
    const seconds = [0, 1].map((a) => TARGET.second[a][0] * second[0] + TARGET.second[a][1] * second[1]);
    const value = expectationOf(
      (log, a, b) =>
        cascadeDr(log, {
          after: [0.3 + seconds[a], second[b]],
          before: [0.3 + TARGET.first[0] * seconds[0] + TARGET.first[1] * seconds[1], seconds[a]],
        }).value,
      cascading,
    );
    expect(value).toBeCloseTo(truthOf(cascading), 12);
  });
});

describe('slateWeights', () => {
  const log = logOf(1, 0, [1, 0]); // ratios: given 2, 0.5; alone of the second 0.38 / 0.62

  it.each([
    ['whole', [1, 1]],
    ['cascade', [2, 1]],
    ['independent', [2, 0.38 / 0.62]],
  ] as const)('%s', (assumption, weights) => {
    expect([...slateWeights(log, assumption)]).toEqual(weights.map((weight) => expect.closeTo(weight, 12)));
  });

  it('refuses what is no log of slates', () => {
    expect(() => slateWeights({ ...log, rewards: [] }, 'whole')).toThrow(/2 positions a slate, got 0/);
    expect(() => slateWeights({ ...log, rewards: [1, 0, 1] }, 'whole')).toThrow(/got 3/);
    expect(() => slateWeights({ ...log, target: { given: [1], alone: [1] } }, 'whole')).toThrow(/1 target/);
    const zero = { ...log, behavior: { given: [0.5, 0], alone: [0.5, 0.5] } };
    expect(() => slateWeights(zero, 'cascade')).toThrow(/slate 0, position 1: expected a propensity/);
    expect(() => cascadeDr(log, { after: [0], before: [0, 0] })).toThrow(/predictions of 1 and 2/);
  });
});

describe('evaluateSlates', () => {
  it('answers for positions where the log is too small for whole slates', () => {
    const copies = 60;
    const some = PAIRS.flatMap(([a, b]) =>
      Array.from({ length: copies }, (_, copy) => logOf(a, b, [copy % 2, 0])),
    );
    const join = (of: (log: SlateLog) => ArrayLike<number>) => some.flatMap((log) => Array.from(of(log)));
    const log: SlateLog = {
      slateSize: 2,
      rewards: join(({ rewards }) => rewards),
      behavior: {
        given: join(({ behavior }) => behavior.given),
        alone: join(({ behavior }) => behavior.alone),
      },
      target: { given: new Array(2 * some.length).fill(0), alone: join(({ behavior }) => behavior.alone) },
    };
    const outcomes = evaluateSlates(log, { uniform: () => 0.5 });
    expect(outcomes.map(({ estimator, kind }) => `${estimator} ${kind}`)).toEqual([
      'slate-IPS refusal',
      'IIPS estimate',
      'RIPS refusal',
    ]);
  });
});
