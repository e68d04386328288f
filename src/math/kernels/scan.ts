/** Dot products of one query with many rows: float32, float32 by id, int8. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkIds, checkWords } from './shape.ts';

export interface ScanArgs {
  /** [d] */
  readonly query: Span;
  /** [n, d] row by row, or [n, stride] of which the first d are read. */
  readonly rows: Span;
  readonly n: number;
  readonly d: number;
  /** Words from one row to the next; default d. */
  readonly stride?: number;
  /** [n], written. */
  readonly out: Span;
}

export interface ScanIdsArgs extends ScanArgs {
  /** [n] row numbers (u32). `rows` then holds `rowCount` rows. */
  readonly ids: Span;
  readonly rowCount: number;
}

export interface ScanInt8Args {
  /** [d] int8 */
  readonly query: Span;
  /** [n, d] int8 row by row, or [n, stride] of which the first d are read. */
  readonly rows: Span;
  readonly n: number;
  readonly d: number;
  /** Bytes from one row to the next; default d. */
  readonly stride?: number;
  /** Factor of every score, usually the query's quantisation step; default 1. */
  readonly scale?: number;
  /** [n] float32 factor of each row, usually its quantisation step; default 1. */
  readonly rowScales?: Span;
  /** [n] float32, written. */
  readonly out: Span;
}

export interface ScanKernels {
  /** out[i] = query . rows[i]. A row's score has the same bits whichever rows stand around it. */
  scan(args: ScanArgs): void;
  /** out[i] = query . rows[ids[i]], bit for bit what `scan` gives. @throws RangeError on an id out of range */
  scanIds(args: ScanIdsArgs): void;
  /** out[i] = scale * rowScales[i] * (query . rows[i]), the dot product exact in int32. d is at most 65,536. */
  scanInt8(args: ScanInt8Args): void;
}

/** Beyond this, 128 * 128 * d could leave int32. */
const INT8_DIMENSIONS = 65_536;

/** Components that make up for waking a worker: a scan of a small index stays on one thread. */
const GRAIN = 1 << 21;

export function scanKernels(core: KernelCore): ScanKernels {
  const { native, arena } = core;
  return {
    scan({ query, rows, n, d, stride = d, out }) {
      checkScan('scan', { query, rows, n, d, stride, out }, n);
      core.run(
        'scan',
        core.split(n, { grain: Math.ceil(GRAIN / (d + 1)), align: 4 }).map(([from, to]) => {
          return [query.ptr, rows.ptr + 4 * from * stride, stride, to - from, d, out.ptr + 4 * from];
        }),
      );
    },
    scanIds({ query, rows, n, d, stride = d, out, ids, rowCount }) {
      checkScan('scanIds', { query, rows, n, d, stride, out }, rowCount);
      checkIds('scanIds', 'ids', ids, n, rowCount);
      native.scanIds(query.ptr, rows.ptr, stride, ids.ptr, n, d, out.ptr);
    },
    scanInt8({ query, rows, n, d, stride = d, scale = 1, rowScales, out }) {
      checkCounts('scanInt8', { n, d, stride });
      if (stride < d || d > INT8_DIMENSIONS) {
        throw new RangeError(
          `scanInt8: d must be at most the stride ${stride} and ${INT8_DIMENSIONS}, got ${d}`,
        );
      }
      checkWords('scanInt8', 'out', out, n);
      if (rowScales !== undefined) checkWords('scanInt8', 'rowScales', rowScales, n);
      const needed = n === 0 ? 0 : (n - 1) * stride + d;
      if (query.byteLength < d || rows.byteLength < needed) {
        throw new RangeError(
          `scanInt8: query and rows must hold ${d} and ${needed} bytes, got ${query.byteLength} and ${rows.byteLength}`,
        );
      }
      const wide = arena.allocBytes(2 * (d + 16));
      native.scanInt8(query.ptr, rows.ptr, stride, n, d, scale, rowScales?.ptr ?? 0, out.ptr, wide.ptr);
      wide.free();
    },
  };
}

function checkScan(where: string, args: Required<ScanArgs>, rowCount: number): void {
  const { query, rows, n, d, stride, out } = args;
  checkCounts(where, { n, d, stride, rowCount });
  if (stride < d) throw new RangeError(`${where}: stride must be from ${d} on, got ${stride}`);
  checkWords(where, 'query', query, d);
  checkWords(where, 'rows', rows, rowCount === 0 ? 0 : (rowCount - 1) * stride + d);
  checkWords(where, 'out', out, n);
}
