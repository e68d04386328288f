import type { Rng } from '../domain/rng.ts';
import type { BanditPolicy, BanditRound, Decision, PolicyState } from './contract.ts';
import { drawDecision } from './decision.ts';
import { checkedArrays } from './policy-state.ts';
import { checkKeep } from './round.ts';

/** Every action equally likely, whatever was learned: the baseline, and the cleanest log. */
export class Uniform implements BanditPolicy {
  readonly name = 'uniform';

  probabilities({ actionCount, requestId }: BanditRound): Float64Array {
    if (!(actionCount >= 1)) {
      throw new RangeError(`round ${requestId}: expected at least one action, got ${actionCount}`);
    }
    return new Float64Array(actionCount).fill(1 / actionCount);
  }

  choose(round: BanditRound, rng: Rng): Decision {
    return drawDecision(this.probabilities(round), rng);
  }

  update(): void {
    // nothing is learned
  }

  forget(keep: number): void {
    checkKeep(keep); // nothing was learned
  }

  save(): PolicyState {
    return { policy: this.name, arrays: {} };
  }

  restore(state: PolicyState): void {
    checkedArrays(this.name, {}, state);
  }

  merge(parts: readonly PolicyState[]): void {
    for (const part of parts) this.restore(part);
  }
}
