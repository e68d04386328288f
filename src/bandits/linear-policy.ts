import type { Rng } from '../domain/rng.ts';
import type { BanditFeedback, BanditPolicy, BanditRound, Decision, PolicyState } from './contract.ts';
import { drawDecision } from './decision.ts';
import { LogisticModel } from './logistic-model.ts';
import { checkSetting } from './policy-config.ts';
import { checkedArrays } from './policy-state.ts';
import { RidgeModel } from './ridge-model.ts';
import { checkAction, checkFinite, checkKeep, checkRound } from './round.ts';

/** What a reward is thought to be: x^T theta and noise, or 1 with probability sigmoid(x^T theta), else 0. */
export type Link = 'linear' | 'logistic';

/** What every policy over a model of the features is built from. */
export interface LinearPolicyConfig {
  /** Features of an action, d. No intercept is added: one feature had better be constant. */
  readonly featureSize: number;
  /** `logistic` takes rewards from 0 to 1, and costs twice the time. */
  readonly link?: Link;
  /** Pull of every weight towards 0, > 0: its prior precision; with a linear link, in observations of a feature of size 1. */
  readonly ridge?: number;
  /** Standard deviation of the reward around its mean, as believed before any data; > 0. Of the linear link alone. */
  readonly priorNoise?: number;
}

export const LINEAR_DEFAULTS = { link: 'linear', ridge: 1, priorNoise: 0.5 } as const;

/**
 * One model of the reward shared by all actions; how it is acted on is the subclass's.
 * With a logistic link the name says so: `logistic-ts` beside `lin-ts`.
 */
export abstract class LinearPolicy implements BanditPolicy {
  readonly name: string;
  protected readonly model: RidgeModel;
  #means = new Float64Array(0); // [actions]

  constructor(base: string, config: Required<LinearPolicyConfig>) {
    const name = config.link === 'linear' ? base : `logistic-${base.replace(/^lin-/, '')}`;
    checkSetting(name, 'featureSize', config.featureSize, { min: 1, multipleOf: 1 });
    checkSetting(name, 'ridge', config.ridge, { above: 0 });
    checkSetting(name, 'priorNoise', config.priorNoise, { above: 0 });
    this.name = name;
    this.model = config.link === 'linear' ? new RidgeModel(config) : new LogisticModel(config);
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

  forget(keep: number): void {
    checkKeep(keep);
    this.model.forget(keep);
  }

  save(): PolicyState {
    return { policy: this.name, arrays: this.model.save() };
  }

  restore(state: PolicyState): void {
    this.model.restore(this.#checked(state));
  }

  merge(parts: readonly PolicyState[]): void {
    this.model.merge(parts.map((part) => this.#checked(part)));
  }

  /** x_a^T theta of each action, in a buffer that the next round reuses and that may be longer. [actions, ...] */
  protected scoreMeans(round: BanditRound): Float64Array {
    checkRound(round, this.model.size);
    const { actionCount, featureSize, features } = round;
    if (this.#means.length < actionCount) this.#means = new Float64Array(actionCount);
    const theta = this.model.weights();
    for (let a = 0, at = 0; a < actionCount; a++) {
      let sum = 0;
      for (let i = 0; i < featureSize; i++, at++) sum += theta[i] * features[at];
      if (!Number.isFinite(sum)) checkFinite(round);
      this.#means[a] = sum;
    }
    return this.#means;
  }

  #checked(state: PolicyState): PolicyState['arrays'] {
    return checkedArrays(this.name, RidgeModel.stateLengths(this.model.size), state);
  }
}
