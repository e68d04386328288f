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

/** One line of the table of stages: a figure, or why this data cannot give one. */
export type StageRow =
  | { readonly stage: string; readonly measurement: Measurement }
  | { readonly stage: string; readonly absent: string };
