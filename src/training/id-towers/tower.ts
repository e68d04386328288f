import type { Interactions } from '../../domain/interactions.ts';
import { type Bags, joinBags, type SparseTable } from '../sparse-adam.ts';

/**
 * One tower over ids: a row's own embedding, plus the weighted mean of the other side's embeddings over what
 * the row took (for a user, the history) or was taken by (for an item, the audience), scaled to length 1.
 */
export interface Tower {
  readonly own: SparseTable;
  readonly others: SparseTable;
  /** What is pooled; none where the factor is 0. */
  readonly neighbours: Interactions;
  readonly poolWeight: number;
  /** Share of a row's neighbours that a mean is taken over while training. */
  readonly mostPooled: number;
  /** Neighbours back in time after which a neighbour counts half; none: all count alike. */
  readonly halfLife?: number;
}

export interface TowerRows {
  readonly vectors: Float32Array; // [n, dimension] of length 1
  /** 1 / length before scaling. */
  readonly scales: Float32Array; // [n]
  readonly ids: Bags;
  readonly pooled: Bags | undefined;
}

/** The vectors of some rows. `ownOf` says which of them show their own embedding; default all. */
export const towerRows = (
  tower: Tower,
  rows: Uint32Array,
  dimension: number,
  { ownOf, uniform }: { readonly ownOf?: (row: number) => boolean; readonly uniform?: () => number } = {},
): TowerRows => {
  const ids = idBags(rows, ownOf);
  const pooled = tower.poolWeight > 0 ? poolBags(tower, rows, uniform) : undefined;
  const vectors = tower.own.lookUp(ids);
  if (pooled !== undefined) {
    const means = tower.others.lookUp(pooled);
    for (let i = 0; i < vectors.length; i++) vectors[i] += means[i];
  }
  return { vectors, scales: normaliseRows(vectors, dimension), ids, pooled };
};

/** Turns the gradient of unit vectors into that of the vectors before scaling: the part along them goes. */
export const throughScaling = (
  gradient: Float32Array,
  { vectors, scales }: TowerRows,
  dimension: number,
): void => {
  for (let r = 0; r < scales.length; r++) {
    const from = r * dimension;
    let along = 0;
    for (let i = from; i < from + dimension; i++) along += gradient[i] * vectors[i];
    for (let i = from; i < from + dimension; i++)
      gradient[i] = (gradient[i] - along * vectors[i]) * scales[r];
  }
};

/** Scales rows to length 1 in place, and returns what each was multiplied by. A row of zeros stays. */
const normaliseRows = (vectors: Float32Array, dimension: number): Float32Array => {
  const scales = new Float32Array(vectors.length / dimension);
  for (let r = 0; r < scales.length; r++) {
    const from = r * dimension;
    let square = 0;
    for (let i = from; i < from + dimension; i++) square += vectors[i] * vectors[i];
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    scales[r] = scale;
    for (let i = from; i < from + dimension; i++) vectors[i] *= scale;
  }
  return scales;
};

const idBags = (rows: Uint32Array, ownOf: (row: number) => boolean = () => true): Bags => {
  const offsets = new Uint32Array(rows.length + 1);
  const ids = new Uint32Array(rows.length);
  let end = 0;
  for (let r = 0; r < rows.length; r++) {
    if (ownOf(rows[r])) ids[end++] = rows[r];
    offsets[r + 1] = end;
  }
  return { ids: ids.subarray(0, end), weights: new Float32Array(end).fill(1), offsets };
};

/** Means over neighbours; while training over a run of at most `mostPooled` of them that starts anywhere. */
const poolBags = (
  { neighbours: { offsets, items }, poolWeight, mostPooled, halfLife }: Tower,
  rows: Uint32Array,
  uniform?: () => number,
): Bags => {
  const ends = new Uint32Array(rows.length + 1);
  let total = 0;
  for (let r = 0; r < rows.length; r++) {
    const n = offsets[rows[r] + 1] - offsets[rows[r]];
    ends[r + 1] = total += uniform === undefined ? n : Math.min(n, mostPooled);
  }
  const ids = new Uint32Array(total);
  const weights = new Float32Array(total);
  for (let r = 0; r < rows.length; r++) {
    const first = offsets[rows[r]];
    const n = offsets[rows[r] + 1] - first;
    const taken = ends[r + 1] - ends[r];
    const start = uniform === undefined || taken === n ? 0 : Math.floor(uniform() * n);
    let sum = 0;
    for (let i = 0; i < taken; i++) {
      const place = (start + i) % n;
      ids[ends[r] + i] = items[first + place];
      sum += weights[ends[r] + i] = halfLife === undefined ? 1 : 0.5 ** ((n - 1 - place) / halfLife);
    }
    for (let i = ends[r]; i < ends[r + 1]; i++) weights[i] *= poolWeight / sum;
  }
  return { ids, weights, offsets: ends };
};

/** A step down the gradients of what both towers looked up, each table in one go. */
export const learnTable = (
  table: SparseTable,
  parts: readonly { readonly bags: Bags | undefined; readonly gradient: Float32Array }[],
  learningRate: number,
): void => {
  const used = parts.flatMap(({ bags, gradient }) => (bags === undefined ? [] : [{ bags, gradient }]));
  const gradient = new Float32Array(used.reduce((sum, part) => sum + part.gradient.length, 0));
  let at = 0;
  for (const part of used) {
    gradient.set(part.gradient, at);
    at += part.gradient.length;
  }
  table.learn(joinBags(used.map(({ bags }) => bags)), gradient, learningRate);
};
