import type { BanditRound } from './contract.ts';
import { mixFloor, spreadOverBest } from './decision.ts';
import { LINEAR_DEFAULTS, LinearPolicy, type LinearPolicyConfig } from './linear-policy.ts';
import { checkSetting } from './policy-config.ts';

export interface EpsilonGreedyConfig extends LinearPolicyConfig {
  /** Share of decisions made uniformly, [0, 1]. */
  readonly epsilon?: number;
  /** Updates after which the share has halved, > 0: epsilon / (1 + updates / decayUpdates). Infinity: never. */
  readonly decayUpdates?: number;
}

export const EPSILON_GREEDY_DEFAULTS = {
  ...LINEAR_DEFAULTS,
  epsilon: 0.1,
  decayUpdates: Infinity,
} as const;

/**
 * The best action by the model's mean with probability 1 - epsilon, else a uniform one.
 *   p(a) = (1 - epsilon) [a is best] + epsilon / actions, the best part divided among ties
 * @see Sutton & Barto, "Reinforcement Learning", 2nd ed., 2018, section 2.2
 */
export class EpsilonGreedy extends LinearPolicy {
  readonly config: Required<EpsilonGreedyConfig>;

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: EpsilonGreedyConfig) {
    const settled = { ...EPSILON_GREEDY_DEFAULTS, ...config };
    super('epsilon-greedy', settled);
    checkSetting(this.name, 'epsilon', settled.epsilon, { min: 0, max: 1 });
    if (settled.decayUpdates !== Infinity) {
      checkSetting(this.name, 'decayUpdates', settled.decayUpdates, { above: 0 });
    }
    this.config = settled;
  }

  /** @throws RangeError on a round of another shape, or a feature that is not finite */
  probabilities(round: BanditRound): Float64Array {
    const { epsilon, decayUpdates } = this.config;
    return mixFloor(
      spreadOverBest(this.scoreMeans(round), round.actionCount),
      epsilon / (1 + this.model.observations / decayUpdates),
    );
  }
}
