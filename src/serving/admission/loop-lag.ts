/** How far the thread that serves is behind with its own work: what queues there, no counter of requests sees. */
export interface LoopLag {
  /** The longest of the last few turns, ms. */
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
      return Math.max(...lags);
    },
    close: () => clearInterval(timer),
  };
};
