import { ArmPolicy, type ArmPolicyConfig } from './arm-policy.ts';
import { chancesOfBest } from './best-of-betas.ts';
import type { BanditRound } from './contract.ts';

/**
 * Thompson sampling of Bernoulli arms, mean ~ Beta(1 + rewards, 1 + pulls - rewards), by its own distribution:
 *   p(a) = P(mean_a is the largest)
 * which is integrated, not sampled. The action alone is drawn, from that very vector.
 * @see Thompson, Biometrika 1933; Agrawal & Goyal, "Analysis of Thompson Sampling for the Multi-armed Bandit
 * Problem", COLT 2012
 */
export class BetaTs extends ArmPolicy {
  readonly config: ArmPolicyConfig;
  /** Many choices are made between two rewards, and all by one vector. */
  #last: { readonly key: string; readonly chances: Float64Array } = { key: '', chances: new Float64Array(0) };

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: ArmPolicyConfig) {
    super('beta-ts', config);
    this.config = config;
  }

  /** @throws RangeError on a round without actions, or with more than there are arms */
  probabilities(round: BanditRound): Float64Array {
    this.checkArms(round);
    const { pulls, rewards } = this.counts;
    const betas = Array.from({ length: round.actionCount }, (_, arm) => ({
      alpha: 1 + rewards[arm],
      beta: 1 + Math.max(0, pulls[arm] - rewards[arm]), // merging may round below 0
    }));
    const key = betas.flatMap(({ alpha, beta }) => [alpha, beta]).join();
    if (key !== this.#last.key) this.#last = { key, chances: chancesOfBest(betas) };
    return this.#last.chances.slice();
  }
}
