/** Whether a thread has more to do than it gets done: what queues there, no counter of requests sees. */
export interface Lateness {
  /** A turn of the loop, due EVERY_MS after the one before, came at this moment, ms. */
  turn(at: number): void;
  readonly isBehind: boolean;
}

export interface LoopLag extends Pick<Lateness, 'isBehind'> {
  close(): void;
}

const EVERY_MS = 10;
const LATE_MS = 8;
/** One stall makes one turn late. */
const LATE_TURNS = 4;
/** A version that is opened, or a collection, holds a thread up for so long, with what came meanwhile. */
const STALL_MS = 1_000;

/**
 * Behind is who was late turn after turn for longer than a stall is; and from then on whenever some turns are late one
 * after another, until none were for as long. Pure: it is told the time.
 */
export const createLateness = (startedAt: number): Lateness => {
  let [before, onTimeAt, late, untilAt] = [startedAt, startedAt, 0, startedAt];
  return {
    turn(at) {
      const isLate = at - before - EVERY_MS > LATE_MS;
      late = isLate ? late + 1 : 0;
      if (!isLate) onTimeAt = at;
      if (late >= LATE_TURNS && (at - onTimeAt > STALL_MS || at < untilAt)) untilAt = at + STALL_MS;
      before = at;
    },
    get isBehind() {
      return late >= LATE_TURNS && before < untilAt;
    },
  };
};

/** The lateness of this thread. */
export const watchLoopLag = (): LoopLag => {
  const lateness = createLateness(performance.now());
  const timer = setInterval(() => lateness.turn(performance.now()), EVERY_MS);
  timer.unref();
  return {
    get isBehind() {
      return lateness.isBehind;
    },
    close: () => clearInterval(timer),
  };
};
