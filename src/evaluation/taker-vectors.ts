import { type Interactions, itemsOf } from '../domain/interactions.ts';

/** Of each vector: the cosine of two has a standard error of at most 1 / sqrt(128) = 0.09, its mean over lists far less. */
export const TAKER_VECTOR_SIZE = 128;

const WORD = 0x1_0000_0000;

/**
 * A vector of each item whose cosine with another's is near that of the two items' sets of users: each user is
 * a row of random signs, an item the sum over its users. For the diversity of lists where titles have no content.
 * [itemCount, TAKER_VECTOR_SIZE]; zeros for an item that nobody took.
 * @param uniform on [0, 1), of 32 random bits or more
 * @see Achlioptas, "Database-friendly random projections", PODS 2001
 */
export const takerVectors = (train: Interactions, uniform: () => number): Float32Array => {
  const vectors = new Float32Array(train.itemCount * TAKER_VECTOR_SIZE);
  const signs = new Float32Array(TAKER_VECTOR_SIZE);
  for (let user = 0; user < train.userCount; user++) {
    for (let at = 0; at < TAKER_VECTOR_SIZE; at += 32) {
      const bits = (uniform() * WORD) >>> 0;
      for (let bit = 0; bit < 32; bit++) signs[at + bit] = (bits >>> bit) & 1 ? 1 : -1;
    }
    for (const item of itemsOf(train, user)) {
      const row = item * TAKER_VECTOR_SIZE;
      for (let d = 0; d < TAKER_VECTOR_SIZE; d++) vectors[row + d] += signs[d];
    }
  }
  return vectors;
};
