import { INTERRUPTED_EXIT_CODE, Interrupted } from './failures.ts';

/** How long what is in hand may take to stop after the first interrupt. */
const PATIENCE_MS = 5_000;

interface Signalled {
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * A signal that is aborted at the first SIGINT or SIGTERM. Whoever works then stops tidily; at the second
 * one, or when patience ends, the process leaves at once.
 */
export const interruptSignal = (process: Signalled): AbortSignal => {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      process.exit(INTERRUPTED_EXIT_CODE);
      return;
    }
    controller.abort(new Interrupted('interrupted'));
    setTimeout(() => process.exit(INTERRUPTED_EXIT_CODE), PATIENCE_MS).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
};
