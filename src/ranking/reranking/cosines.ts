/** Candidates with a vector each: those of `items` are rows of `vectors`. */
export interface Vectors {
  readonly items: ArrayLike<number>; // [n]
  readonly vectors: Float32Array; // [titles, size]
  readonly size: number;
}

/** Unit vectors of the items, [n, size]; a vector of zeros stays one, so its cosine with every other is 0. */
export const unitVectors = ({ items, vectors, size }: Vectors): Float64Array => {
  const units = new Float64Array(items.length * size);
  for (let i = 0; i < items.length; i++) {
    const row = items[i] * size;
    let square = 0;
    for (let d = 0; d < size; d++) square += vectors[row + d] ** 2;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let d = 0; d < size; d++) units[i * size + d] = vectors[row + d] * scale;
  }
  return units;
};

/** Product of rows i and j of [n, size]. */
export const product = (units: Float64Array, size: number, i: number, j: number): number => {
  let sum = 0;
  for (let d = 0; d < size; d++) sum += units[i * size + d] * units[j * size + d];
  return sum;
};
