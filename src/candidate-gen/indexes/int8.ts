import type { CandidateList } from '../../domain/request.ts';
import { sharedKernels } from '../../math/kernels/kernels.ts';
import { freeWith } from '../../math/kernels/left-behind.ts';
import type { SavedIndex } from './contract.ts';
import { codeWidth, encodeRows } from './int8-codes.ts';
import { keptFor, rescore } from './rescore.ts';
import { expectCount, expectShape, expectVector } from './shape.ts';

/**
 * An index that scores int8 codes of every row, keeps somewhat more than k of them, and scores those again in
 * float32. It reads a quarter of the bytes of the exact index; its answer differs where more than an eighth
 * of k rows lie closer together than the codes tell apart. Holds the vectors and their codes in kernel memory. A row that
 * is not finite is never found. Stands for FAISS's scalar quantiser with a refining flat index.
 * @throws RangeError when the vectors are not whole rows of `dimension`, or the dimension is not >= 1
 */
export function createInt8Index(vectors: Float32Array, dimension: number): SavedIndex {
  const size = expectShape('int8', vectors, dimension);
  const kernels = sharedKernels();
  const width = codeWidth(dimension);
  const rows = kernels.from(vectors);
  const codes = kernels.allocBytes(size * width);
  const steps = kernels.alloc(size);
  encodeRows(rows.f32, dimension, { codes: codes.i8, steps: steps.f32 });
  const query = kernels.alloc(dimension);
  const queryCodes = kernels.allocBytes(width);
  const out = kernels.alloc(size);
  const queryStep = new Float32Array(1);
  const queryView = queryCodes.i8;
  const search = (asked: Float32Array, k: number): CandidateList => {
    expectVector('int8', asked, dimension);
    expectCount('int8', k);
    query.f32.set(asked);
    encodeRows(asked, dimension, { codes: queryView, steps: queryStep });
    const scan = { query: queryCodes, rows: codes, n: size, d: width, out };
    kernels.scanInt8({ ...scan, scale: queryStep[0], rowScales: steps });
    const kept = Math.min(keptFor(k), size);
    const ids = kernels.alloc(kept);
    const values = kernels.alloc(kept);
    const count = kernels.topK({ scores: out, n: size, k: kept, ids, values });
    const best = rescore(kernels, { query, vectors: rows, size, d: dimension, rows: ids, count, k });
    values.free();
    ids.free();
    return best;
  };
  const index: SavedIndex = {
    name: 'int8',
    size,
    dimension,
    sizeBytes: 4 * size * dimension + size * (width + 4),
    search,
    toTables: () => ({
      tables: { rows: { vector: { kind: 'vectors', size: dimension, values: rows.f32 } } },
    }),
  };
  freeWith(index, [rows, codes, steps, query, queryCodes, out]);
  return index;
}
