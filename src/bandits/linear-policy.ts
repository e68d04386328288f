import type { Rng } from '../domain/rng.ts';
import type { BanditFeedback, BanditPolicy, BanditRound, Decision, PolicyState } from './contract.ts';
import { drawDecision } from './decision.ts';
import { checkSetting } from './policy-config.ts';
import { checkedArrays } from './policy-state.ts';
import { RidgeModel } from './ridge-model.ts';
import { checkAction, checkRound } from './round.ts';

/** What every policy over a linear reward model is built from. */
export interface LinearPolicyConfig {
  /** Features of an action, d. No intercept is added: one feature had better be constant. */
  readonly featureSize: number;
  /** Pull of every weight towards 0, in observations of a feature of size 1; > 0. */
  readonly ridge?: number;
  /** Standard deviation of the reward around its mean, as believed before any data; > 0. */
  readonly priorNoise?: number;
}

export const LINEAR_DEFAULTS = { ridge: 1, priorNoise: 0.5 } as const;

/** One ridge model of the reward shared by all actions; how it is acted on is the subclass's. */
export abstract class LinearPolicy implements BanditPolicy {
  readonly name: string;
  protected readonly model: RidgeModel;

  constructor(name: string, config: Required<LinearPolicyConfig>) {
    checkSetting(name, 'featureSize', config.featureSize, { min: 1, multipleOf: 1 });
    checkSetting(name, 'ridge', config.ridge, { above: 0 });
    checkSetting(name, 'priorNoise', config.priorNoise, { above: 0 });
    this.name = name;
    this.model = new RidgeModel(config);
  }

  abstract probabilities(round: BanditRound, rng: Rng): Float64Array;

  choose(round: BanditRound, rng: Rng): Decision {
    return drawDecision(this.probabilities(round, rng), rng);
  }

  /** @throws RangeError on a round, action, reward or weight that is none; nothing is then learned */
  update({ round, action, reward, weight = 1 }: BanditFeedback): void {
    checkRound(round, this.model.size);
    checkAction(round, action);
    this.model.learn(round.features, action * round.featureSize, reward, weight);
  }

  save(): PolicyState {
    return { policy: this.name, arrays: this.model.save() };
  }

  restore(state: PolicyState): void {
    this.model.restore(checkedArrays(this.name, RidgeModel.stateLengths(this.model.size), state));
  }
}
