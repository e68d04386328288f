import type { Interval } from '../bootstrap.ts';
import type { SampleRatio } from './sample-ratio.ts';

/** `primary` decides; a `guardrail` must not get worse; a `proxy` is looked at, and decides nothing. */
export type MetricRole = 'primary' | 'guardrail' | 'proxy';

export interface Reading {
  readonly metric: string;
  readonly role: MetricRole;
  readonly better: 'more' | 'less';
  /** Level of the control: relative effects are shares of it. */
  readonly control: number;
  readonly estimate: number;
  /** Of the effect, as sure as the decision has to be; always-valid where it is read before the planned end. */
  readonly interval: Interval;
  /** Of a guardrail: the relative loss that would be borne, default 0.01. */
  readonly tolerance?: number;
}

export interface Evidence {
  readonly readings: readonly Reading[];
  readonly sampleRatio: SampleRatio;
  /** Whether the units planned for have come: no more will be waited for. */
  readonly complete: boolean;
}

export interface Verdict {
  readonly decision: 'ship' | 'do not ship' | 'keep running';
  readonly reasons: readonly string[];
}

export const DEFAULT_TOLERANCE = 0.01;

const percent = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(2)} %`;

/** Gains as shares of the control, above 0 being better. */
const gainOf = ({ better, control, estimate, interval }: Reading) => {
  const scale = (better === 'more' ? 1 : -1) / Math.abs(control);
  const ends = [interval[0] * scale, interval[1] * scale] as const;
  return { gain: estimate * scale, worst: Math.min(...ends), best: Math.max(...ends) };
};

const described = (reading: Reading): string => {
  const scale = 1 / Math.abs(reading.control);
  const [low, high] = reading.interval.map((end) => percent(end * scale));
  return `${reading.metric} ${percent(reading.estimate * scale)} [${low}, ${high}]`;
};

/**
 * What to do, and why, in words. In this order: a split that is not as planned, or harm to a primary metric or
 * beyond a guardrail's tolerance, forbids; a primary that gained with all guardrails shown to be within tolerance
 * ships; what is open waits for the planned end, and is then not shipped.
 * @throws RangeError unless one reading is primary, and each control is another number than 0
 * @see Deng & Shi, "Data-Driven Metric Development for Online Controlled Experiments", KDD 2016
 */
export const judge = ({ readings, sampleRatio, complete }: Evidence): Verdict => {
  const primaries = readings.filter(({ role }) => role === 'primary');
  const guardrails = readings.filter(({ role }) => role === 'guardrail');
  if (primaries.length === 0) throw new RangeError('verdict: expected a primary metric, got none');
  for (const { metric, control } of readings) {
    if (!(Math.abs(control) > 0))
      throw new RangeError(`${metric}: expected a control other than 0, got ${control}`);
  }
  const toleranceOf = (reading: Reading): number => reading.tolerance ?? DEFAULT_TOLERANCE;
  const harmed = guardrails.filter((reading) => gainOf(reading).best < -toleranceOf(reading));
  const unsure = guardrails.filter((reading) => gainOf(reading).worst < -toleranceOf(reading));
  const lost = primaries.filter((reading) => gainOf(reading).best < 0);
  const gained = primaries.filter((reading) => gainOf(reading).worst > 0);
  const proxies = readings
    .filter(({ role }) => role === 'proxy')
    .map((reading) => `proxy, decides nothing: ${described(reading)}`);
  const decide = (decision: Verdict['decision'], reasons: readonly string[]): Verdict => ({
    decision,
    reasons: [...reasons, ...proxies],
  });

  if (sampleRatio.mismatch) {
    return decide('do not ship', [
      `the split is not as planned (p = ${sampleRatio.p.toExponential(1)}): no figure is to be believed before the cause is found`,
    ]);
  }
  if (harmed.length + lost.length > 0) {
    return decide('do not ship', [
      ...lost.map((reading) => `primary got worse: ${described(reading)}`),
      ...harmed.map(
        (reading) =>
          `guardrail worse by more than ${percent(toleranceOf(reading)).replace('+', '')}: ${described(reading)}`,
      ),
    ]);
  }
  if (gained.length > 0 && unsure.length === 0) {
    return decide('ship', [
      ...gained.map((reading) => `primary gained: ${described(reading)}`),
      ...guardrails.map((reading) => `guardrail within its tolerance: ${described(reading)}`),
    ]);
  }
  const open = [
    ...gained.map((reading) => `primary gained: ${described(reading)}`),
    ...(gained.length > 0
      ? []
      : primaries.map((reading) => `primary shows no effect yet: ${described(reading)}`)),
    ...unsure.map((reading) => `guardrail may be worse than tolerated: ${described(reading)}`),
  ];
  return complete
    ? decide('do not ship', [...open, 'the planned units have come, and the case is not made'])
    : decide('keep running', [...open, 'the planned units have not come yet']);
};
