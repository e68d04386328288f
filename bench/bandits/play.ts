import type { BanditPolicy } from '../../src/bandits/contract.ts';
import { chooseForRequest } from '../../src/bandits/decision.ts';
import type { Measurement } from '../../src/domain/measurement.ts';
import type { Rng } from '../../src/domain/rng.ts';
import type { Interval } from '../../src/evaluation/bootstrap.ts';
import { ratioOfMeansInterval } from '../../src/evaluation/ratio-interval.ts';
import { mean } from '../../src/math/statistics.ts';
import { ACTIONS, type BanditStream, streamReader } from './stream.ts';

export const REGRET_DEFINITION =
  'sum over rounds of P(reward) of the best action less P(reward) of the chosen one, both as planted';

export interface Play {
  readonly rng: Rng;
  /** The policy forgets a share of what it learned now and then. */
  readonly forget?: { readonly everyRounds: number; readonly keep: number };
}

/** Pseudo-regret of a policy that starts knowing nothing and learns from what its own choices bring. */
export const playStream = (policy: BanditPolicy, stream: BanditStream, play: Play): number =>
  startPlay(policy, stream, play)(stream.rounds);

/** The same little by little: plays on up to a round, and gives the pseudo-regret until there. */
export const startPlay = (
  policy: BanditPolicy,
  stream: BanditStream,
  { rng, forget }: Play,
): ((until: number) => number) => {
  const { expected, rewards } = stream;
  const read = streamReader(stream);
  let [t, regret] = [0, 0];
  return (until) => {
    for (; t < until; t++) {
      const round = read(t);
      const { action } = chooseForRequest(policy, round, rng);
      const row = t * ACTIONS;
      let best = 0;
      for (let a = 0; a < ACTIONS; a++) best = Math.max(best, expected[row + a]);
      regret += best - expected[row + action];
      policy.update({ round, action, reward: rewards[row + action] });
      if (forget !== undefined && (t + 1) % forget.everyRounds === 0) policy.forget(forget.keep);
    }
    return regret;
  };
};

/** Mean of the one over mean of the other, seed by seed, with its bootstrap interval. */
export const regretRatio = (
  ours: readonly number[],
  theirs: readonly number[],
  rng: Rng,
): Pick<Measurement, 'value' | 'unit' | 'n'> & { readonly ci: Interval } => ({
  value: mean(ours) / mean(theirs),
  unit: 'ratio',
  n: ours.length,
  ci: ratioOfMeansInterval(ours, theirs, { uniform: () => rng.next() }),
});
