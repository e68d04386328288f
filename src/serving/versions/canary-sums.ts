/** What the groups of a trial did, summed by heaps of members: sums of several processes add up to those of all. */
import { type Group, HEAPS, type Place } from './canary-groups.ts';

export const COUNTED = [
  'requests',
  'errors',
  'not-finite',
  'bugs',
  'degraded',
  'pages',
  'slow',
  'plays',
  'finishes',
] as const;
export type Counted = (typeof COUNTED)[number];

export type CanarySums = Float64Array; // [groups, heaps, counted]

export const emptySums = (): CanarySums => new Float64Array(2 * HEAPS * COUNTED.length);

export const count = (sums: CanarySums, { group, heap }: Place, counted: Counted): void => {
  sums[(group * HEAPS + heap) * COUNTED.length + COUNTED.indexOf(counted)] += 1;
};

/** One column of both groups, [groups, heaps]. */
export const columnOf = (sums: CanarySums, counted: Counted): Float64Array =>
  Float64Array.from({ length: 2 * HEAPS }, (_, i) => sums[i * COUNTED.length + COUNTED.indexOf(counted)]);

export const totalOf = (sums: CanarySums, counted: Counted, group: Group): number =>
  columnOf(sums, counted)
    .subarray(group * HEAPS, (group + 1) * HEAPS)
    .reduce((sum, value) => sum + value, 0);
