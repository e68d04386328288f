import type { BanditRound } from './contract.ts';

/** @throws RangeError unless the round has an action, and a row of `featureSize` numbers for each */
export const checkRound = (round: BanditRound, featureSize: number): void => {
  const { actionCount, features } = round;
  if (!(actionCount >= 1)) {
    throw new RangeError(`round ${round.requestId}: expected at least one action, got ${actionCount}`);
  }
  if (round.featureSize !== featureSize) {
    throw new RangeError(
      `round ${round.requestId}: expected ${featureSize} features an action, got ${round.featureSize}`,
    );
  }
  if (features.length !== actionCount * featureSize) {
    throw new RangeError(
      `round ${round.requestId}: expected ${actionCount} x ${featureSize} features, got ${features.length}`,
    );
  }
};

/** @throws RangeError unless the action is one of the round's */
export const checkAction = (round: BanditRound, action: number): void => {
  if (!Number.isInteger(action) || action < 0 || action >= round.actionCount) {
    throw new RangeError(
      `round ${round.requestId}: expected an action below ${round.actionCount}, got ${action}`,
    );
  }
};

/** @throws RangeError naming the first feature that is not finite, if there is one */
export const checkFinite = (round: BanditRound): void => {
  const bad = round.features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const action = Math.floor(bad / round.featureSize);
    throw new RangeError(
      `round ${round.requestId}: expected finite features, got ${round.features[bad]} at action ${action}, feature ${bad % round.featureSize}`,
    );
  }
};

/** How many leading columns hold one value in all rows: the context, as far as it stands first. */
export const sharedColumns = ({ actionCount, featureSize, features }: BanditRound): number => {
  for (let column = 0; column < featureSize; column++) {
    const first = features[column];
    for (let at = column + featureSize; at < actionCount * featureSize; at += featureSize) {
      if (features[at] !== first) return column;
    }
  }
  return featureSize;
};

/** @throws RangeError unless the weight is a number of observations */
export const checkWeight = (weight: number): void => {
  if (!(weight >= 0 && weight < Infinity)) throw new RangeError(`weight: expected >= 0, got ${weight}`);
};

/** @throws RangeError unless a share of what was learned is kept */
export const checkKeep = (keep: number): void => {
  if (!(keep > 0 && keep <= 1)) throw new RangeError(`keep: expected above 0 and up to 1, got ${keep}`);
};
