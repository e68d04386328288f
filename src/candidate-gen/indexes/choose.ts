import type { Rng } from '../../domain/rng.ts';
import type { SavedIndex } from './contract.ts';
import { createExactIndex } from './exact.ts';
import { createInt8Index } from './int8.ts';
import { createIvfIndex } from './ivf.ts';
import { expectShape } from './shape.ts';

export interface IndexChoice {
  readonly kind: 'exact' | 'int8' | 'ivf';
  /** One line: what was taken and why. */
  readonly reason: string;
}

/** Up to here a scan of everything takes well below a millisecond, and nothing needs training. */
const EXACT_ROWS = 20_000;

/** Above this share, reading fewer rows gives less than it costs: cells would have to be read by the dozen. */
const IVF_RECALL = 0.995;

/**
 * The index for that many rows and that recall, the share of the true k best that a search must find.
 * @throws RangeError unless 0 < recallTarget <= 1 and the size is a whole number >= 0
 */
export function chooseIndex(size: number, recallTarget: number): IndexChoice {
  if (!(recallTarget > 0 && recallTarget <= 1)) {
    throw new RangeError(`chooseIndex: expected a recall target in (0, 1], got ${recallTarget}`);
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`chooseIndex: expected a size that is a whole number >= 0, got ${size}`);
  }
  const rows = `${size.toLocaleString('en')} vectors`;
  if (size <= EXACT_ROWS) {
    return { kind: 'exact', reason: `exact: ${rows} are scanned whole in less than a millisecond` };
  }
  if (recallTarget === 1) return { kind: 'exact', reason: `exact: a recall of 1 is asked of ${rows}` };
  if (recallTarget > IVF_RECALL) {
    return {
      kind: 'int8',
      reason: `int8: a recall of ${recallTarget} leaves no room to skip any of ${rows}`,
    };
  }
  return { kind: 'ivf', reason: `ivf: ${rows} at a recall of ${recallTarget} need a few of its cells` };
}

export interface ChosenIndex extends IndexChoice {
  readonly index: SavedIndex;
}

export interface CreateIndexOptions {
  readonly rng: Rng;
  /** Default 0.99. */
  readonly recallTarget?: number;
}

/**
 * The chosen index over vectors [size, dimension].
 * @throws RangeError as `chooseIndex` does, or when the vectors are not whole rows of `dimension`
 */
export function createIndex(
  vectors: Float32Array,
  dimension: number,
  { rng, recallTarget = 0.99 }: CreateIndexOptions,
): ChosenIndex {
  const choice = chooseIndex(expectShape('createIndex', vectors, dimension), recallTarget);
  const make = {
    exact: () => createExactIndex(vectors, dimension),
    int8: () => createInt8Index(vectors, dimension),
    ivf: () => createIvfIndex(vectors, dimension, { rng, recallTarget }),
  };
  return { ...choice, index: make[choice.kind]() };
}
