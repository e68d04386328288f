/** Sums over a sliding time: bounded memory, and those of several processes add up. */
import type { Clock } from '../domain/clock.ts';

export interface SlidingConfig {
  readonly size: number;
  readonly sliceMs: number;
  /** The time covered is this many slices, the last of which is under way. */
  readonly slices: number;
  readonly clock: Clock;
}

export interface SlidingSums {
  add(index: number, value: number): void;
  /** Of the whole time, [size]. */
  total(): Float64Array;
  /** One sum by slice, the oldest first and the one under way last, [slices]. Slices before the first addition are 0. */
  bySlice(index: number): Float64Array;
  /** Begins anew. */
  clear(): void;
}

export const createSlidingSums = ({ size, sliceMs, slices, clock }: SlidingConfig): SlidingSums => {
  const sums = new Float64Array(size * slices); // [slices, size], a ring
  let newest = Math.floor(clock.now() / sliceMs);
  const rowOf = (slice: number): number => slice % slices;
  const turn = (): void => {
    const now = Math.floor(clock.now() / sliceMs);
    for (let slice = Math.max(newest + 1, now - slices + 1); slice <= now; slice++) {
      sums.fill(0, rowOf(slice) * size, (rowOf(slice) + 1) * size);
    }
    newest = Math.max(newest, now); // a clock that was put back writes into what it knows
  };
  return {
    add(index, value) {
      turn();
      sums[rowOf(newest) * size + index] += value;
    },
    total() {
      turn();
      const total = new Float64Array(size);
      for (let at = 0; at < sums.length; at++) total[at % size] += sums[at];
      return total;
    },
    bySlice(index) {
      turn();
      return Float64Array.from(
        { length: slices },
        (_, age) => sums[rowOf(newest - slices + 1 + age) * size + index],
      );
    },
    clear() {
      sums.fill(0);
    },
  };
};
