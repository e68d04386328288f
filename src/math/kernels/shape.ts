/** Checks that stand between the callers and code that checks nothing. */
import type { Span } from './memory.ts';

/** @throws RangeError unless every value is a whole number from 0 */
export function checkCounts(where: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${where}: ${name} must be a whole number from 0, got ${value}`);
    }
  }
}

/** @throws RangeError if the span holds fewer words than needed */
export function checkWords(where: string, name: string, span: Span, needed: number): void {
  if (span.length < needed) {
    throw new RangeError(`${where}: ${name} must hold ${needed} words, got ${span.length}`);
  }
}

/** @throws RangeError unless ids[0, n) are row numbers (u32) below `rows` */
export function checkIds(where: string, name: string, ids: Span, n: number, rows: number): void {
  checkWords(where, name, ids, n);
  const values = ids.u32;
  for (let i = 0; i < n; i++) {
    if (values[i]! >= rows) {
      throw new RangeError(`${where}: ${name}[${i}] must be a row below ${rows}, got ${values[i]}`);
    }
  }
}
