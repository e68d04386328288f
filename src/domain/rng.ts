import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers. Streams are named, not shared, so order and parallelism change nothing. */
export interface Rng {
  /** The next number, uniform on [0, 1), with 32 random bits. */
  next(): number;
  /**
   * A stream of its own. Same seed and same path of labels, same stream, however many numbers
   * were drawn here before.
   */
  fork(label: string): Rng;
}

const STATE_WORDS: number = 4;

/** Four 32-bit words that depend on every character of the label and on the parent's four words. */
const childState = (parent: readonly number[], label: string): number[] => {
  const words = parent.slice();
  for (let i = 0; i < label.length; i++) {
    const char = label.charCodeAt(i) + 1;
    for (let w = 0; w < STATE_WORDS; w++) {
      words[w] = Math.imul(words[w] ^ char ^ (words[(w + 1) % STATE_WORDS] >>> 15), MULTIPLIERS[w]);
    }
  }
  for (let round = 0; round < 2; round++) {
    for (let w = 0; w < STATE_WORDS; w++) {
      let x = words[w] ^ (words[(w + 3) % STATE_WORDS] + label.length);
      x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
      words[w] = (x ^ (x >>> 16)) | 0;
    }
  }
  if (!words.some((word) => word !== 0)) words[0] = 1; // the generator's one forbidden state
  return words;
};

const MULTIPLIERS = [0x01000193, 0x9e3779b1, 0x85ebca77, 0xc2b2ae3d];

class Stream implements Rng {
  readonly #state: readonly number[];
  readonly #generator;

  constructor(state: readonly number[]) {
    this.#state = state;
    this.#generator = xoroshiro128plusFromState(state);
  }

  next(): number {
    return (this.#generator.next() >>> 0) / 0x1_0000_0000;
  }

  fork(label: string): Rng {
    return new Stream(childState(this.#state, label));
  }
}

/**
 * A stream from a seed (any safe integer).
 * @see Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2018 (xoroshiro128+)
 */
export const createRng = (seed: number): Rng => {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a whole number, got ${seed}`);
  return new Stream(childState([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], String(seed)));
};
