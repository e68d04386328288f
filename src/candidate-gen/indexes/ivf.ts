import type { CandidateList } from '../../domain/request.ts';
import type { Rng } from '../../domain/rng.ts';
import { type Kernels, sharedKernels } from '../../math/kernels/kernels.ts';
import { freeWith } from '../../math/kernels/left-behind.ts';
import type { SavedIndex } from './contract.ts';
import { codeWidth, encodeRows } from './int8-codes.ts';
import { fillCells } from './ivf-build.ts';
import type { IvfParts } from './ivf-parts.ts';
import { calibrateProbes, type Probes, probesFor } from './ivf-probes.ts';
import { keptFor, rescore } from './rescore.ts';
import { expectCount, expectShape, expectVector } from './shape.ts';

export interface IvfOptions {
  /** Seeds the training of the cells and the choice of the rows that calibrate. */
  readonly rng: Rng;
  /** Mean share of the true k best that a search must find; default 0.99. */
  readonly recallTarget?: number;
  /** Default: a power of two near 2 sqrt(n). */
  readonly cells?: number;
  /** [m, dimension] queries like those to come, which settle how many cells are read; default: drawn rows. */
  readonly queries?: Float32Array;
}

/**
 * An inverted file: rows in k-means cells, of which a search reads the `nprobe` whose centroids have the largest
 * inner product with the query, as int8 codes; what scores best is scored again in float32. How many cells that
 * are is settled here, for several k, by the exact answers to sample queries. Rows of a cell lie side by side, so
 * that a search reads a few long stretches of memory. Where the cells hold fewer than k rows it reads more of them.
 * Holds the vectors and their codes in kernel memory. A row that is not finite is never found.
 * Stands for FAISS's IVF,SQ8.
 * @throws RangeError when the vectors are not whole rows of `dimension`, or the dimension is not >= 1
 * @see Jegou, Douze & Schmid, "Product quantization for nearest neighbor search", 2011 (the inverted file)
 */
export function createIvfIndex(vectors: Float32Array, dimension: number, options: IvfOptions): SavedIndex {
  expectShape('ivf', vectors, dimension);
  const { recallTarget = 0.99, rng, queries } = options;
  const kernels = sharedKernels();
  const parts = fillCells(kernels, { vectors, dimension, rng, cells: options.cells });
  return openIvf(kernels, parts, calibrateProbes(kernels, { parts, recallTarget, rng, queries }));
}

/** The index over parts that it owns from here on. */
export function openIvf(kernels: Kernels, parts: IvfParts, probes: Probes): SavedIndex {
  const { dimension, centroids, starts, vectors, ids } = parts;
  const size = ids.length;
  const cells = starts.length - 1;
  const width = codeWidth(dimension);
  const codes = kernels.allocBytes(size * width);
  const steps = kernels.alloc(size);
  encodeRows(vectors.f32, dimension, { codes: codes.i8, steps: steps.f32 });
  const query = kernels.alloc(dimension);
  const queryCodes = kernels.allocBytes(width);
  const queryStep = new Float32Array(1);
  const queryView = queryCodes.i8;
  const startOf = starts.u32;
  const cellScores = kernels.alloc(cells);
  const order = kernels.alloc(cells);
  const orderScores = kernels.alloc(cells);
  const orderView = order.u32;

  /** Rows of the cells to read, best first, whose numbers then stand in `order`. */
  const chooseCells = (k: number): { readonly count: number; readonly rows: number } => {
    kernels.scan({ query, rows: centroids, n: cells, d: dimension, out: cellScores });
    for (let wanted = Math.min(cells, probesFor(probes, k)); ; wanted = Math.min(cells, 2 * wanted)) {
      const count = kernels.topK({
        scores: cellScores,
        n: cells,
        k: wanted,
        ids: order,
        values: orderScores,
      });
      let rows = 0;
      for (let i = 0; i < count; i++) rows += startOf[orderView[i] + 1] - startOf[orderView[i]];
      if (rows >= k || wanted === cells) return { count, rows };
    }
  };
  const search = (asked: Float32Array, k: number): CandidateList => {
    expectVector('ivf', asked, dimension);
    expectCount('ivf', k);
    query.f32.set(asked);
    encodeRows(asked, dimension, { codes: queryView, steps: queryStep });
    const chosen = chooseCells(Math.min(k, size));
    const out = kernels.alloc(chosen.rows);
    const scanned = kernels.alloc(chosen.rows);
    const file = { codes, rowScales: steps, starts, cells, chosen: order, count: chosen.count };
    const n = kernels.scanCells({
      query: queryCodes,
      ...file,
      d: width,
      scale: queryStep[0],
      out,
      rows: scanned,
    });
    const kept = Math.min(keptFor(k), n);
    const rows = kernels.alloc(kept);
    const values = kernels.alloc(kept);
    const count = kernels.topK({ scores: out, n, k: kept, ids: rows, values });
    const rowView = rows.u32;
    const scannedView = scanned.u32;
    for (let i = 0; i < count; i++) rowView[i] = scannedView[rowView[i]];
    const best = rescore(kernels, { query, vectors, size, d: dimension, rows, count, k, ids });
    for (const block of [values, rows, scanned, out]) block.free();
    return best;
  };

  const index: SavedIndex = {
    name: 'ivf',
    size,
    dimension,
    sizeBytes: size * (4 * dimension + width + 8) + cells * (4 * dimension + 16),
    search,
    toTables: () => ({
      tables: {
        rows: { id: ids, vector: { kind: 'vectors', size: dimension, values: vectors.f32 } },
        cells: {
          rows: Uint32Array.from({ length: cells }, (_, cell) => startOf[cell + 1] - startOf[cell]),
          centroid: { kind: 'vectors', size: dimension, values: centroids.f32 },
        },
      },
      meta: { probes: probes.map(({ k, cells }) => ({ k, cells })) },
    }),
  };
  const working = [query, queryCodes, cellScores, order, orderScores];
  freeWith(index, [vectors, codes, steps, centroids, starts, ...working]);
  return index;
}
