import type { Interval } from '../bootstrap.ts';
import type { SampleRatio } from './sample-ratio.ts';

/** From a small share of the units to all that are planned, by steps. */
export interface RampStep {
  /** Share of the layer's units, the `running` of the experiment. */
  readonly running: number;
  /** Exposed units of each arm before the next step is thought of. */
  readonly leastPerArm: number;
}

/** A guardrail as it is read during the ramp: by always-valid intervals, for it is looked at again and again. */
export interface GuardrailReading {
  readonly metric: string;
  readonly better: 'more' | 'less';
  readonly control: number;
  readonly interval: Interval;
  /** Relative loss up to which the ramp goes on. */
  readonly tolerance: number;
}

export interface RampReading {
  readonly perArm: number;
  readonly guardrails: readonly GuardrailReading[];
  readonly sampleRatio: SampleRatio;
}

export interface RampDecision {
  readonly action: 'advance' | 'hold' | 'stop' | 'complete';
  /** The step that holds from now on; -1 where the experiment is stopped and runs on nobody. */
  readonly step: number;
  readonly running: number;
  readonly reason: string;
}

/**
 * Where a ramp goes from a step. A guardrail whose whole interval lies beyond its tolerance, or a split that is not as
 * planned, stops it at once and everybody gets the control; else it goes on once the step's units have come.
 * @throws RangeError when the step is not one of the plan, or a plan's shares do not grow
 * @see Xu, Duan & Huang, "SQR: Balancing Speed, Quality and Risk in Online Experiments", KDD 2018
 */
export const rampOn = (plan: readonly RampStep[], step: number, reading: RampReading): RampDecision => {
  plan.forEach(({ running }, i) => {
    const before = i === 0 ? 0 : plan[i - 1].running;
    if (!(running > before && running <= 1)) {
      throw new RangeError(`ramp: expected shares that grow up to 1, got ${running} after ${before}`);
    }
  });
  if (plan[step] === undefined)
    throw new RangeError(`ramp: expected a step below ${plan.length}, got ${step}`);
  const stop = (reason: string): RampDecision => ({ action: 'stop', step: -1, running: 0, reason });
  const { sampleRatio, guardrails, perArm } = reading;
  if (sampleRatio.mismatch) return stop(`the split is not as planned, p = ${sampleRatio.p.toExponential(1)}`);
  for (const { metric, better, control, interval, tolerance } of guardrails) {
    const leastLoss = (better === 'more' ? -interval[1] : interval[0]) / Math.abs(control);
    if (leastLoss > tolerance) {
      return stop(
        `${metric} is worse by at least ${(100 * leastLoss).toFixed(1)} %, tolerated ${(100 * tolerance).toFixed(1)} %`,
      );
    }
  }
  const { running, leastPerArm } = plan[step];
  if (perArm < leastPerArm) {
    return { action: 'hold', step, running, reason: `${perArm} of ${leastPerArm} units in the smallest arm` };
  }
  if (step === plan.length - 1) {
    return { action: 'complete', step, running, reason: 'the last step has its units' };
  }
  const next = plan[step + 1].running;
  return { action: 'advance', step: step + 1, running: next, reason: 'guardrails hold, units have come' };
};
