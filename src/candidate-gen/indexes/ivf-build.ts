import type { Rng } from '../../domain/rng.ts';
import type { Kernels } from '../../math/kernels/kernels.ts';
import type { Block } from '../../math/kernels/memory.ts';
import type { IvfParts } from './ivf-parts.ts';
import { assignRows, trainCentroids } from './kmeans.ts';

/** Rows per cell that train the centroids: more moved no recall that could be measured. */
const ROWS_PER_CELL = 24;
const ITERATIONS = 6;

/** Rows that are copied into kernel memory at a time to be assigned. */
const ROWS_AT_ONCE = 4096;

export interface FillOptions {
  readonly vectors: Float32Array;
  readonly dimension: number;
  readonly rng: Rng;
  readonly cells?: number | undefined;
}

/** Cells whose centroids and rows together cost a search least: a power of two near 2 sqrt(n). */
export const cellsFor = (size: number): number =>
  2 ** Math.max(0, Math.round(Math.log2(2 * Math.sqrt(size))));

/** Trains the cells on a sample of the rows, and lays every row into its cell, in the order of the rows. */
export function fillCells(kernels: Kernels, options: FillOptions): IvfParts {
  const { vectors, dimension: d, rng } = options;
  const size = vectors.length / d;
  const asked = Math.min(options.cells ?? cellsFor(size), size);
  const sample = sampleRows(vectors, d, asked * ROWS_PER_CELL, rng.fork('sample'));
  const cells = Math.max(1, Math.min(asked, sample.length / d));
  const centroids =
    sample.length === 0
      ? zeros(kernels, d)
      : trainCentroids(kernels, {
          vectors: sample,
          dimension: d,
          cells,
          iterations: ITERATIONS,
          rng: rng.fork('cells'),
        });
  const cellOf = assignAll(kernels, { vectors, d, centroids, cells });
  const starts = kernels.alloc(cells + 1);
  const ends = starts.u32.fill(0);
  for (let row = 0; row < size; row++) ends[cellOf[row] + 1] += 1;
  for (let cell = 0; cell < cells; cell++) ends[cell + 1] += ends[cell];
  const next = ends.slice();
  const ids = new Uint32Array(size);
  const held = kernels.alloc(size * d);
  const laid = held.f32;
  for (let row = 0; row < size; row++) {
    const place = next[cellOf[row]]++;
    ids[place] = row;
    const from = row * d;
    const to = place * d;
    for (let i = 0; i < d; i++) laid[to + i] = vectors[from + i];
  }
  return { dimension: d, centroids, starts, vectors: held, ids };
}

/** At most `count` rows that are finite, drawn without replacement, in the order of the rows. */
export function sampleRows(vectors: Float32Array, d: number, count: number, rng: Rng): Float32Array {
  const size = vectors.length / d;
  const out = new Float32Array(Math.min(count, size) * d);
  let taken = 0;
  for (let row = 0; row < size && taken < count; row++) {
    if (rng.next() * (size - row) >= count - taken) continue;
    const vector = vectors.subarray(row * d, (row + 1) * d);
    if (!vector.every(Number.isFinite)) continue;
    out.set(vector, taken * d);
    taken += 1;
  }
  return out.subarray(0, taken * d);
}

interface AssignAllArgs {
  readonly vectors: Float32Array;
  readonly d: number;
  readonly centroids: Block;
  readonly cells: number;
}

/** The cell of every row, without a second copy of all rows. */
function assignAll(kernels: Kernels, { vectors, d, centroids, cells }: AssignAllArgs): Uint32Array {
  const size = vectors.length / d;
  const cellOf = new Uint32Array(size);
  const most = Math.min(size, ROWS_AT_ONCE);
  const rows = kernels.alloc(most * d);
  const ids = kernels.alloc(most);
  const best = kernels.alloc(most);
  for (let from = 0; from < size; from += most) {
    const n = Math.min(most, size - from);
    rows.f32.set(vectors.subarray(from * d, (from + n) * d));
    assignRows(kernels, { rows, n, d, centroids, cells, ids, best });
    cellOf.set(ids.u32.subarray(0, n), from);
  }
  for (const block of [best, ids, rows]) block.free();
  return cellOf;
}

function zeros(kernels: Kernels, words: number): Block {
  const block = kernels.alloc(words);
  block.f32.fill(0);
  return block;
}
