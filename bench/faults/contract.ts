import type { Progress } from '../../src/domain/progress.ts';
import type { Rng } from '../../src/domain/rng.ts';

/** A published version to serve, and who and what is in it. */
export interface FaultOptions {
  /** Where a version was published. */
  readonly workDir: string;
  /** Gives what comes after `node` to run a command. */
  readonly commandLine: readonly string[];
  readonly memberIds: readonly string[];
  readonly titleIds: readonly string[];
  readonly small: boolean;
  readonly long: boolean;
  readonly rng: Rng;
  readonly progress: Progress;
}
