import type { BanditRound } from './contract.ts';
import { spreadOverBest } from './decision.ts';
import { LINEAR_DEFAULTS, LinearPolicy, type LinearPolicyConfig } from './linear-policy.ts';

/** The best action by the model's mean, always: the mass divided among ties. */
export class Greedy extends LinearPolicy {
  readonly config: Required<LinearPolicyConfig>;

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: LinearPolicyConfig) {
    const settled = { ...LINEAR_DEFAULTS, ...config };
    super('greedy', settled);
    this.config = settled;
  }

  /** @throws RangeError on a round of another shape, or a feature that is not finite */
  probabilities(round: BanditRound): Float64Array {
    return spreadOverBest(this.scoreMeans(round), round.actionCount);
  }
}
