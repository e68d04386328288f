import type { BanditLog, RewardRange, WeighedLog } from './contract.ts';

/** Rows of probabilities may be off by as much, for those kept as 32-bit floats. */
const ROUNDING = 1e-4;

/**
 * The log with its importance weights, w_i = target(a_i | x_i) / propensity_i.
 * @throws RangeError on an empty log, unequal lengths, an action that is none, a reward that is not finite, a
 *   propensity outside (0, 1], or target probabilities that are negative or do not sum to 1
 */
export const weighLog = (log: BanditLog, target: Float64Array): WeighedLog => {
  const { actionCount, actions, rewards, propensities } = log;
  const n = actions.length;
  if (n === 0) throw new RangeError('off-policy: expected at least one round, got an empty log');
  if (rewards.length !== n || propensities.length !== n) {
    throw new RangeError(
      `off-policy: ${n} actions, ${rewards.length} rewards and ${propensities.length} propensities, expected as many of each`,
    );
  }
  if (target.length !== n * actionCount) {
    throw new RangeError(
      `off-policy: expected ${n} x ${actionCount} target probabilities, got ${target.length}`,
    );
  }
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const [action, propensity] = [actions[i], propensities[i]];
    if (!Number.isInteger(action) || action < 0 || action >= actionCount) {
      throw new RangeError(`off-policy: round ${i}: expected an action below ${actionCount}, got ${action}`);
    }
    if (!Number.isFinite(rewards[i])) {
      throw new RangeError(`off-policy: round ${i}: expected a finite reward, got ${rewards[i]}`);
    }
    expectPropensity(propensity, `round ${i}`);
    let sum = 0;
    for (let a = i * actionCount; a < (i + 1) * actionCount; a++) {
      if (!(target[a] >= 0)) {
        throw new RangeError(`off-policy: round ${i}: expected target probabilities >= 0, got ${target[a]}`);
      }
      sum += target[a];
    }
    if (!(Math.abs(sum - 1) <= ROUNDING)) {
      throw new RangeError(`off-policy: round ${i}: expected target probabilities that sum to 1, got ${sum}`);
    }
    weights[i] = target[i * actionCount + action] / propensity;
  }
  return { actionCount, actions, rewards, propensities, n, target, weights };
};

/** @throws RangeError unless the propensity is in (0, 1] */
export const expectPropensity = (propensity: number, where: string): void => {
  if (!(propensity > 0 && propensity <= 1 + ROUNDING)) {
    throw new RangeError(`off-policy: ${where}: expected a propensity in (0, 1], got ${propensity}`);
  }
};

/** @throws RangeError naming the first reward outside the range in which all are said to lie */
export const expectWithin = (rewards: ArrayLike<number>, [least, most]: RewardRange): void => {
  for (let i = 0; i < rewards.length; i++) {
    if (!(rewards[i] >= least && rewards[i] <= most)) {
      throw new RangeError(
        `off-policy: round ${i}: expected a reward from ${least} to ${most}, got ${rewards[i]}`,
      );
    }
  }
};
