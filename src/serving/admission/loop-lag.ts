/** How far the thread that serves is behind with its own work: what queues there, no counter of requests sees. */
export interface LoopLag {
  /** By how much each of the last few turns was late, ms, or more: one stall is not being behind. */
  readonly ms: number;
  close(): void;
}

const EVERY_MS = 10;
const REMEMBERED = 4;

export const watchLoopLag = (): LoopLag => {
  const lags = new Float64Array(REMEMBERED);
  let turn = 0;
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lags[turn++ % REMEMBERED] = Math.max(0, now - before - EVERY_MS);
    before = now;
  }, EVERY_MS);
  timer.unref();
  return {
    get ms() {
      return Math.min(...lags);
    },
    close: () => clearInterval(timer),
  };
};
