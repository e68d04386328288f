import { ArmPolicy, type ArmPolicyConfig } from './arm-policy.ts';
import type { BanditRound } from './contract.ts';
import { spreadOverBest } from './decision.ts';

/**
 * The arm of the highest upper confidence bound of its mean; arms never pulled come first, in equal shares.
 *   ucb(a) = rewards_a / pulls_a + sqrt(2 ln(sum of pulls) / pulls_a)
 * With `forget` it is the discounted UCB of Garivier & Moulines (ALT 2011).
 * @see Auer, Cesa-Bianchi & Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", 2002
 */
export class Ucb1 extends ArmPolicy {
  readonly config: ArmPolicyConfig;

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: ArmPolicyConfig) {
    super('ucb1', config);
    this.config = config;
  }

  /** @throws RangeError on a round without actions, or with more than there are arms */
  probabilities(round: BanditRound): Float64Array {
    this.checkArms(round);
    const { pulls, rewards } = this.counts;
    const offered = pulls.subarray(0, round.actionCount);
    const total = offered.reduce((sum, n) => sum + n, 0);
    const spread = 2 * Math.max(0, Math.log(total)); // forgetting may leave less than one pull
    const bounds = offered.map((n, a) => (n > 0 ? rewards[a] / n + Math.sqrt(spread / n) : Infinity));
    return spreadOverBest(bounds, bounds.length);
  }
}
