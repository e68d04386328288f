import type { BanditPolicy } from '../../src/bandits/contract.ts';
import { EpsilonGreedy } from '../../src/bandits/epsilon-greedy.ts';
import { LinTs } from '../../src/bandits/lin-ts.ts';
import { LinUcb } from '../../src/bandits/lin-ucb.ts';
import { Uniform } from '../../src/bandits/uniform.ts';
import { heldTo, type Measurement, type StageRow } from '../../src/domain/measurement.ts';
import { createRng, type Rng } from '../../src/domain/rng.ts';
import { meanInterval } from '../../src/evaluation/mean-interval.ts';
import { ratioOfMeansInterval } from '../../src/evaluation/ratio-interval.ts';
import { mean } from '../../src/math/statistics.ts';
import type { SuiteOptions } from '../contract.ts';
import { playStream, REGRET_DEFINITION } from './play.ts';
import { drawStream, FEATURES } from './stream.ts';

const STAGE = 'policies';
const featureSize = FEATURES;

const POLICIES: readonly (() => BanditPolicy)[] = [
  () => new Uniform(),
  () => new EpsilonGreedy({ featureSize }),
  () => new LinUcb({ featureSize }),
  () => new LinTs({ featureSize }),
];

/** Regret of every policy on planted streams, each of a seed of its own, which all policies meet. */
export const measurePolicies = async ({ seed, small, progress }: SuiteOptions): Promise<StageRow[]> => {
  const [seeds, rounds] = small ? [4, 3_000] : [20, 100_000];
  const regrets = new Map<string, number[]>();
  const step = progress.step('policies learn from planted streams', seeds);
  for (let s = 0; s < seeds; s++) {
    const rng = createRng(seed).fork(`bandit-stream-${s}`);
    const stream = drawStream({ rounds, rng });
    for (const make of POLICIES) {
      const policy = make();
      const regret = playStream(policy, stream, rng.fork('choices'));
      regrets.set(policy.name, [...(regrets.get(policy.name) ?? []), regret]);
      await new Promise(setImmediate); // let signals through
    }
    step.advance(s + 1);
  }
  step.end(`${seeds} streams of ${rounds.toLocaleString('en')} rounds`);
  const protocol = `${seeds} seeds of ${rounds} rounds; every policy starts with nothing learned and meets the same streams`;
  const each = Array.from(regrets, ([name, values]) => ({
    name: `bandit.${name}.pseudo-regret`,
    value: mean(values),
    unit: 'rewards',
    n: seeds,
    ci: meanInterval(values),
    definition: REGRET_DEFINITION,
    protocol: `mean over ${protocol}`,
  }));
  const ratio = ratioRow(regrets.get('lin-ucb') ?? [], regrets.get('epsilon-greedy') ?? [], {
    protocol,
    uniform: createRng(seed).fork('bandit-resamples'),
  });
  return [ratio, ...each].map((measurement) => ({ stage: STAGE, measurement }));
};

/** The best policy's regret over that of epsilon-greedy with the same model, seed by seed. */
const ratioRow = (
  best: readonly number[],
  greedy: readonly number[],
  { protocol, uniform }: { protocol: string; uniform: Rng },
): Measurement => {
  const ci = ratioOfMeansInterval(best, greedy, { uniform: () => uniform.next() });
  return heldTo(
    {
      name: 'bandit.regret-ratio-vs-epsilon-greedy',
      value: mean(best) / mean(greedy),
      unit: 'ratio',
      n: best.length,
      ci,
      definition: 'mean pseudo-regret of lin-ucb over that of epsilon-greedy, both with one linear model',
      protocol: `${protocol}; interval by bootstrap over the seeds`,
    },
    1,
    'at-most',
    ci[1] < 1,
  );
};
