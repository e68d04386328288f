import type { Interval } from '../../../evaluation/bootstrap.ts';
import type { Lab } from '../lab-world.ts';

/** A figure that an experiment gave, beside what is true in the world. */
export interface ScoredEstimate {
  readonly name: string;
  readonly estimate: number;
  readonly interval: Interval;
  readonly truth: number;
}

/** One plot: intervals below one another on one axis. */
export interface IntervalPlot {
  readonly title: string;
  readonly unit: 'share' | 'count';
  readonly estimates: readonly ScoredEstimate[];
}

export interface ScenarioReport {
  readonly question: string;
  /** What was done, a line each. */
  readonly method: readonly string[];
  readonly plots: readonly IntervalPlot[];
  readonly decision: string;
  readonly reasons: readonly string[];
  /** What was planted, in words. */
  readonly truth: string;
}

export type Scenario = (lab: Lab) => ScenarioReport;
