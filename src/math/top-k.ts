/** Whether the value at index a ranks behind that at b: smaller, or equal and of higher index. */
const isBehind = (values: Float32Array, a: number, b: number): boolean =>
  values[a] < values[b] || (values[a] === values[b] && a > b);

/** Restores the heap (worst on top) below `slot` after its entry got better. */
const siftDown = (heap: Uint32Array, size: number, values: Float32Array, start: number): void => {
  const moving = heap[start];
  let slot = start;
  for (;;) {
    let child = 2 * slot + 1;
    if (child >= size) break;
    if (child + 1 < size && isBehind(values, heap[child + 1], heap[child])) child++;
    if (!isBehind(values, heap[child], moving)) break;
    heap[slot] = heap[child];
    slot = child;
  }
  heap[slot] = moving;
};

/**
 * Indexes of the k largest values, best first; equal values in index order. NaN is never selected,
 * so fewer than k come back when fewer are numbers. -Infinity is a value like any other.
 * Keeps a heap of k: O(n + m log k), m being how often a value enters the best so far.
 * @throws RangeError unless k is a whole number >= 0
 */
export const topK = (values: Float32Array, k: number): Uint32Array => {
  if (!Number.isInteger(k) || k < 0) throw new RangeError(`k: expected a whole number >= 0, got ${k}`);
  const heap = new Uint32Array(Math.min(k, values.length));
  let size = 0;
  let index = 0;
  for (; index < values.length && size < heap.length; index++) {
    if (!Number.isNaN(values[index])) heap[size++] = index;
  }
  if (size === 0) return heap.subarray(0, 0);
  for (let slot = (size >> 1) - 1; slot >= 0; slot--) siftDown(heap, size, values, slot);
  let worst = values[heap[0]];
  for (; index < values.length; index++) {
    if (values[index] > worst) {
      heap[0] = index; // an equal value further on ranks behind, so only a greater one enters
      siftDown(heap, size, values, 0);
      worst = values[heap[0]];
    }
  }
  for (let end = size - 1; end > 0; end--) {
    const behind = heap[0];
    heap[0] = heap[end];
    siftDown(heap, end, values, 0);
    heap[end] = behind;
  }
  return heap.subarray(0, size);
};
