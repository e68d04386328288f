import type { Rng } from '../../domain/rng.ts';
import type { Kernels } from '../../math/kernels/kernels.ts';
import { sampleRows } from './ivf-build.ts';
import type { IvfParts } from './ivf-parts.ts';

/** How many cells to read for up to k rows, by rising k. */
export type Probes = readonly { readonly k: number; readonly cells: number }[];

const CALIBRATED_K = [10, 100, 500] as const;
const QUERIES = 256;

/** Rows that the sample queries are held against: every so many-th, for the same share of k answers. */
const ROWS = 125_000;

/** Share of the allowed loss that the choice of cells may use: the rest is for the codes and for other queries. */
const SHARE_OF_LOSS = 0.5;

export interface CalibrateOptions {
  readonly parts: IvfParts;
  readonly recallTarget: number;
  readonly rng: Rng;
  readonly queries?: Float32Array | undefined;
}

/**
 * The fewest cells that hold the asked share of the true k best, on average over the queries: the exact answers
 * are looked up, and the rank of the cell in which each lies is counted. Of a large index every step-th row stands
 * for the step rows around it in its cell, and k / step answers for k.
 */
export function calibrateProbes(kernels: Kernels, options: CalibrateOptions): Probes {
  const { parts, recallTarget, rng } = options;
  const { dimension: d, centroids, starts, vectors } = parts;
  const size = parts.ids.length;
  const cells = starts.length - 1;
  const sample = options.queries ?? sampleRows(vectors.f32, d, QUERIES, rng.fork('calibration'));
  const step = Math.max(1, Math.floor(size / ROWS));
  const n = Math.ceil(size / step);
  const most = Math.min(n, Math.max(...CALIBRATED_K));
  const query = kernels.alloc(d);
  const scores = kernels.alloc(Math.max(n, cells));
  const ids = kernels.alloc(Math.max(most, cells));
  const values = kernels.alloc(Math.max(most, cells));
  const found = CALIBRATED_K.map(() => new Float64Array(cells)); // by rank of the cell
  const rankOf = new Uint32Array(cells);
  const cellOf = new Uint32Array(size);
  const startOf = starts.u32;
  for (let cell = 0; cell < cells; cell++) cellOf.fill(cell, startOf[cell], startOf[cell + 1]);
  for (let from = 0; from < sample.length; from += d) {
    query.f32.set(sample.subarray(from, from + d));
    kernels.scan({ query, rows: centroids, n: cells, d, out: scores });
    const ranked = kernels.topK({ scores, n: cells, k: cells, ids, values });
    for (let rank = 0; rank < ranked; rank++) rankOf[ids.u32[rank]] = rank;
    kernels.scan({ query, rows: vectors, n, d, stride: step * d, out: scores });
    const count = kernels.topK({ scores, n, k: most, ids, values });
    const rows = ids.u32;
    for (const [which, k] of CALIBRATED_K.entries()) {
      const answers = Math.min(Math.ceil(k / step), count);
      for (let i = 0; i < answers; i++) found[which][rankOf[cellOf[rows[i] * step]]] += 1;
    }
  }
  for (const block of [values, ids, scores, query]) block.free();
  const wanted = 1 - SHARE_OF_LOSS * (1 - recallTarget);
  return CALIBRATED_K.map((k, which) => ({ k, cells: fewestCells(found[which], wanted) }));
}

/** Fewest leading ranks that hold the wanted share of all that was counted; all of them where nothing was. */
function fewestCells(counts: Float64Array, wanted: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return counts.length;
  let held = 0;
  for (let rank = 0; rank < counts.length; rank++) {
    held += counts[rank];
    if (held >= wanted * total) return rank + 1;
  }
  return counts.length;
}

/** Cells to read for k rows; beyond the largest k that was calibrated, in proportion. */
export function probesFor(probes: Probes, k: number): number {
  const enough = probes.find((each) => each.k >= k);
  if (enough !== undefined) return enough.cells;
  const last = probes[probes.length - 1];
  return Math.ceil((last.cells * k) / last.k);
}
