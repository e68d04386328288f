import type { BanditPolicy, BanditRound } from '../../src/bandits/contract.ts';
import { DisjointLinUcb } from '../../src/bandits/disjoint-lin-ucb.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { quantileRanks } from '../../src/math/quantile-interval.ts';
import { normalSource } from '../../src/math/random.ts';
import { quantile } from '../../src/math/statistics.ts';
import type { SuiteOptions } from '../contract.ts';

const ACTIONS = 10;
const FEATURES = 32;
/** Distinct rounds, met again and again: their features fill a second-level cache. */
const DISTINCT = 512;
const LEAST_PER_SECOND = 200_000;

const POLICIES: readonly (() => BanditPolicy)[] = [
  () => new LinUcb({ featureSize: FEATURES }),
  () => new DisjointLinUcb({ featureSize: FEATURES, arms: ACTIONS }),
  () => new LinTs({ featureSize: FEATURES }),
  () => new EpsilonGreedy({ featureSize: FEATURES }),
  () => new LinUcb({ featureSize: FEATURES, link: 'logistic' }),
];

/** Decisions, each followed by its update, that a policy makes in a second of one core. */
export const measureSpeed = async ({ seed, small, progress }: SuiteOptions): Promise<StageRow[]> => {
  const [repeats, decisions] = small ? [7, 20_000] : [15, 100_000];
  const rng = createRng(seed).fork('bandit-speed');
  const rounds = drawRounds(rng);
  const step = progress.step('decisions with updates', POLICIES.length);
  const rows: StageRow[] = [];
  for (const make of POLICIES) {
    const policy = make();
    decide(policy, rounds, decisions, rng); // warms up
    const rates = Float64Array.from({ length: repeats }, () => {
      const before = process.cpuUsage();
      decide(policy, rounds, decisions, rng);
      const { user, system } = process.cpuUsage(before);
      return (1e6 * decisions) / (user + system);
    }).sort();
    const ranks = quantileRanks(repeats, 0.5);
    const measurement: Measurement = {
      name: `bandit.${policy.name}.decisions-per-second`,
      value: quantile(rates, 0.5),
      unit: '1/s',
      n: repeats,
      ...(ranks === undefined ? {} : { ci: [rates[ranks[0] - 1], rates[ranks[1] - 1]] as const }),
      definition: `decisions, each with its update, per second of processor time, all threads of the process added; ${ACTIONS} actions, ${FEATURES} features, none shared`,
      protocol: `median of ${repeats} repeats of ${decisions} decisions over ${DISTINCT} drawn rounds; processor time, so that a busy machine counts less`,
    };
    const held = policy.name === 'lin-ucb' ? heldTo(measurement, LEAST_PER_SECOND, 'at-least') : measurement;
    rows.push({ stage: 'speed', measurement: held });
    step.advance(rows.length, policy.name);
    await new Promise(setImmediate); // let signals through
  }
  step.end();
  return rows;
};

interface Rewarded {
  readonly round: BanditRound;
  readonly rewards: Uint8Array; // [actions]
}

const drawRounds = (rng: Rng): Rewarded[] => {
  const normal = normalSource(() => rng.next());
  return Array.from({ length: DISTINCT }, (_, t) => ({
    round: {
      requestId: `round-${t}`,
      actionCount: ACTIONS,
      featureSize: FEATURES,
      features: Float32Array.from({ length: ACTIONS * FEATURES }, normal),
    },
    rewards: Uint8Array.from({ length: ACTIONS }, () => (rng.next() < 0.3 ? 1 : 0)),
  }));
};

const decide = (policy: BanditPolicy, rounds: readonly Rewarded[], decisions: number, rng: Rng): void => {
  for (let t = 0; t < decisions; t++) {
    const { round, rewards } = rounds[t % DISTINCT];
    const { action } = policy.choose(round, rng);
    policy.update({ round, action, reward: rewards[action] });
  }
};
