import type { Rng } from '../domain/rng.ts';
import { ArmCounts } from './arm-counts.ts';
import type { BanditFeedback, BanditPolicy, BanditRound, Decision, PolicyState } from './contract.ts';
import { drawDecision } from './decision.ts';
import { checkSetting } from './policy-config.ts';
import { checkedArrays } from './policy-state.ts';
import { checkAction, checkKeep, checkWeight } from './round.ts';

export interface ArmPolicyConfig {
  /** Arms there are: action i is arm i in every round, and a round may offer the first few alone. */
  readonly arms: number;
}

/** A policy that knows an action by its index alone and learns the mean of its rewards, from 0 to 1. */
export abstract class ArmPolicy implements BanditPolicy {
  readonly name: string;
  protected readonly counts: ArmCounts;

  constructor(name: string, { arms }: ArmPolicyConfig) {
    checkSetting(name, 'arms', arms, { min: 1, multipleOf: 1 });
    this.name = name;
    this.counts = new ArmCounts(arms);
  }

  abstract probabilities(round: BanditRound, rng: Rng): Float64Array;

  choose(round: BanditRound, rng: Rng): Decision {
    return drawDecision(this.probabilities(round, rng), rng);
  }

  /** @throws RangeError on a round, action, weight or reward that is none; nothing is then learned */
  update({ round, action, reward, weight = 1 }: BanditFeedback): void {
    this.checkArms(round);
    checkAction(round, action);
    checkWeight(weight);
    if (!(reward >= 0 && reward <= 1)) throw new RangeError(`reward: expected 0 to 1, got ${reward}`);
    this.counts.learn(action, reward, weight);
  }

  forget(keep: number): void {
    checkKeep(keep);
    this.counts.forget(keep);
  }

  save(): PolicyState {
    return { policy: this.name, arrays: this.counts.save() };
  }

  restore(state: PolicyState): void {
    this.counts.restore(this.#checked(state));
  }

  merge(parts: readonly PolicyState[]): void {
    this.counts.merge(parts.map((part) => this.#checked(part)));
  }

  protected checkArms({ requestId, actionCount }: BanditRound): void {
    const arms = this.counts.pulls.length;
    if (!(actionCount >= 1 && actionCount <= arms)) {
      throw new RangeError(`round ${requestId}: expected 1 to ${arms} actions, got ${actionCount}`);
    }
  }

  #checked(state: PolicyState): PolicyState['arrays'] {
    const arms = this.counts.pulls.length;
    return checkedArrays(this.name, { pulls: arms, rewards: arms }, state);
  }
}
