import { chiSquareTail } from '../../math/distributions.ts';
import type { Interval } from '../bootstrap.ts';
import { type Effect, effectInterval, effectOf, welchEffect } from './effect.ts';
import type { Moments } from './moments.ts';
import { levelOfEach } from './several.ts';

export interface Segment {
  readonly name: string;
  readonly effect: Effect;
}

export interface SegmentReading {
  /** In the order given; the intervals hold all together at the level. */
  readonly segments: readonly (Segment & { readonly interval: Interval })[];
  /** p value of one effect for all segments (Cochran's Q): small where they respond differently. */
  readonly heterogeneityP: number;
  /** The mean of the effects, weighted by how well each is known. */
  readonly common: number;
}

/**
 * Effects by segment, such as countries, with intervals that allow for there being many: of twenty segments without an
 * effect one is expected to look like one. Read a segment as different only where `heterogeneityP` is small too.
 *   Q = sum_k (d_k - d)^2 / SE_k^2,   d = sum (d_k / SE_k^2) / sum (1 / SE_k^2),   chi-square with segments - 1
 * @throws RangeError on no segments, or one whose effect has no standard error > 0
 * @see Cochran, "The combination of estimates from different experiments", Biometrics 1954
 */
export const readSegments = (segments: readonly Segment[], level = 0.95): SegmentReading => {
  if (segments.length === 0) throw new RangeError('segments: expected at least one, got none');
  let [weights, weighted] = [0, 0];
  for (const { name, effect } of segments) {
    if (!(effect.standardError > 0)) throw new RangeError(`segment ${name}: expected a metric that varies`);
    weights += 1 / effect.standardError ** 2;
    weighted += effect.estimate / effect.standardError ** 2;
  }
  const common = weighted / weights;
  const q = segments.reduce(
    (sum, { effect }) => sum + ((effect.estimate - common) / effect.standardError) ** 2,
    0,
  );
  const each = levelOfEach(level, segments.length);
  return {
    segments: segments.map((segment) => ({ ...segment, interval: effectInterval(segment.effect, each) })),
    heterogeneityP: segments.length === 1 ? 1 : chiSquareTail(q, segments.length - 1),
    common,
  };
};

/** The four cells of two experiments that ran on the same units: first word is the first experiment's arm. */
export interface TwoByTwo {
  readonly controlControl: Moments;
  readonly controlTreatment: Moments;
  readonly treatmentControl: Moments;
  readonly treatmentTreatment: Moments;
}

/**
 * What the two treatments do together beyond the sum of what each does alone, (11 - 01) - (10 - 00), and each one's
 * effect with the other held balanced. With an interaction near 0 either may be read as if it ran alone.
 * @see Box, Hunter & Hunter, "Statistics for Experimenters", 2005, chapter 5 (2^2 designs)
 */
export const readTwoByTwo = ({
  controlControl,
  controlTreatment,
  treatmentControl,
  treatmentTreatment,
}: TwoByTwo) => {
  const combine = (first: Effect, second: Effect, sign: 1 | -1): Effect => {
    const scale = sign === 1 ? 0.5 : 1; // a main effect is the mean of two, an interaction their difference
    return effectOf({
      estimate: scale * (first.estimate + sign * second.estimate),
      standardError: scale * Math.hypot(first.standardError, second.standardError),
      degreesOfFreedom: Number.POSITIVE_INFINITY,
      control: controlControl.mean,
    });
  };
  const firstAlone = welchEffect(controlControl, treatmentControl);
  const firstBeside = welchEffect(controlTreatment, treatmentTreatment);
  const secondAlone = welchEffect(controlControl, controlTreatment);
  const secondBeside = welchEffect(treatmentControl, treatmentTreatment);
  return {
    first: combine(firstBeside, firstAlone, 1),
    second: combine(secondBeside, secondAlone, 1),
    interaction: combine(firstBeside, firstAlone, -1),
  };
};
