import type { Progress } from '../domain/progress.ts';

/** What a command may touch of the process that runs it. Tests hand in their own. */
export interface Shell {
  /** Results: what a pipe should carry. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  readonly progress: Progress;
  /**
   * Aborted at the first interrupt from now on. Before this is asked for, an interrupt ends the process at
   * once, which steps that keep the thread busy for seconds would otherwise make wait; what they write is
   * written aside. So a command asks when it has something to put in order, such as a server to drain.
   */
  interruptSignal(): AbortSignal;
}

/**
 * Runs a command's action and settles with its exit code. The program is built with one of these, so that
 * a test can parse a command line without doing what it says.
 */
export type Dispatch = (action: (shell: Shell) => Promise<number>) => Promise<void>;
