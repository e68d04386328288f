import type { Rng } from '../domain/rng.ts';
import type { BanditPolicy, BanditRound } from './contract.ts';
import { drawDecision, mixFloor } from './decision.ts';
import { checkSetting } from './policy-config.ts';

/** Share of decisions made uniformly where none is given. */
export const EXPLORATION_FLOOR = 0.02;

/**
 * The policy with a share of its decisions made uniformly, so that no propensity is 0 and its log can evaluate others.
 *   p(a) = (1 - floor) p_policy(a) + floor / actions
 * What is learned, saved and merged is the policy's own, under its own name.
 * @throws MarqueeError (caller) unless the floor is in [0, 1]
 */
export const withExplorationFloor = (policy: BanditPolicy, floor = EXPLORATION_FLOOR): BanditPolicy => {
  checkSetting(policy.name, 'explorationFloor', floor, { min: 0, max: 1 });
  const probabilities = (round: BanditRound, rng: Rng): Float64Array =>
    mixFloor(policy.probabilities(round, rng), floor);
  return {
    name: policy.name,
    probabilities,
    choose: (round, rng) => drawDecision(probabilities(round, rng), rng),
    update: (feedback) => policy.update(feedback),
    forget: (keep) => policy.forget(keep),
    save: () => policy.save(),
    restore: (state) => policy.restore(state),
    merge: (parts) => policy.merge(parts),
  };
};
