import type { PolicyState } from './contract.ts';

/** Pulls of each arm and what they brought: all that a policy without features knows. Both are sums, so merging adds. */
export class ArmCounts {
  readonly pulls: Float64Array; // [arms]
  readonly rewards: Float64Array; // [arms]

  constructor(arms: number) {
    this.pulls = new Float64Array(arms);
    this.rewards = new Float64Array(arms);
  }

  learn(arm: number, reward: number, weight: number): void {
    this.pulls[arm] += weight;
    this.rewards[arm] += weight * reward;
  }

  forget(keep: number): void {
    for (const array of [this.pulls, this.rewards]) {
      for (let arm = 0; arm < array.length; arm++) array[arm] *= keep;
    }
  }

  save(): PolicyState['arrays'] {
    return { pulls: this.pulls.slice(), rewards: this.rewards.slice() };
  }

  restore({ pulls, rewards }: PolicyState['arrays']): void {
    this.pulls.set(pulls);
    this.rewards.set(rewards);
  }

  merge(parts: readonly PolicyState['arrays'][]): void {
    const start = this.save();
    for (const part of parts) {
      for (let arm = 0; arm < this.pulls.length; arm++) {
        this.pulls[arm] += part['pulls'][arm] - start['pulls'][arm];
        this.rewards[arm] += part['rewards'][arm] - start['rewards'][arm];
      }
    }
  }
}
