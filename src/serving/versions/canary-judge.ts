/**
 * Whether a version on trial is to be taken back, to go to more members, or to everybody. Each guardrail is a ratio of
 * sums over heaps of members, compared with the baseline's by an interval that may be looked at all the time; what was
 * not seen yet, such as plays, fails nothing.
 * @see Graff & Sanden, "Automated Canary Analysis at Netflix with Kayenta", 2018 (a baseline of equal size); Johari et
 *   al., "Always valid inference", Operations Research 2022
 */
import { alwaysValidInterval, mixingVariance } from '../../evaluation/ab/always-valid.ts';
import { ratioEffect } from '../../evaluation/ab/effect.ts';
import { pairMomentsByArm } from '../../evaluation/ab/moments.ts';
import type { Interval } from '../../evaluation/bootstrap.ts';
import { BASELINE, CANARY, HEAPS } from './canary-groups.ts';
import { type CanarySums, type Counted, columnOf, totalOf } from './canary-sums.ts';

interface Guardrail {
  readonly name: string;
  readonly of: Counted;
  readonly per: Counted;
  readonly better: 'more' | 'less';
  /** `relative` to the baseline's ratio; else the difference of two shares. */
  readonly scale: 'absolute' | 'relative';
  /** A loss of so much is let pass. */
  readonly tolerance: number;
  /** Standard error of the difference at which the interval is narrowest. */
  readonly plannedError: number;
}

const share = (name: string, of: Counted, per: Counted, tolerance: number): Guardrail => ({
  ...{ name, of, per, tolerance },
  better: 'less',
  scale: 'absolute',
  plannedError: 0.01,
});
const worth = (name: string, of: Counted, per: Counted, tolerance: number): Guardrail => ({
  ...{ name, of, per, tolerance },
  better: 'more',
  scale: 'relative',
  plannedError: 0.03,
});

export const GUARDRAILS: readonly Guardrail[] = [
  share('errors', 'errors', 'requests', 0.002),
  share('scores that are not finite', 'not-finite', 'requests', 0.002),
  share('bugs', 'bugs', 'requests', 0.002),
  share('degraded answers', 'degraded', 'requests', 0.02),
  share('pages beyond the old p99', 'slow', 'pages', 0.02),
  worth('plays per page', 'plays', 'pages', 0.01),
  worth('finish rate', 'finishes', 'plays', 0.01),
];

/** One-sided, each guardrail accuses a version that is as good as the old one once in 2,000 trials. */
const LEVEL = 0.999;

/** Pages in each group before anything is judged: the intervals are of many heaps with something in them. */
const FIRST_LOOK = 100;

export interface CanaryPlan {
  /** Share of the members in each group, step by step, growing to at most 1/2. */
  readonly steps: readonly { readonly share: number; readonly pagesPerGroup: number }[];
}

/** Two fifths of the final share look first, for 100 pages each; everybody gets the version after `pages` pages each. */
export const canaryPlan = (finalShare = 0.25, pages = 2_500): CanaryPlan => ({
  steps: [
    { share: 0.4 * finalShare, pagesPerGroup: FIRST_LOOK },
    { share: finalShare, pagesPerGroup: pages },
  ],
});

export interface GuardrailReading {
  readonly name: string;
  readonly baseline: number;
  readonly canary: number;
  /** Canary less baseline, relative to the baseline where the guardrail is. Holds at all looks together. */
  readonly interval: Interval;
  readonly tolerance: number;
  readonly worse: boolean;
}

export interface CanaryVerdict {
  readonly action: 'hold' | 'advance' | 'promote' | 'roll-back';
  readonly reason: string;
  readonly pages: { readonly baseline: number; readonly canary: number };
  readonly guardrails: readonly GuardrailReading[];
}

/** The verdict at a step of the plan. */
export const judgeCanary = (sums: CanarySums, { steps }: CanaryPlan, step: number): CanaryVerdict => {
  const pages = {
    baseline: totalOf(sums, 'pages', BASELINE),
    canary: totalOf(sums, 'pages', CANARY),
  };
  const fewer = Math.min(pages.baseline, pages.canary);
  const guardrails = fewer < FIRST_LOOK ? [] : GUARDRAILS.flatMap((guardrail) => readingOf(sums, guardrail));
  const verdict = (action: CanaryVerdict['action'], reason: string): CanaryVerdict => ({
    ...{ action, reason, pages, guardrails },
  });
  const worse = guardrails.filter((reading) => reading.worse);
  if (worse.length > 0) return verdict('roll-back', worse.map(inWords).join('; '));
  const { pagesPerGroup } = steps[step];
  if (fewer < pagesPerGroup) {
    return verdict('hold', `${fewer} of ${pagesPerGroup} pages in the smaller group`);
  }
  return step < steps.length - 1
    ? verdict('advance', `${fewer} pages in each group, no guardrail is worse`)
    : verdict('promote', `${fewer} pages in each group, no guardrail is worse`);
};

const readingOf = (sums: CanarySums, guardrail: Guardrail): GuardrailReading[] => {
  const { name, of, per, better, scale, tolerance, plannedError } = guardrail;
  const [numerators, denominators] = [columnOf(sums, of), columnOf(sums, per)];
  const [baseline, canary] = pairMomentsByArm(numerators, denominators, GROUP_OF_HEAP, 2);
  if (baseline.b.mean === 0 || canary.b.mean === 0) return [];
  const effect = ratioEffect(baseline, canary);
  const unit = scale === 'absolute' ? 1 : effect.control;
  if (unit === 0) return [];
  const interval = alwaysValidInterval(
    { estimate: effect.estimate / unit, standardError: effect.standardError / unit },
    mixingVariance(plannedError, LEVEL),
    LEVEL,
  );
  const leastLoss = better === 'more' ? -interval[1] : interval[0];
  return [
    {
      ...{ name, interval, tolerance },
      baseline: effect.control,
      canary: effect.control + effect.estimate,
      worse: leastLoss > tolerance,
    },
  ];
};

/** Heaps stand for the units of the test. */
const GROUP_OF_HEAP = Uint8Array.from({ length: 2 * HEAPS }, (_, i) => Math.floor(i / HEAPS));

const inWords = ({ name, baseline, canary }: GuardrailReading): string =>
  `${name}: ${rounded(canary)} beside ${rounded(baseline)}`;

const rounded = (value: number): string => String(Number(value.toPrecision(3)));
