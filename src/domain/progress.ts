/** How a long step tells whoever watches how far it is. Lower floors take it as an argument and never print. */
export interface Progress {
  /** Starts a step; without `total` there is no time left to tell. A step still open is ended by the next. */
  step(name: string, total?: number): ProgressStep;
  /** One line worth keeping. */
  note(line: string): void;
}

export interface ProgressStep {
  /** `done` counts from 0 to the step's total; `detail` is a few words, such as `loss 2.31`. */
  advance(done: number, detail?: string): void;
  /** Calls after the first do nothing. */
  end(summary?: string): void;
}

const silentStep: ProgressStep = { advance: () => undefined, end: () => undefined };

/** For tests and for callers who show nothing. */
export const silentProgress: Progress = { step: () => silentStep, note: () => undefined };
