/** The loops of an inverted file: int8 scans of chosen cells, and the nearest centroid of each row. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkIds, checkWords } from './shape.ts';

export interface ScanCellsArgs {
  /** [d] int8 */
  readonly query: Span;
  /** [n, d] int8, the rows of a cell one after the other. */
  readonly codes: Span;
  /** [n] float32 factor of each row, usually its quantisation step. */
  readonly rowScales: Span;
  /** [cells + 1] (u32): cell c has rows [starts[c], starts[c + 1]). Must not fall, and end at n at most. */
  readonly starts: Span;
  readonly cells: number;
  /** [count] cell numbers (u32) to scan, in that order. */
  readonly chosen: Span;
  readonly count: number;
  readonly d: number;
  /** Factor of every score, usually the query's quantisation step. */
  readonly scale: number;
  /** [rows of the chosen cells] float32, written. */
  readonly out: Span;
  /** [rows of the chosen cells] row numbers (u32), written. */
  readonly rows: Span;
}

export interface ArgMaxArgs {
  /** [m, n] */
  readonly x: Span;
  /** [n], added to every row. */
  readonly bias: Span;
  readonly m: number;
  readonly n: number;
  /** [m] (u32) and [m], written. */
  readonly ids: Span;
  readonly best: Span;
}

export interface CellKernels {
  /** How many rows the chosen cells have: out and rows hold the score and the number of each. */
  scanCells(args: ScanCellsArgs): number;
  /**
   * ids[i] = the first column at which x[i] + bias is largest, best[i] = that sum. NaN is passed over; a row of
   * nothing else gives 0 and -Infinity.
   */
  argMaxRows(args: ArgMaxArgs): void;
}

/** Elements that make up for waking a worker. */
const GRAIN = 1 << 17;

export function cellKernels(core: KernelCore): CellKernels {
  const { native, arena } = core;
  return {
    scanCells({ query, codes, rowScales, starts, cells, chosen, count, d, scale, out, rows }) {
      checkCounts('scanCells', { cells, count, d });
      checkWords('scanCells', 'starts', starts, cells + 1);
      checkIds('scanCells', 'chosen', chosen, count, cells);
      const ends = starts.u32;
      const picked = chosen.u32;
      let total = 0;
      let last = 0;
      for (let i = 0; i < count; i++) {
        const [from, to] = [ends[picked[i]], ends[picked[i] + 1]];
        if (to < from) throw new RangeError(`scanCells: starts must not fall, got ${from} before ${to}`);
        total += to - from;
        last = Math.max(last, to);
      }
      if (query.byteLength < d || codes.byteLength < last * d) {
        throw new RangeError(
          `scanCells: query and codes must hold ${d} and ${last * d} bytes, got ${query.byteLength} and ${codes.byteLength}`,
        );
      }
      checkWords('scanCells', 'rowScales', rowScales, last);
      checkWords('scanCells', 'out', out, total);
      checkWords('scanCells', 'rows', rows, total);
      const wide = arena.allocBytes(2 * (d + 16));
      const file = [codes.ptr, rowScales.ptr, starts.ptr, chosen.ptr, count] as const;
      native.scanCells(query.ptr, ...file, d, scale, out.ptr, rows.ptr, wide.ptr);
      wide.free();
      return total;
    },
    argMaxRows({ x, bias, m, n, ids, best }) {
      checkCounts('argMaxRows', { m, n });
      checkWords('argMaxRows', 'x', x, m * n);
      checkWords('argMaxRows', 'bias', bias, n);
      checkWords('argMaxRows', 'ids', ids, m);
      checkWords('argMaxRows', 'best', best, m);
      core.run(
        'argMaxRows',
        core.split(m, { grain: Math.ceil(GRAIN / (n + 1)), align: 1 }).map(([from, to]) => {
          return [x.ptr + 4 * from * n, bias.ptr, to - from, n, ids.ptr + 4 * from, best.ptr + 4 * from];
        }),
      );
    },
  };
}
