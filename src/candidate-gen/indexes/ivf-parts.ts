import type { Block } from '../../math/kernels/memory.ts';

/** The parts of an inverted file, as built or as read back. */
export interface IvfParts {
  readonly dimension: number;
  /** [cells, d] */
  readonly centroids: Block;
  /** [cells + 1] (u32): cell c has rows [starts[c], starts[c + 1]). */
  readonly starts: Block;
  /** [n, d], cell after cell. */
  readonly vectors: Block;
  /** [n] the caller's number of each row, rising within a cell. */
  readonly ids: Uint32Array;
}
