/**
 * The number of rows in a block of vectors.
 * @throws RangeError when the vectors are not whole rows of `dimension`, or the dimension is not >= 1
 */
export function expectShape(index: string, vectors: Float32Array, dimension: number): number {
  if (!Number.isSafeInteger(dimension) || dimension < 1) {
    throw new RangeError(`${index}: expected a dimension that is a whole number from 1, got ${dimension}`);
  }
  if (vectors.length % dimension !== 0) {
    throw new RangeError(`${index}: expected whole rows of ${dimension}, got ${vectors.length} numbers`);
  }
  return vectors.length / dimension;
}

/** @throws RangeError when the query is not of the index's dimension */
export function expectVector(index: string, query: Float32Array, dimension: number): void {
  if (query.length === dimension) return;
  throw new RangeError(`${index}: expected a query of ${dimension} numbers, got ${query.length}`);
}

/** @throws RangeError when k is not a whole number >= 0 */
export function expectCount(index: string, k: number): void {
  if (Number.isSafeInteger(k) && k >= 0) return;
  throw new RangeError(`${index}: expected k to be a whole number >= 0, got ${k}`);
}
