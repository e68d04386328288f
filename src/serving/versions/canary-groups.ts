/** Who gets a new version on trial, and whom it is compared with: two groups of members of equal size. */
import { placementOf } from '../../evaluation/ab/assignment.ts';

/** Rows of a trial's groups: the baseline gets the old version and is watched as closely. */
export const BASELINE = 0;
export const CANARY = 1;
export type Group = typeof BASELINE | typeof CANARY;

/** Members of a group are summed in so many heaps: independent of each other, and few enough to be handed about. */
export const HEAPS = 128;

export interface Place {
  readonly group: Group;
  readonly heap: number;
}

/**
 * A member's place in the trial of a version while each group holds `share` of the members; undefined for those in
 * neither. The same in every process, and a member stays where they are as the share grows: the canary grows up from 0,
 * the baseline down from 1.
 */
export const canaryGroups = (version: string): ((memberId: string, share: number) => Place | undefined) => {
  const placement = placementOf(`canary/${version}`);
  return (memberId, share) => {
    const place = placement(memberId);
    const group = place < share ? CANARY : place >= 1 - share ? BASELINE : undefined;
    // Lower digits than those that tell the group apart.
    return group === undefined ? undefined : { group, heap: Math.floor(place * 2 ** 28) % HEAPS };
  };
};
