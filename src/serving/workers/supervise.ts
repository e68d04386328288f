/**
 * Several processes that serve one port of one machine. Their parent serves nothing: it hands connections on in
 * turn, starts anew whoever died, and ends with all of them. They share state through the store alone.
 */
import cluster, { type Worker } from 'node:cluster';
import { systemTimers, type Timers } from '../deadline.ts';
import { isMessage, type ToWorker } from './messages.ts';
import { createSharedPort } from './shared-port.ts';

export interface Supervision {
  readonly count: number;
  /** After so long, workers that still answer requests are ended. Default 10 s. */
  readonly drainMs?: number;
  /** Signals that begin the end. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called once, when all of them serve. */
  readonly onServing?: () => void;
  /** Hears of workers that died and will be started anew. */
  readonly onDeath?: (death: {
    readonly pid: number;
    readonly how: string;
    readonly againInMs: number;
  }) => void;
  readonly timers?: Timers;
}

/** Between a death and the next start; doubled with each worker that died young. */
const FIRST_BACK_OFF_MS = 100;
const MOST_BACK_OFF_MS = 5_000;
const YOUNG_MS = 10_000;

export const isWorker = (): boolean => cluster.isWorker;

/** Whether this process is no worker, or the first one: the one that tells what all would tell. */
export const isSpokesman = (): boolean => cluster.worker === undefined || cluster.worker.id === 1;

/** Calls `drain` when the parent says so. */
export const onDrain = (drain: () => void): void => {
  if (!cluster.isWorker) return;
  process.on('message', (message) => {
    if (isMessage<ToWorker>(message) && message.type === 'marquee:drain') drain();
  });
};

/**
 * Runs this process's own command line `count` times over, the others once the first serves, for it may have a
 * store to fill. Resolves with the exit code when all are gone: that of
 * the first worker where it ended before it served, as then none would; else 0.
 */
export const superviseWorkers = (supervision: Supervision): Promise<number> => {
  const { count, drainMs = 10_000, signals = ['SIGTERM', 'SIGINT'], timers = systemTimers } = supervision;
  const { onServing, onDeath } = supervision;
  const living = new Set<Worker>();
  const serving = new Set<Worker>();
  const callOffs = new Set<() => void>();
  const port = createSharedPort();
  let everServed = false;
  let allServed = false;
  let stopping = false;
  let exitCode = 0;

  return new Promise((resolve) => {
    const later = (ms: number, what: () => void): void => {
      const callOff = timers.after(ms, () => {
        callOffs.delete(callOff);
        what();
      });
      callOffs.add(callOff);
    };
    const stop = (): void => {
      if (stopping) return;
      stopping = true;
      for (const callOff of callOffs) callOff();
      for (const worker of living) {
        const drain: ToWorker = { type: 'marquee:drain' };
        if (!serving.has(worker))
          worker.process.kill('SIGTERM'); // it was handed nothing yet
        else if (worker.isConnected()) worker.send(drain);
      }
      later(drainMs, () => {
        for (const worker of living) worker.process.kill('SIGKILL');
      });
      endWhenAlone();
    };
    const endWhenAlone = (): void => {
      if (!stopping || living.size > 0) return;
      for (const callOff of callOffs) callOff();
      for (const signal of signals) process.off(signal, stop);
      resolve(exitCode);
    };
    const start = (backOffMs: number): void => {
      const worker = cluster.fork();
      const startedAt = timers.now();
      living.add(worker);
      port.shareWith(worker, () => {
        serving.add(worker);
        if (!everServed) for (let others = 1; others < count; others++) start(FIRST_BACK_OFF_MS);
        everServed = true;
        if (allServed || serving.size < count) return;
        allServed = true;
        onServing?.();
      });
      worker.once('exit', (code: number | null, signal: string | null) => {
        living.delete(worker);
        serving.delete(worker);
        if (!stopping && !everServed) {
          exitCode = code === null || code === 0 ? 1 : code;
          stop();
        } else if (!stopping) {
          const nextMs =
            timers.now() - startedAt < YOUNG_MS
              ? Math.min(2 * backOffMs, MOST_BACK_OFF_MS)
              : FIRST_BACK_OFF_MS;
          onDeath?.({
            pid: worker.process.pid ?? 0,
            how: signal ?? `exit code ${code}`,
            againInMs: backOffMs,
          });
          later(backOffMs, () => start(nextMs));
        }
        endWhenAlone();
      });
    };
    for (const signal of signals) process.on(signal, stop);
    start(FIRST_BACK_OFF_MS);
  });
};
