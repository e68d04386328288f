/** Matrix multiply on the kernels: packed tiles for matrices, plain rows for vectors. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkWords } from './shape.ts';

export interface GemmArgs {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** [m, k] row by row; with `transposeA`, [k, m]. */
  readonly a: Span;
  /** [k, n] row by row; with `transposeB`, [n, k]. */
  readonly b: Span;
  /** [m, n] row by row. Must not overlap a or b. */
  readonly c: Span;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Add to what c holds instead of overwriting it. */
  readonly accumulate?: boolean;
}

export interface GemmKernels {
  /**
   * C = op(A) op(B), or C += op(A) op(B). From four rows and two columns on, a row of C has the same bits
   * whatever m is and however many threads share the work.
   * @throws RangeError if a size is not a whole number from 0 or a span is too short for it
   */
  gemm(args: GemmArgs): void;
}

/** From this many rows on, packing B costs less than it saves. */
const PACKED_ROWS = 4;

/** Rows of a tile: pieces that are multiples of it leave no ragged tile but the last. */
const TILE_ROWS = 6;

/** One row: out[n] = x[k] M[k, n], with M's strides. */
interface RowProduct {
  readonly x: number;
  readonly xStride: number;
  readonly matrix: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly out: number;
  readonly k: number;
  readonly n: number;
  readonly add: boolean;
}

/** Multiplications that make up for waking a worker, about 0.1 ms of one core. */
const GRAIN = 1 << 20;

export function gemmKernels(core: KernelCore): GemmKernels {
  const { native, arena } = core;

  /** False where the strides fit neither kernel. */
  const rowProduct = (p: RowProduct): boolean => {
    if (p.columnStride === 1) {
      native.gemvRow(p.x, p.xStride, p.matrix, p.rowStride, p.out, p.k, p.n, p.add ? 1 : 0);
      return true;
    }
    if (p.rowStride !== 1 || p.xStride !== 1 || p.add) return false;
    native.scan(p.x, p.matrix, p.columnStride, p.n, p.k, p.out);
    return true;
  };

  return {
    gemm(args) {
      checkGemm('gemm', args);
      const { m, n, k, a, b, c } = args;
      const add = args.accumulate ?? false;
      if (m === 0 || n === 0) return;
      const [ars, acs] = args.transposeA ? [1, m] : [k, 1];
      const [brs, bcs] = args.transposeB ? [1, k] : [n, 1];
      if (n === 1) {
        // C[m, 1] is the row b times op(A) transposed.
        const column = { x: b.ptr, xStride: 1, matrix: a.ptr, rowStride: acs, columnStride: ars };
        if (rowProduct({ ...column, out: c.ptr, k, n: m, add })) return;
      } else if (m < PACKED_ROWS) {
        const row = { xStride: acs, matrix: b.ptr, rowStride: brs, columnStride: bcs, k, n, add };
        let done = 0;
        while (done < m && rowProduct({ ...row, x: a.ptr + 4 * done * ars, out: c.ptr + 4 * done * n }))
          done++;
        if (done === m) return;
      }
      const packed = arena.alloc(native.packedBFloats(k, n));
      const panels = core.split(Math.ceil(n / 8), { grain: Math.ceil(GRAIN / 4 / (8 * k + 1)), align: 1 });
      core.run(
        'packB',
        panels.map(([from, to]) => [b.ptr, brs, bcs, k, n, packed.ptr, from, to]),
      );
      const rows = core.split(m, { grain: Math.ceil(GRAIN / (k * n + 1)), align: TILE_ROWS });
      const workFloats = native.gemmWorkFloats();
      const work = arena.alloc(rows.length * workFloats);
      core.run(
        'gemmPacked',
        rows.map(([from, to], i) => {
          const left = [a.ptr + 4 * from * ars, ars, acs, packed.ptr, c.ptr + 4 * from * n, n];
          return [...left, to - from, k, n, add ? 1 : 0, work.ptr + 4 * i * workFloats];
        }),
      );
      work.free();
      packed.free();
    },
  };
}

/** @throws RangeError as `gemm` does */
export function checkGemm(where: string, { m, n, k, a, b, c }: GemmArgs): void {
  checkCounts(where, { m, n, k });
  checkWords(where, 'a', a, m * k);
  checkWords(where, 'b', b, k * n);
  checkWords(where, 'c', c, m * n);
}
