import { sharedKernels } from '../../math/kernels/kernels.ts';
import { freeWith } from '../../math/kernels/left-behind.ts';
import type { SavedIndex } from './contract.ts';
import { expectCount, expectShape, expectVector } from './shape.ts';

/**
 * An index that scores every row: a SIMD scan, then selection without sorting. The vectors, [size,
 * dimension], are copied into kernel memory, which is given back once the index is garbage, so that a
 * server can drop an old version without counting who still searches it. A search allocates its answer
 * alone. Row scores are float32 sums, with the same bits wherever the row stands.
 * Stands for FAISS's flat index.
 * @throws RangeError when the vectors are not whole rows of `dimension`, or the dimension is not >= 1
 */
export function createExactIndex(vectors: Float32Array, dimension: number): SavedIndex {
  const size = expectShape('exact', vectors, dimension);
  const kernels = sharedKernels();
  const rows = kernels.from(vectors);
  const held = kernels.alloc(dimension);
  const out = kernels.alloc(size);
  const index: SavedIndex = {
    name: 'exact',
    size,
    dimension,
    sizeBytes: 4 * size * dimension,
    toTables: () => ({
      tables: { rows: { vector: { kind: 'vectors', size: dimension, values: rows.f32 } } },
    }),
    search(query, k) {
      expectVector('exact', query, dimension);
      expectCount('exact', k);
      held.f32.set(query);
      kernels.scan({ query: held, rows, n: size, d: dimension, out });
      const most = Math.min(k, size);
      const ids = kernels.alloc(most);
      const values = kernels.alloc(most);
      const found = kernels.topK({ scores: out, n: size, k, ids, values });
      const best = { items: ids.u32.slice(0, found), scores: values.f32.slice(0, found) };
      values.free();
      ids.free();
      return best;
    },
  };
  freeWith(index, [rows, held, out]);
  return index;
}
