/**
 * An artwork policy of one's own: the best by a linear model, and one decision in five at random for ever.
 * Measure it beside ours: npm run bench -- artwork --small --policy examples/always-exploring.ts
 */
import type { BanditPolicy, BanditRound } from '../src/bandits/contract.ts';
import { mixFloor, spreadOverBest } from '../src/bandits/decision.ts';
import { LINEAR_DEFAULTS, LinearPolicy } from '../src/bandits/linear-policy.ts';
import type { GivenRounds } from '../src/serving/own-parts/contract.ts';

const AT_RANDOM = 0.2;

class AlwaysExploring extends LinearPolicy {
  probabilities(round: BanditRound): Float64Array {
    return mixFloor(spreadOverBest(this.scoreMeans(round), round.actionCount), AT_RANDOM);
  }
}

export default ({ featureSize }: GivenRounds): BanditPolicy =>
  new AlwaysExploring('always-exploring', { ...LINEAR_DEFAULTS, featureSize });
