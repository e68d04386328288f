import type { StageRow } from '../src/domain/measurement.ts';
import type { Progress } from '../src/domain/progress.ts';
import type { OwnModules } from '../src/serving/own-parts/contract.ts';

export interface SuiteOptions {
  readonly seed: number;
  /** A world of a few seconds, for gates; its figures are not those of the README. */
  readonly small: boolean;
  /** Long forms of what is measured over time or by numbers. */
  readonly long?: boolean;
  /** An imported or simulated dataset's folder, in place of a world made for the occasion. */
  readonly dataset?: string;
  /** A folder of public data, such as published splits, each in a folder of its own. */
  readonly data?: string;
  /** Where `bandits` writes the stream that its policies met. */
  readonly exportStream?: string;
  /** Threads for large tensor operations; all cores where it is not given. */
  readonly threads?: number;
  /** Gives what comes after `node` to run a command in a process of its own. */
  readonly commandLine: () => Promise<readonly string[]>;
  readonly progress: Progress;
  /** Parts of the user's own, to be measured beside ours. */
  readonly own?: OwnModules;
}

export interface SuiteOutcome {
  /** What ran the tensors, such as `simd`. */
  readonly backend: string;
  readonly rows: readonly StageRow[];
  /** A page of the documentation that holds these figures, from the project's root. */
  readonly report?: string;
}

export type Suite = (options: SuiteOptions) => Promise<SuiteOutcome>;
