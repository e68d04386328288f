/** A figure as the demo prints it and as a bench writes it. Nothing is claimed that is not one of these. */
export interface Measurement {
  /** kebab-case words joined by dots, such as `two-tower.recall@100`. */
  readonly name: string;
  readonly value: number;
  /** `ms`, `1/s`, or a plain word for what has no dimension: `share`, `ratio`, `score`. */
  readonly unit: string;
  /** How many observations the value stands on. */
  readonly n: number;
  /** 95 % interval: lower end, upper end. */
  readonly ci?: readonly [number, number];
  /** The same figure of the simplest things that could stand here. */
  readonly baselines?: readonly Baseline[];
  readonly budget?: number;
  /** Which side of the budget is good; `at-most` where it is not said. */
  readonly sense?: BudgetSense;
  readonly pass?: boolean;
  /** What is divided by what, for whom. */
  readonly definition?: string;
  /** How it was measured: the split, the load, what ran beside it. */
  readonly protocol?: string;
  /** What the figure sums up, point by point. */
  readonly series?: readonly Series[];
}

/** The charts that lines are drawn in; what is on their axes. */
export const SERIES_KINDS = {
  'recall-at-k': 'recall@K by K',
  regret: 'pseudo-regret summed up to a round, by round',
  examination: "P(examined) relative to a device's first place, by place in its first row, from 1",
  estimates: 'a policy’s estimated value over its true one, by case, each with its interval',
  latency: 'share of calls by milliseconds, upper ends of bins',
} as const;

export type SeriesKind = keyof typeof SERIES_KINDS;

/** One line of a chart. Lines of one kind in one run are drawn on the same axes. */
export interface Series {
  readonly kind: SeriesKind;
  readonly line: string;
  readonly x: readonly number[];
  /** As many as `x`. */
  readonly y: readonly number[];
  /** 95 % intervals: lower and upper ends, as many as `x`. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

export interface Baseline {
  readonly name: string;
  readonly value: number;
}

export type BudgetSense = 'at-most' | 'at-least';

/**
 * The measurement held against a budget. The value itself is judged, not its interval; NaN passes nothing.
 * Where more than the value must hold (intervals that do not touch, say), pass it as `alsoRequired`.
 */
export const heldTo = (
  measurement: Measurement,
  budget: number,
  sense: BudgetSense = 'at-most',
  alsoRequired = true,
): Measurement => {
  const within = sense === 'at-most' ? measurement.value <= budget : measurement.value >= budget;
  return { ...measurement, budget, sense, pass: within && alsoRequired };
};

/** What one run of a suite writes down: the format of the design's chapter 6. */
export interface BenchResult {
  readonly suite: string;
  /** `unknown` outside a git checkout. */
  readonly commit: string;
  readonly seed: number;
  readonly machine: Machine;
  readonly backend: string;
  readonly measurements: readonly Measurement[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  /** Mean over the last minute: above the number of cores, speed figures are too high. */
  readonly loadAverage: number;
}

/** One line of the table of stages: a figure, or why this data cannot give one. */
export type StageRow =
  | { readonly stage: string; readonly measurement: Measurement }
  | { readonly stage: string; readonly absent: string };
