/** How long a piece of work takes of late: a mean in which each weighs a little, and the last ones most. */
export interface Pace {
  /** 0 before anything was seen. */
  readonly ms: number;
  observe(tookMs: number): void;
}

/** Until so many were seen, all weigh alike: the first ones compile what the others run. */
const SPAN = 32;

/** One that was held up says little of the next: it counts as so many times the mean at most. */
const MOST_TIMES = 4;

export const createPace = (): Pace => {
  let [mean, seen] = [0, 0];
  return {
    get ms() {
      return mean;
    },
    observe(tookMs) {
      seen = Math.min(SPAN, seen + 1);
      const counted = seen === 1 ? tookMs : Math.min(tookMs, MOST_TIMES * mean);
      mean += (counted - mean) / seen;
    },
  };
};
