import { ActionProjection } from './action-projection.ts';
import type { BanditRound } from './contract.ts';
import { spreadOverBest } from './decision.ts';
import { LINEAR_DEFAULTS, LinearPolicy, type LinearPolicyConfig } from './linear-policy.ts';
import { checkSetting } from './policy-config.ts';
import { checkFinite, checkRound } from './round.ts';

export interface LinUcbConfig extends LinearPolicyConfig {
  /** Width of the bound, in posterior standard deviations of the score, >= 0. */
  readonly alpha?: number;
}

export const LIN_UCB_DEFAULTS = { ...LINEAR_DEFAULTS, alpha: 1 } as const;

/**
 * The action of the highest upper confidence bound, from one model over joint context-action features:
 *   ucb(a) = x_a^T theta + alpha sigma sqrt(x_a^T A^-1 x_a)
 * The mass is divided among ties; put an exploration floor around it where its log is to be evaluated.
 * Unlike the paper's, alpha is in units of the noise sigma, which the model estimates, so one value
 * suits rewards of any scale.
 * @see Li, Chu, Langford & Schapire, "A Contextual-Bandit Approach to Personalized News Article
 * Recommendation", WWW 2010 (the shared part of its hybrid model)
 */
export class LinUcb extends LinearPolicy {
  readonly config: Required<LinUcbConfig>;
  readonly #projection: ActionProjection;
  #bounds = new Float64Array(0);

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: LinUcbConfig) {
    const settled = { ...LIN_UCB_DEFAULTS, ...config };
    super('lin-ucb', settled);
    checkSetting(this.name, 'alpha', settled.alpha, { min: 0 });
    this.config = settled;
    this.#projection = new ActionProjection(settled.featureSize);
  }

  /** @throws RangeError on a round of another shape, or a feature that is not finite */
  probabilities(round: BanditRound): Float64Array {
    checkRound(round, this.model.size);
    const { actionCount } = round;
    if (this.#bounds.length < actionCount) this.#bounds = new Float64Array(actionCount);
    const bounds = this.#bounds;
    this.#projection.project(this.model, round);
    const { means, squares, sharedMean, sharedSquare } = this.#projection;
    const width = this.config.alpha * Math.sqrt(this.model.noiseVariance());
    for (let a = 0; a < actionCount; a++) {
      bounds[a] = sharedMean + means[a] + width * Math.sqrt(sharedSquare + squares[a]);
      if (!Number.isFinite(bounds[a])) checkFinite(round);
    }
    return spreadOverBest(bounds, actionCount);
  }
}
