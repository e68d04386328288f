/** Scales a vector in place to length 1 (a zero vector stays zero) and returns it. */
export const unit = (vector: Float32Array): Float32Array => {
  let squares = 0;
  for (const x of vector) squares += x * x;
  if (squares > 0) {
    const scale = 1 / Math.sqrt(squares);
    for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  }
  return vector;
};

/** Adds `scale` times `other` to a vector in place. */
export const addScaled = (vector: Float32Array, other: Float32Array, scale: number): void => {
  for (let i = 0; i < vector.length; i++) vector[i] += scale * other[i];
};

/** Inner product of row `i` of `a` with row `j` of `b`, both [rows, size]. */
export const rowDot = (a: Float32Array, i: number, b: Float32Array, j: number, size: number): number => {
  let sum = 0;
  const left = i * size;
  const right = j * size;
  for (let d = 0; d < size; d++) sum += a[left + d] * b[right + d];
  return sum;
};
