import type { Rng } from '../../domain/rng.ts';
import type { Interval } from '../bootstrap.ts';
import { cupedEffect } from './adjusted.ts';
import { alwaysValidInterval, alwaysValidP, mixingVariance } from './always-valid.ts';
import { bootstrapEffectInterval, bucketSums } from './bootstrap-effect.ts';
import { type Effect, effectInterval, proportionEffect, ratioEffect, welchEffect } from './effect.ts';
import { pairMomentsByArm } from './moments.ts';
import { exposureRatio, type SampleRatio, sampleRatio } from './sample-ratio.ts';
import { benjaminiHochberg, holm } from './several.ts';
import { judge, type MetricRole, type Verdict } from './verdict.ts';

type Column = Float64Array | Float32Array | Uint8Array;

/** A metric as an experiment declares it before it starts. */
export interface MetricDeclaration {
  readonly name: string;
  readonly role: MetricRole;
  readonly better: 'more' | 'less';
  /** By unit: a mean, a `proportion` of units (0 or 1 each), or a `ratio` of two sums over units. */
  readonly kind: 'mean' | 'proportion' | 'ratio';
  readonly values: Column; // [units]
  /** Of a ratio alone. */
  readonly denominator?: Column; // [units]
  /** The same unit before its exposure, for means and proportions. */
  readonly covariate?: Column; // [units]
  readonly tolerance?: number;
}

export interface ScorecardInput {
  /** Row of each unit's arm, 0 being the control; others than 0 and 1 are left out. */
  readonly arm: Uint8Array; // [units]
  readonly shares: readonly [control: number, treatment: number];
  /** Units assigned to each arm, where they are known: exposures are then checked against them. */
  readonly assigned?: readonly [control: number, treatment: number];
  readonly metrics: readonly MetricDeclaration[];
  /** Units of both arms that were planned for: the end at which a fixed-horizon reading is right. */
  readonly plannedUnits: number;
  readonly rng: Rng;
}

export interface ScorecardRow {
  readonly metric: MetricDeclaration;
  /** The test of the metric's kind. */
  readonly effect: Effect;
  /** With the covariate's part taken out; the same where there is none. */
  readonly adjusted: Effect;
  readonly bootstrap: Interval;
  readonly alwaysValid: { readonly p: number; readonly interval: Interval };
  /** Over all metrics of the scorecard, from the adjusted effects. */
  readonly holmP: number;
  readonly discoveryP: number;
}

export interface Scorecard {
  readonly units: readonly [control: number, treatment: number];
  readonly sampleRatio: SampleRatio;
  readonly rows: readonly ScorecardRow[];
  readonly verdict: Verdict;
}

/** Parts into which an arm is summed before it is resampled. */
const BUCKETS = 1_000;

const unadjusted = (metric: MetricDeclaration, arm: Uint8Array) => {
  const { kind, values, denominator = values, covariate = values } = metric;
  const [control, treatment] = pairMomentsByArm(values, kind === 'ratio' ? denominator : covariate, arm, 2);
  const effect =
    kind === 'ratio'
      ? ratioEffect(control, treatment)
      : (kind === 'proportion' ? proportionEffect : welchEffect)(control.a, treatment.a);
  return { effect, control, treatment };
};

/**
 * Every test of every declared metric, and what follows from them. Before the planned units have come the verdict goes
 * by the always-valid intervals, afterwards by those of the fixed horizon.
 */
export const readScorecard = ({
  arm,
  shares,
  assigned,
  metrics,
  plannedUnits,
  rng,
}: ScorecardInput): Scorecard => {
  const units = [0, 0] as [number, number];
  for (const which of arm) if (which < 2) units[which]++;
  const come = (units[0] + units[1]) / plannedUnits;
  const split = assigned === undefined ? sampleRatio(units, shares) : exposureRatio(units, assigned);
  const read = metrics.map((metric) => {
    const { effect, control, treatment } = unadjusted(metric, arm);
    const adjusted =
      metric.kind === 'ratio' || metric.covariate === undefined ? effect : cupedEffect(control, treatment);
    const { values: numerator, denominator, kind } = metric;
    const columns = { numerator, arm, ...(kind === 'ratio' && denominator ? { denominator } : {}) };
    const own = rng.fork(`bootstrap:${metric.name}`);
    if (adjusted.standardError === 0) {
      throw new RangeError(`metric ${metric.name}: expected values that vary between units`);
    }
    const mixing = mixingVariance(adjusted.standardError * Math.sqrt(come));
    return {
      metric,
      effect,
      adjusted,
      bootstrap: bootstrapEffectInterval(bucketSums(columns, 0, BUCKETS), bucketSums(columns, 1, BUCKETS), {
        uniform: () => own.next(),
      }),
      alwaysValid: {
        p: alwaysValidP(adjusted, mixing),
        interval: alwaysValidInterval(adjusted, mixing),
      },
    };
  });
  const p = read.map(({ adjusted }) => adjusted.p);
  const holmP = holm(p);
  const discoveryP = benjaminiHochberg(p);
  const complete = come >= 1;
  return {
    units,
    sampleRatio: split,
    rows: read.map((row, i) => ({ ...row, holmP: holmP[i], discoveryP: discoveryP[i] })),
    verdict: judge({
      sampleRatio: split,
      complete,
      readings: read.map(({ metric, adjusted, alwaysValid }) => ({
        metric: metric.name,
        role: metric.role,
        better: metric.better,
        control: adjusted.control,
        estimate: adjusted.estimate,
        interval: complete ? effectInterval(adjusted) : alwaysValid.interval,
        ...(metric.tolerance === undefined ? {} : { tolerance: metric.tolerance }),
      })),
    }),
  };
};
