import { callerError } from '../../domain/errors.ts';
import { createRng, type Rng } from '../../domain/rng.ts';

export interface Arm {
  /** kebab-case; the first arm of an experiment is its control. */
  readonly name: string;
  /** Share of the experiment's units, > 0; those of all arms sum to 1. */
  readonly share: number;
}

/** Where a unit lies on [0, 1) under a salt: always the same place, and under another salt an unrelated one. */
export type Placement = (unit: string) => number;

const ROOT: Rng = createRng(0);

/**
 * The placement of units under a salt, by the hash that also separates random streams: no state is kept, so every
 * server gives a unit the same place.
 * @see Kohavi, Tang & Xu, "Trustworthy Online Controlled Experiments", 2020, chapter 4 (assignment by salted hash)
 */
export const placementOf = (salt: string): Placement => {
  const salted = ROOT.fork('assignment').fork(salt);
  return (unit) => salted.fork(unit).next();
};

/** The row of the arm whose part of [0, 1) holds the place: arms lie side by side in their order. */
export const armAt = (arms: readonly Arm[], place: number): number => {
  let end = 0;
  for (let arm = 0; arm < arms.length - 1; arm++) {
    end += arms[arm].share;
    if (place < end) return arm;
  }
  return arms.length - 1;
};

/** @throws MarqueeError (caller) naming the experiment when arms are fewer than two, alike in name, or do not share 1 */
export const expectArms = (experiment: string, arms: readonly Arm[]): void => {
  const total = arms.reduce((sum, { share }) => sum + share, 0);
  const names = new Set(arms.map(({ name }) => name));
  if (arms.length < 2 || names.size < arms.length) {
    throw callerError(
      'experiment-arms',
      `experiment ${experiment}: expected two arms or more of different names, got ${arms.map(({ name }) => name).join(', ')}`,
    );
  }
  if (arms.some(({ share }) => !(share > 0)) || Math.abs(total - 1) > 1e-9) {
    throw callerError(
      'experiment-arms',
      `experiment ${experiment}: expected shares > 0 that sum to 1, got ${arms.map(({ share }) => share).join(', ')}`,
    );
  }
};
