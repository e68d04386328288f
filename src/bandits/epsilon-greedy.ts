import type { BanditRound } from './contract.ts';
import { mixFloor, spreadOverBest } from './decision.ts';
import { LINEAR_DEFAULTS, LinearPolicy, type LinearPolicyConfig } from './linear-policy.ts';
import { checkSetting } from './policy-config.ts';
import { checkFinite, checkRound } from './round.ts';

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
 * The best action by the linear model's mean with probability 1 - epsilon, else a uniform one.
 *   p(a) = (1 - epsilon) [a is best] + epsilon / actions, the best part divided among ties
 * @see Sutton & Barto, "Reinforcement Learning", 2nd ed., 2018, section 2.2
 */
export class EpsilonGreedy extends LinearPolicy {
  readonly config: Required<EpsilonGreedyConfig>;
  #means = new Float64Array(0);

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
    checkRound(round, this.model.size);
    const { actionCount, featureSize, features } = round;
    if (this.#means.length < actionCount) this.#means = new Float64Array(actionCount);
    const means = this.#means;
    const theta = this.model.weights();
    for (let a = 0, at = 0; a < actionCount; a++) {
      let sum = 0;
      for (let i = 0; i < featureSize; i++, at++) sum += theta[i] * features[at];
      if (!Number.isFinite(sum)) checkFinite(round);
      means[a] = sum;
    }
    const { epsilon, decayUpdates } = this.config;
    return mixFloor(
      spreadOverBest(means, actionCount),
      epsilon / (1 + this.model.observations / decayUpdates),
    );
  }
}
