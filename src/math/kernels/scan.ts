/** Dot products of one query with many rows. */
import type { KernelCore } from './kernels.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkWords } from './shape.ts';

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

export interface ScanKernels {
  /** out[i] = query . rows[i]. A row's score has the same bits whichever rows stand around it. */
  scan(args: ScanArgs): void;
  /** out[i] = query . rows[ids[i]], bit for bit what `scan` gives. @throws RangeError on an id out of range */
  scanIds(args: ScanIdsArgs): void;
}

export function scanKernels({ native }: KernelCore): ScanKernels {
  return {
    scan({ query, rows, n, d, stride = d, out }) {
      checkScan('scan', { query, rows, n, d, stride, out }, n);
      native.scan(query.ptr, rows.ptr, stride, n, d, out.ptr);
    },
    scanIds({ query, rows, n, d, stride = d, out, ids, rowCount }) {
      checkScan('scanIds', { query, rows, n, d, stride, out }, rowCount);
      checkWords('scanIds', 'ids', ids, n);
      const wanted = ids.u32;
      for (let i = 0; i < n; i++) {
        if (wanted[i]! >= rowCount) {
          throw new RangeError(`scanIds: ids[${i}] must be below ${rowCount}, got ${wanted[i]}`);
        }
      }
      native.scanIds(query.ptr, rows.ptr, stride, ids.ptr, n, d, out.ptr);
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
