import type { Rng } from '../domain/rng.ts';
import type { BanditFeedback, BanditPolicy, BanditRound, Decision, PolicyState } from './contract.ts';
import { drawDecision, spreadOverBest } from './decision.ts';
import { LIN_UCB_DEFAULTS, type LinUcbConfig } from './lin-ucb.ts';
import { checkSetting } from './policy-config.ts';
import { checkedArrays } from './policy-state.ts';
import { RidgeModel } from './ridge-model.ts';
import { checkAction, checkKeep, checkRound } from './round.ts';

export interface DisjointLinUcbConfig extends Omit<LinUcbConfig, 'link'> {
  /** Arms there are: action i is arm i in every round, and a round may offer the first few alone. */
  readonly arms: number;
}

/**
 * The action of the highest upper confidence bound, each arm having a linear model of its own:
 *   ucb(a) = x_a^T theta_a + alpha sigma_a sqrt(x_a^T A_a^-1 x_a)
 * For arms that stay and are few; nothing learned of one tells of another.
 * @see Li, Chu, Langford & Schapire, "A Contextual-Bandit Approach to Personalized News Article
 * Recommendation", WWW 2010, algorithm 1; alpha is in units of the noise, as in `LinUcb`
 */
export class DisjointLinUcb implements BanditPolicy {
  readonly name = 'disjoint-lin-ucb';
  readonly config: Required<Omit<DisjointLinUcbConfig, 'link'>>;
  readonly #models: readonly RidgeModel[]; // [arms]

  /** @throws MarqueeError (caller) on a setting out of range */
  constructor(config: DisjointLinUcbConfig) {
    const { ridge, priorNoise, alpha } = LIN_UCB_DEFAULTS;
    const settled = { ridge, priorNoise, alpha, ...config };
    checkSetting(this.name, 'featureSize', settled.featureSize, { min: 1, multipleOf: 1 });
    checkSetting(this.name, 'arms', settled.arms, { min: 1, multipleOf: 1 });
    checkSetting(this.name, 'ridge', settled.ridge, { above: 0 });
    checkSetting(this.name, 'priorNoise', settled.priorNoise, { above: 0 });
    checkSetting(this.name, 'alpha', settled.alpha, { min: 0 });
    this.config = settled;
    this.#models = Array.from({ length: settled.arms }, () => new RidgeModel(settled));
  }

  /** @throws RangeError on a round of another shape or with more actions than arms, or a feature that is not finite */
  probabilities(round: BanditRound): Float64Array {
    this.#check(round);
    const bounds = new Float64Array(round.actionCount);
    for (let a = 0; a < bounds.length; a++) {
      const model = this.#models[a];
      const { mean, square } = model.scoreOf(round.features, a * model.size);
      bounds[a] = mean + this.config.alpha * Math.sqrt(model.noiseVariance() * square);
    }
    return spreadOverBest(bounds, bounds.length);
  }

  choose(round: BanditRound, rng: Rng): Decision {
    return drawDecision(this.probabilities(round), rng);
  }

  /** @throws RangeError on a round, action, reward or weight that is none; nothing is then learned */
  update({ round, action, reward, weight = 1 }: BanditFeedback): void {
    this.#check(round);
    checkAction(round, action);
    this.#models[action].learn(round.features, action * round.featureSize, reward, weight);
  }

  forget(keep: number): void {
    checkKeep(keep);
    for (const model of this.#models) model.forget(keep);
  }

  save(): PolicyState {
    const arrays: Record<string, Float64Array> = {};
    this.#models.forEach((model, arm) => {
      for (const [array, values] of Object.entries(model.save())) arrays[keyOf(arm, array)] = values;
    });
    return { policy: this.name, arrays };
  }

  restore(state: PolicyState): void {
    const arrays = this.#checked(state);
    this.#models.forEach((model, arm) => {
      model.restore(armOf(arrays, arm));
    });
  }

  merge(parts: readonly PolicyState[]): void {
    const checked = parts.map((part) => this.#checked(part));
    this.#models.forEach((model, arm) => {
      model.merge(checked.map((arrays) => armOf(arrays, arm)));
    });
  }

  #check(round: BanditRound): void {
    checkRound(round, this.config.featureSize);
    if (round.actionCount > this.config.arms) {
      throw new RangeError(
        `round ${round.requestId}: expected up to ${this.config.arms} actions, got ${round.actionCount}`,
      );
    }
  }

  #checked(state: PolicyState): PolicyState['arrays'] {
    const lengths = Object.entries(RidgeModel.stateLengths(this.config.featureSize));
    const all = this.#models.flatMap((_, arm) =>
      lengths.map(([array, length]) => [keyOf(arm, array), length]),
    );
    return checkedArrays(this.name, Object.fromEntries(all), state);
  }
}

const keyOf = (arm: number, array: string): string => `arm-${arm}.${array}`;

/** One arm's arrays, under the names that its model knows. */
const armOf = (arrays: PolicyState['arrays'], arm: number): PolicyState['arrays'] => {
  const prefix = keyOf(arm, '');
  return Object.fromEntries(
    Object.entries(arrays)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [name.slice(prefix.length), values]),
  );
};
