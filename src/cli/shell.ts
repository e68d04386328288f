import type { Progress } from '../domain/progress.ts';

/** What a command may touch of the process that runs it. Tests hand in their own. */
export interface Shell {
  /** Results: what a pipe should carry. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  readonly progress: Progress;
}

/**
 * Runs a command's action and settles with its exit code. The program is built with one of these, so that
 * a test can parse a command line without doing what it says.
 */
export type Dispatch = (action: (shell: Shell) => Promise<number>) => Promise<void>;
