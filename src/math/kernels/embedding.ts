/** Rows of tables by id, and the sparse gradient of embedding bags. */
import type { KernelCore } from './core.ts';
import type { Span } from './memory.ts';
import { checkCounts, checkIds, checkWords } from './shape.ts';

export interface TableArgs {
  /** [rows, d] */
  readonly table: Span;
  readonly rows: number;
  readonly d: number;
  /** [n] row numbers (u32). */
  readonly ids: Span;
  readonly n: number;
}

export interface BagArgs {
  readonly rows: number;
  readonly d: number;
  /** Row numbers (u32) of all bags, one after the other. */
  readonly ids: Span;
  /** [bags + 1] rising: bag b holds ids[offsets[b]] up to ids[offsets[b + 1]]. */
  readonly offsets: Span;
  readonly bags: number;
  /** A factor per id; default 1. */
  readonly weights?: Span;
  /** Default 'sum'. The mean divides by the number of ids, an empty bag gives zeros. */
  readonly combine?: 'sum' | 'mean';
}

export interface BagBackwardArgs extends BagArgs {
  /** [bags, d] gradient of what embeddingBag wrote. */
  readonly gradOut: Span;
  /** [rows] words, all -1 before and after: `embeddingSlots` makes one to keep. */
  readonly slots: Span;
  /** At least min(ids, rows) words: the distinct ids in order of first use, written. */
  readonly unique: Span;
  /** As many rows of d: their gradients, written. */
  readonly grads: Span;
}

export interface CopyArgs {
  readonly x: Span;
  readonly rows: number;
  readonly d: number;
  /** Words from row to row; default d. */
  readonly stride?: number;
  readonly out: Span;
  readonly outStride?: number;
}

export interface EmbeddingKernels {
  /** out[i] = x[i] for rows of d words, each side with its own stride: a part of a matrix, or into one. */
  copyRows(args: CopyArgs): void;
  /** out[i] = table[ids[i]]; zeros where an id lies outside of the table. */
  gatherRows(args: TableArgs & { readonly out: Span }): void;
  /** table[ids[i]] += values[i], in the order of i; an id outside of the table is passed over. */
  scatterAddRows(args: TableArgs & { readonly values: Span }): void;
  /** out[b] = sum or mean of weights[l] * table[ids[l]] over the bag. @throws RangeError on a bad id or offset */
  embeddingBag(args: BagArgs & { readonly table: Span; readonly out: Span }): void;
  /** Number of distinct ids, whose gradients are in `grads`. Its cost does not grow with the table. */
  embeddingBagBackward(args: BagBackwardArgs): number;
}

export function embeddingKernels({ native }: KernelCore): EmbeddingKernels {
  return {
    copyRows({ x, rows, d, stride = d, out, outStride = d }) {
      checkCounts('copyRows', { rows, d, stride, outStride });
      const reach = (each: number): number => (rows === 0 ? 0 : (rows - 1) * each + d);
      checkWords('copyRows', 'x', x, reach(stride));
      checkWords('copyRows', 'out', out, reach(outStride));
      native.copyRows(x.ptr, stride, rows, d, out.ptr, outStride);
    },
    gatherRows({ table, rows, d, ids, n, out }) {
      checkTable('gatherRows', { table, rows, d, ids, n });
      checkWords('gatherRows', 'out', out, n * d);
      native.gatherRows(table.ptr, rows, d, ids.ptr, n, out.ptr);
    },
    scatterAddRows({ table, rows, d, ids, n, values }) {
      checkTable('scatterAddRows', { table, rows, d, ids, n });
      checkWords('scatterAddRows', 'values', values, n * d);
      native.scatterAddRows(table.ptr, rows, d, ids.ptr, n, values.ptr);
    },
    embeddingBag(args) {
      const { table, rows, d, ids, offsets, bags, weights, combine, out } = args;
      checkBags('embeddingBag', args);
      checkWords('embeddingBag', 'table', table, rows * d);
      checkWords('embeddingBag', 'out', out, bags * d);
      const mean = combine === 'mean' ? 1 : 0;
      native.embeddingBag(table.ptr, d, ids.ptr, weights?.ptr ?? 0, offsets.ptr, bags, mean, out.ptr);
    },
    embeddingBagBackward(args) {
      const { rows, d, ids, offsets, bags, weights, combine, gradOut, slots, unique, grads } = args;
      const used = Math.min(checkBags('embeddingBagBackward', args), rows);
      checkWords('embeddingBagBackward', 'gradOut', gradOut, bags * d);
      checkWords('embeddingBagBackward', 'slots', slots, rows);
      checkWords('embeddingBagBackward', 'unique', unique, used);
      checkWords('embeddingBagBackward', 'grads', grads, used * d);
      const mean = combine === 'mean' ? 1 : 0;
      const bag = [ids.ptr, weights?.ptr ?? 0, offsets.ptr, bags, mean] as const;
      return native.embeddingBagBackward(d, ...bag, gradOut.ptr, slots.ptr, unique.ptr, grads.ptr);
    },
  };
}

/** A block of -1 for a table of that many rows, to be kept for embeddingBagBackward. Free it. */
export function embeddingSlots(core: KernelCore, rows: number) {
  const slots = core.alloc(rows);
  slots.i32.fill(-1);
  return slots;
}

function checkTable(where: string, { table, rows, d, ids, n }: TableArgs): void {
  checkCounts(where, { rows, d, n });
  checkWords(where, 'table', table, rows * d);
  checkWords(where, 'ids', ids, n);
}

/** Number of ids in all bags. */
function checkBags(where: string, { rows, d, ids, offsets, bags, weights }: BagArgs): number {
  checkCounts(where, { rows, d, bags });
  checkWords(where, 'offsets', offsets, bags + 1);
  const ends = offsets.u32;
  for (let b = 0; b < bags; b++) {
    if (ends[b]! > ends[b + 1]!) {
      throw new RangeError(
        `${where}: offsets must not fall, got ${ends[b]} before ${ends[b + 1]} at bag ${b}`,
      );
    }
  }
  const total = ends[bags]!;
  checkIds(where, 'ids', ids, total, rows);
  if (weights !== undefined) checkWords(where, 'weights', weights, total);
  return total;
}
