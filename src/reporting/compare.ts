/** Two runs of a suite beside each other, figure by figure. */
import type { BenchResult, Measurement } from '../domain/measurement.ts';

export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly before: Measurement;
  readonly after: Measurement;
  /** After less before. */
  readonly difference: number;
  /** 95 % interval of the difference, where both have one. */
  readonly ci?: readonly [number, number];
  /** `better` or `worse` where a budget says which side is good and the interval leaves 0. */
  readonly verdict: 'better' | 'worse' | 'other' | 'no difference shown';
  /** What happened to its budget. */
  readonly passChange?: 'now passes' | 'now fails';
}

/**
 * Figures that both runs have, in the order of the second.
 * The interval of the difference d = b - a of two figures measured apart (MOVER) is
 *   [d - sqrt((b - low_b)^2 + (high_a - a)^2), d + sqrt((high_b - b)^2 + (a - low_a)^2)]
 * @see Zou & Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 2008
 */
export const compareRuns = (before: BenchResult, after: BenchResult): Comparison[] => {
  const then = new Map(before.measurements.map((measurement) => [measurement.name, measurement]));
  return after.measurements.flatMap((now) => {
    const was = then.get(now.name);
    return was === undefined || was.unit !== now.unit ? [] : [compared(was, now)];
  });
};

const compared = (before: Measurement, after: Measurement): Comparison => {
  const difference = after.value - before.value;
  const ci = differenceInterval(before, after);
  const passChange =
    before.pass === false && after.pass === true
      ? 'now passes'
      : before.pass === true && after.pass === false
        ? 'now fails'
        : undefined;
  return {
    name: after.name,
    unit: after.unit,
    before,
    after,
    difference,
    ...(ci === undefined ? {} : { ci }),
    verdict: verdictOf(after, difference, ci),
    ...(passChange === undefined ? {} : { passChange }),
  };
};

const differenceInterval = (a: Measurement, b: Measurement): readonly [number, number] | undefined => {
  if (a.ci === undefined || b.ci === undefined) return undefined;
  const difference = b.value - a.value;
  return [
    difference - Math.hypot(b.value - b.ci[0], a.ci[1] - a.value),
    difference + Math.hypot(b.ci[1] - b.value, a.value - a.ci[0]),
  ];
};

const verdictOf = (
  { budget, sense }: Measurement,
  difference: number,
  ci: readonly [number, number] | undefined,
): Comparison['verdict'] => {
  const parted = ci !== undefined && (ci[0] > 0 || ci[1] < 0);
  if (!parted) return 'no difference shown';
  if (budget === undefined) return 'other';
  return difference > 0 === (sense === 'at-least') ? 'better' : 'worse';
};
