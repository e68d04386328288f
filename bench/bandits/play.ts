import type { BanditPolicy } from '../../src/bandits/contract.ts';
import type { Rng } from '../../src/domain/rng.ts';
import { ACTIONS, type BanditStream, streamReader } from './stream.ts';

export const REGRET_DEFINITION =
  'sum over rounds of P(reward) of the best action less P(reward) of the chosen one, both as planted';

/** Pseudo-regret of a policy that starts knowing nothing and learns from what its own choices bring. */
export const playStream = (policy: BanditPolicy, stream: BanditStream, rng: Rng): number => {
  const { rounds, expected, rewards } = stream;
  const read = streamReader(stream);
  let regret = 0;
  for (let t = 0; t < rounds; t++) {
    const round = read(t);
    const { action } = policy.choose(round, rng);
    const row = t * ACTIONS;
    let best = 0;
    for (let a = 0; a < ACTIONS; a++) best = Math.max(best, expected[row + a]);
    regret += best - expected[row + action];
    policy.update({ round, action, reward: rewards[row + action] });
  }
  return regret;
};
