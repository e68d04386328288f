import type { BanditRound } from './contract.ts';
import { LINEAR_DEFAULTS, LinearPolicy, type LinearPolicyConfig } from './linear-policy.ts';
import { checkSetting } from './policy-config.ts';

export interface SoftmaxConfig extends LinearPolicyConfig {
  /** Difference of scores that makes one action e times as likely as another, > 0: of rewards, or of log-odds. */
  readonly temperature?: number;
}

export const SOFTMAX_DEFAULTS = { ...LINEAR_DEFAULTS, temperature: 0.05 } as const;

/**
 * Actions in proportion to exp(mean score / temperature) (Boltzmann). It explores by how good an action seems, never by
 * how little is known of it.
 * @see Sutton & Barto, "Reinforcement Learning", 2nd ed., 2018, section 2.8
 */
export class Softmax extends LinearPolicy {
  readonly config: Required<SoftmaxConfig>;

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: SoftmaxConfig) {
    const settled = { ...SOFTMAX_DEFAULTS, ...config };
    super('softmax', settled);
    checkSetting(this.name, 'temperature', settled.temperature, { above: 0 });
    this.config = settled;
  }

  /** @throws RangeError on a round of another shape, or a feature that is not finite */
  probabilities(round: BanditRound): Float64Array {
    const scores = this.scoreMeans(round).subarray(0, round.actionCount);
    let best = -Infinity;
    for (const score of scores) best = Math.max(best, score);
    let total = 0;
    const probabilities = scores.map((score) => {
      const share = Math.exp((score - best) / this.config.temperature);
      total += share;
      return share;
    });
    for (let a = 0; a < probabilities.length; a++) probabilities[a] /= total;
    return probabilities;
  }
}
