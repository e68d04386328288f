/** Rows as int8 codes: a quarter of the bytes to read, at an error that exact re-scoring takes back. */

const LARGEST_CODE = 127;

/** Bytes from one row of codes to the next: a multiple of 8, for the int8 scan reads 8 at a time. */
export const codeWidth = (dimension: number): number => Math.ceil(dimension / 8) * 8;

/**
 * Encodes rows of `dimension` into codes [n, codeWidth] and steps [n]: code_i = round(x_i / step), with
 * step = max |x_i| / 127, so that x is about step * code. What pads a row is 0. A row that is not finite has the
 * step NaN and codes of 0: its score is NaN, and it is never found.
 */
export function encodeRows(
  vectors: Float32Array,
  dimension: number,
  { codes, steps }: { readonly codes: Int8Array; readonly steps: Float32Array },
): void {
  const width = codeWidth(dimension);
  for (let row = 0; row < steps.length; row++) {
    const from = row * dimension;
    let largest = 0;
    let finite = 0;
    for (let i = from; i < from + dimension; i++) {
      const size = Math.abs(vectors[i]);
      if (size > largest) largest = size;
      finite += size - size; // NaN for NaN and infinities
    }
    if (finite !== 0) largest = Number.NaN;
    steps[row] = largest / LARGEST_CODE;
    const perStep = largest > 0 ? LARGEST_CODE / largest : 0;
    const to = row * width;
    for (let i = 0; i < dimension; i++) codes[to + i] = Math.round(vectors[from + i] * perStep);
    for (let i = dimension; i < width; i++) codes[to + i] = 0;
  }
}
