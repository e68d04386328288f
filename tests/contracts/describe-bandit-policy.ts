import { describe, expect, it } from 'vitest';
import type { BanditFeedback, BanditPolicy, BanditRound, PolicyState } from '../../src/bandits/contract.ts';
import { chooseForRequest } from '../../src/bandits/decision.ts';
import { MarqueeError } from '../../src/domain/errors.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { normalSource } from '../../src/math/random.ts';

const FEATURES = 6;
const CONTEXT = 2; // leading columns that all actions of a round share

/** A round of standard normal features, the first columns equal in all actions. */
export const drawnRound = (
  rng: Rng,
  actionCount: number,
  featureSize = FEATURES,
  context = CONTEXT,
): BanditRound => {
  const normal = normalSource(() => rng.next());
  const features = Float32Array.from({ length: actionCount * featureSize }, normal);
  for (let a = 1; a < actionCount; a++) features.copyWithin(a * featureSize, 0, context);
  return { requestId: `drawn-${actionCount}`, actionCount, featureSize, features };
};

/** Plays `rounds` rounds of 1 to 8 actions with rewards 0 or 1 that favour large values of the last feature. */
const train = (policy: BanditPolicy, seed: number, rounds: number): void => {
  const rng = createRng(seed);
  for (let t = 0; t < rounds; t++) {
    const round = drawnRound(rng, 1 + Math.floor(rng.next() * 8));
    const { action } = policy.choose(round, rng);
    const signal = round.features[(action + 1) * FEATURES - 1];
    policy.update({ round, action, reward: rng.next() < 0.3 + 0.2 * Math.tanh(signal) ? 1 : 0 });
  }
};

const expectDistribution = (probabilities: Float64Array, actionCount: number): void => {
  expect(probabilities.length).toBe(actionCount);
  let sum = 0;
  for (const p of probabilities) {
    expect(p).toBeGreaterThanOrEqual(0);
    sum += p;
  }
  expect(Math.abs(sum - 1)).toBeLessThan(1e-9); // red on NaN too
};

/** Feedback of drawn rounds of 1 to 8 actions, chosen by nobody, with rewards as in `train`. */
const drawFeedback = (seed: number, count: number): BanditFeedback[] => {
  const rng = createRng(seed);
  return Array.from({ length: count }, () => {
    const round = drawnRound(rng, 1 + Math.floor(rng.next() * 8));
    const action = Math.floor(rng.next() * round.actionCount);
    const signal = round.features[(action + 1) * FEATURES - 1];
    return { round, action, reward: rng.next() < 0.3 + 0.2 * Math.tanh(signal) ? 1 : 0 };
  });
};

/** Arrays of the same names whose numbers differ by at most `tolerance` of the largest in the array. */
const expectSameState = (got: PolicyState, wanted: PolicyState, tolerance: number): void => {
  expect(got.policy).toBe(wanted.policy);
  expect(Object.keys(got.arrays)).toEqual(Object.keys(wanted.arrays));
  for (const [name, values] of Object.entries(wanted.arrays)) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    values.forEach((value, i) => {
      expect(Math.abs(got.arrays[name][i] - value)).toBeLessThan(tolerance * largest);
    });
  }
};

/** The state without what counts observations, whatever they weigh. */
const sumsOf = ({ policy, arrays }: PolicyState): PolicyState => ({
  policy,
  arrays: Object.fromEntries(Object.entries(arrays).filter(([name]) => !name.endsWith('evidence'))),
});

export interface PolicyTraits {
  /** Evidence is a sum, so that order and merging change nothing but the rounding; true where it is not said. */
  readonly adds?: boolean;
  /** Rewards below 0 or above 1 are refused; false where it is not said. */
  readonly rewardsAreShares?: boolean;
}

/** Of evidence that does not add exactly: how far two ways to the same posterior may end apart. */
const APPROXIMATE = 0.2;

/**
 * What every bandit policy must do, for features of any size that `make` is given. A policy whose
 * propensities may be 0 cannot pass: its log could not be evaluated.
 */
export function describeBanditPolicy(
  name: string,
  make: (featureSize: number) => BanditPolicy,
  { adds = true, rewardsAreShares = false }: PolicyTraits = {},
): void {
  const tolerance = adds ? 1e-9 : APPROXIMATE;
  const trained = (rounds = 300): BanditPolicy => {
    const policy = make(FEATURES);
    train(policy, 7, rounds);
    return policy;
  };

  describe(`${name} is a bandit policy`, () => {
    it('has a kebab-case name', () => {
      expect(make(FEATURES).name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    });

    it('gives a distribution, before learning and after, for 1 to 40 actions', () => {
      const rng = createRng(1);
      for (const policy of [make(FEATURES), trained()]) {
        for (let actions = 1; actions <= 40; actions++) {
          expectDistribution(policy.probabilities(drawnRound(rng, actions), rng), actions);
        }
      }
    });

    it('gives a single action probability 1', () => {
      const rng = createRng(2);
      const decision = trained().choose(drawnRound(rng, 1), rng);
      expect(decision.action).toBe(0);
      expect(decision.propensity).toBeCloseTo(1, 12);
    });

    it('chooses by the vector that the same rng gives, and logs its entry', () => {
      const policy = trained();
      for (let seed = 0; seed < 100; seed++) {
        const round = drawnRound(createRng(seed), 5);
        const decision = policy.choose(round, createRng(seed).fork('decide'));
        expect(decision.probabilities).toEqual(policy.probabilities(round, createRng(seed).fork('decide')));
        expect(decision.propensity).toBe(decision.probabilities[decision.action]);
        expect(decision.propensity).toBeGreaterThan(0);
      }
    });

    it('draws each action as often as its vectors say', () => {
      const policy = trained();
      const n = 20_000;
      const actions = 5;
      const rng = createRng(3);
      const excess = new Float64Array(actions);
      const spread = new Float64Array(actions);
      for (let t = 0; t < n; t++) {
        const { action, probabilities } = policy.choose(drawnRound(rng, actions), rng);
        for (let a = 0; a < actions; a++) {
          excess[a] += (a === action ? 1 : 0) - probabilities[a];
          spread[a] += probabilities[a] * (1 - probabilities[a]);
        }
      }
      // A sum of n centred Bernoullis, whose variance is `spread`: 4 standard errors, five times over,
      // are passed by chance once in 3,000 seeds.
      for (let a = 0; a < actions; a++) expect(Math.abs(excess[a])).toBeLessThan(4 * Math.sqrt(spread[a]));
    });

    it('leaves the round as it was, and hands out vectors that later calls leave alone', () => {
      const policy = trained();
      const rng = createRng(4);
      const round = drawnRound(rng, 4);
      const before = round.features.slice();
      const first = policy.choose(round, rng).probabilities;
      const kept = first.slice();
      for (let t = 0; t < 10; t++) policy.choose(drawnRound(rng, 4), rng);
      policy.update({ round, action: 1, reward: 1 });
      expect(first).toEqual(kept);
      expect(round.features).toEqual(before);
    });

    it('gives the same vectors and actions from the same seed', () => {
      const run = () => {
        const policy = trained();
        const rng = createRng(5);
        return Array.from({ length: 50 }, () => policy.choose(drawnRound(rng, 6), rng));
      };
      expect(run()).toEqual(run());
    });

    it('chooses by the request id, in whatever order and on whichever server', () => {
      const policy = trained();
      const server = make(FEATURES);
      server.restore(policy.save());
      const rng = createRng(19);
      const rounds = Array.from({ length: 30 }, (_, i) => ({
        ...drawnRound(rng, 5),
        requestId: `request-${i}`,
      }));
      const forwards = rounds.map((round) => chooseForRequest(policy, round, createRng(20)));
      rng.next();
      const backwards = rounds.toReversed().map((round) => chooseForRequest(server, round, createRng(20)));
      expect(backwards.toReversed()).toEqual(forwards);
    });

    it('goes on after save and restore as if nothing had been', () => {
      const original = trained();
      const state = original.save();
      const kept = structuredClone(state);
      const restored = make(FEATURES);
      restored.restore(state);
      for (const policy of [original, restored]) train(policy, 8, 100);
      const rng = createRng(6);
      const round = drawnRound(rng, 6);
      expect(restored.probabilities(round, rng.fork('x'))).toEqual(
        original.probabilities(round, rng.fork('x')),
      );
      expect(restored.save()).toEqual(original.save());
      expect(state).toEqual(kept); // what was saved is not what goes on learning
    });

    it('refuses the state of another policy or another shape, and stays as it was', () => {
      const policy = trained();
      const before = policy.save();
      const foreign: PolicyState[] = [
        { ...before, policy: 'some-other-policy' },
        { policy: before.policy, arrays: { ...before.arrays, surplus: Float64Array.of(1) } },
      ];
      const names = Object.keys(before.arrays);
      if (names.length > 0) {
        const broken = structuredClone(before.arrays);
        broken[names[0]][0] = Number.NaN;
        foreign.push(
          make(FEATURES + 1).save(),
          { policy: before.policy, arrays: {} },
          { policy: before.policy, arrays: broken },
        );
      }
      for (const state of foreign) expect(() => policy.restore(state)).toThrow(MarqueeError);
      expect(policy.save()).toEqual(before);
    });

    it('learns from a reward of 0 as from any other', () => {
      const policy = make(FEATURES);
      const before = policy.save();
      const round = drawnRound(createRng(9), 3);
      policy.update({ round, action: 2, reward: 0 });
      if (Object.keys(before.arrays).length > 0) expect(policy.save()).not.toEqual(before);
      expectDistribution(policy.probabilities(round, createRng(9)), 3);
    });

    it('learns the same from feedback that comes late, in heaps and in another order', () => {
      const feedback = drawFeedback(12, 400);
      const prompt = make(FEATURES);
      for (const one of feedback) prompt.update(one);
      const late = make(FEATURES);
      for (let heap = feedback.length; heap > 0; heap -= 50) {
        late.probabilities(drawnRound(createRng(heap), 5), createRng(heap)); // choices go on meanwhile
        for (const one of feedback.slice(heap - 50, heap)) late.update(one);
      }
      expectSameState(late.save(), prompt.save(), tolerance);
    });

    it('merges what servers learned apart into what one would have learned', () => {
      const start = drawFeedback(13, 100);
      const apart = [14, 15, 16].map((seed) => drawFeedback(seed, 150));
      const alone = make(FEATURES);
      for (const one of [...start, ...apart.flat()]) alone.update(one);
      const policy = make(FEATURES);
      for (const one of start) policy.update(one);
      const common = policy.save();
      const parts = apart.map((feedback) => {
        const server = make(FEATURES);
        server.restore(common);
        for (const one of feedback) server.update(one);
        return server.save();
      });
      policy.merge([]);
      expectSameState(policy.save(), common, 1e-9);
      const kept = structuredClone(parts);
      policy.merge(parts);
      expectSameState(policy.save(), alone.save(), tolerance);
      expect(parts).toEqual(kept);
      expectDistribution(policy.probabilities(drawnRound(createRng(17), 8), createRng(17)), 8);
    });

    it('merges nothing where one part is of another policy or shape', () => {
      const policy = trained();
      const before = policy.save();
      const foreign = { ...before, policy: 'some-other-policy' };
      expect(() => policy.merge([trained(100).save(), foreign])).toThrow(MarqueeError);
      expect(policy.save()).toEqual(before);
    });

    it('forgets as much as it is told to, down to nothing learned', () => {
      const feedback = drawFeedback(18, 400);
      const policy = make(FEATURES);
      for (const one of feedback) policy.update(one);
      const learned = policy.save();
      policy.forget(1);
      expectSameState(policy.save(), learned, 1e-12);
      // all of it halved is as if each had counted half
      policy.forget(0.5);
      const halved = make(FEATURES);
      for (const one of feedback) halved.update({ ...one, weight: 0.5 });
      expectSameState(sumsOf(policy.save()), sumsOf(halved.save()), tolerance);
      for (let times = 0; times < 100; times++) policy.forget(0.5);
      expectSameState(policy.save(), make(FEATURES).save(), 1e-9);
      for (const keep of [0, -1, 1.01, Number.NaN]) expect(() => policy.forget(keep)).toThrow(RangeError);
    });

    it('stays finite through extreme features and rewards', () => {
      const policy = trained(50);
      const rng = createRng(10);
      const sizes = [0, 1e-38, 1e-6, 1, 1e6, 1e30, -1e30, 3e38];
      for (let t = 0; t < 200; t++) {
        const round = drawnRound(rng, 4);
        for (let i = 0; i < round.features.length; i++) {
          round.features[i] = sizes[Math.floor(rng.next() * sizes.length)];
        }
        const decision = policy.choose(round, rng);
        expectDistribution(decision.probabilities, 4);
        policy.update({
          round,
          action: decision.action,
          reward: t % 3 === 0 && !rewardsAreShares ? -1e6 : t % 2,
        });
      }
      for (const array of Object.values(policy.save().arrays)) {
        expect(array.every((value) => Number.isFinite(value))).toBe(true);
      }
      expectDistribution(policy.probabilities(drawnRound(rng, 8), rng), 8);
    });

    it('logs propensities by which IPS is unbiased while the policy learns', () => {
      const policy = make(FEATURES);
      const rng = createRng(11);
      const n = 20_000;
      const target = [0.5, 0.3, 0.2]; // of a policy that ignores the context
      let sum = 0;
      let squares = 0;
      for (let t = 0; t < n; t++) {
        const round = drawnRound(rng, target.length);
        const { action, propensity } = policy.choose(round, rng);
        const chance = (a: number) => 0.5 + 0.3 * Math.tanh(round.features[(a + 1) * FEATURES - 1]);
        const reward = rng.next() < chance(action) ? 1 : 0;
        policy.update({ round, action, reward });
        let truth = 0; // the target's expected reward in this very round
        for (let a = 0; a < target.length; a++) truth += target[a] * chance(a);
        const error = (target[action] / propensity) * reward - truth;
        sum += error;
        squares += error * error;
      }
      // Errors are martingale differences: their sum is within 4 standard errors of 0 but once in 16,000.
      expect(Math.abs(sum)).toBeLessThan(4 * Math.sqrt(squares));
      // Weak propensities would hide a bias in noise: the estimate must be worth at least 1 % of n draws.
      expect(Math.sqrt(squares) / n).toBeLessThan(0.5 / Math.sqrt(0.01 * n));
    });
  });
}
