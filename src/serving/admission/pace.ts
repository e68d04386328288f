/** How long a piece of work takes of late: a mean in which each weighs a little, and the last ones most. */
export interface Pace {
  /** 0 before anything was seen. */
  readonly ms: number;
  observe(tookMs: number): void;
}

const WEIGHT = 1 / 32;

/** One that was held up says little of the next: it counts as so many times the mean at most. */
const MOST_TIMES = 4;

export const createPace = (): Pace => {
  let mean = 0;
  return {
    get ms() {
      return mean;
    },
    observe(tookMs) {
      mean = mean === 0 ? tookMs : mean + WEIGHT * (Math.min(tookMs, MOST_TIMES * mean) - mean);
    },
  };
};
