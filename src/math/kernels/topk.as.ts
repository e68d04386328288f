// The k largest of n scores, best first, ties by the lower index, NaN never. Exact, by selection:
//   1. a threshold from a sample, set low enough that it almost always lets k scores through;
//   2. one vector pass that collects the indexes at or above it, in order;
//   3. a stable radix sort of those few.
// Where the sample misleads (too few or too many pass), a radix selection over all n decides exactly.

// @ts-ignore: decorator
@inline
function word(base: usize, i: i32): usize {
  return base + (<usize>i << 2);
}

/** Unsigned key in the order of the floats; -0 and 0 share one. Not for NaN. */
// @ts-ignore: decorator
@inline
function keyOf(score: f32): u32 {
  const bits = reinterpret<i32>(score + 0);
  return <u32>(bits ^ ((bits >> 31) | 0x80000000));
}

// @ts-ignore: decorator
@inline
function scoreOf(key: u32): f32 {
  const bits = <i32>key;
  return reinterpret<f32>(bits < 0 ? bits ^ 0x80000000 : ~bits);
}

const BUCKETS: i32 = 2048;

/** Candidates that the work space must hold for n scores and k wanted. */
function capacity(n: i32, k: i32): i32 {
  return min(n, max(4096, 4 * k)) + 16;
}

/** Words of work space: two arrays of keys, two of indexes, one histogram. */
export function topKWorkWords(n: i32, k: i32): i32 {
  return 4 * max(capacity(n, k), 4096) + BUCKETS;
}

/** Indexes of the scores >= threshold, in order; -1 when more than `room` come through. */
function collect(scores: usize, n: i32, threshold: f32, out: usize, room: i32): i32 {
  const t = f32x4.splat(threshold);
  let count = 0;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const p = word(scores, i);
    const low = i16x8.narrow_i32x4_s(f32x4.ge(v128.load(p), t), f32x4.ge(v128.load(p, 16), t));
    const high = i16x8.narrow_i32x4_s(f32x4.ge(v128.load(p, 32), t), f32x4.ge(v128.load(p, 48), t));
    let mask = i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
    if (mask == 0) continue;
    if (count + 16 > room) return -1;
    do {
      store<i32>(word(out, count++), i + ctz(mask));
      mask &= mask - 1;
    } while (mask != 0);
  }
  for (; i < n; i++) {
    if (load<f32>(word(scores, i)) >= threshold) {
      if (count >= room) return -1;
      store<i32>(word(out, count++), i);
    }
  }
  return count;
}

/** Counts the bits [shift, shift + 11) of the keys whose bits from `fixed` on equal the prefix; NaN is left out. */
function histogram(scores: usize, n: i32, step: i32, shift: u32, fixed: u32, prefix: u32, counts: usize): void {
  memory.fill(counts, 0, BUCKETS * 4);
  for (let i = 0; i < n; i++) {
    const score = load<f32>(word(scores, i * step));
    if (score != score) continue;
    const key = keyOf(score);
    if (fixed < 32 && key >> fixed != prefix) continue;
    const at = word(counts, <i32>((key >> shift) & 2047));
    store<i32>(at, load<i32>(at) + 1);
  }
}

/** Number of scores in buckets above the one in which the rank-th largest lies; `found` gets that bucket. */
let found: i32 = 0;
function locate(counts: usize, rank: i32): i32 {
  let above = 0;
  for (let b = BUCKETS - 1; b >= 0; b--) {
    const count = load<i32>(word(counts, b));
    if (above + count >= rank) {
      found = b;
      return above;
    }
    above += count;
  }
  found = -1;
  return above;
}

/** A score at or just below the rank-th largest of every step-th score: its 22 leading bits. */
function sampleThreshold(scores: usize, n: i32, step: i32, rank: i32, counts: usize): f32 {
  histogram(scores, n, step, 21, 32, 0, counts);
  const above = locate(counts, rank);
  if (found < 0) return -Infinity;
  const prefix = <u32>found;
  histogram(scores, n, step, 10, 21, prefix, counts);
  locate(counts, rank - above);
  const threshold = scoreOf((prefix << 21) | (<u32>found << 10));
  return threshold == threshold ? threshold : -Infinity;
}

/** The k largest by radix selection over everything, indexes in order; fewer when NaN leaves fewer. */
function select(scores: usize, n: i32, k: i32, out: usize, counts: usize): i32 {
  histogram(scores, n, 1, 21, 32, 0, counts);
  let above = locate(counts, k);
  if (found < 0) return collect(scores, n, -Infinity, out, n + 16); // k or fewer are not NaN
  let prefix = <u32>found;
  histogram(scores, n, 1, 10, 21, prefix, counts);
  above += locate(counts, k - above);
  prefix = (prefix << 11) | <u32>found;
  histogram(scores, n, 1, 0, 10, prefix, counts);
  // the last level has 10 bits: bits 0 to 9 of the key, the 11th is the prefix's own last bit
  above += locate(counts, k - above);
  const last = (prefix << 10) | (<u32>found & 1023);
  let ties = k - above;
  let count = 0;
  for (let i = 0; i < n && count < k; i++) {
    const score = load<f32>(word(scores, i));
    if (score != score) continue;
    const key = keyOf(score);
    if (key > last || (key == last && ties > 0)) {
      if (key == last) ties--;
      store<i32>(word(out, count++), i);
    }
  }
  return count;
}

/** Sorts `count` candidates by falling score, stable: four passes of eight bits over inverted keys. */
function sortCandidates(scores: usize, count: i32, ids: usize, keys: usize, ids2: usize, keys2: usize, counts: usize): void {
  memory.fill(counts, 0, 4 * 256 * 4);
  for (let i = 0; i < count; i++) {
    const key = ~keyOf(load<f32>(word(scores, load<i32>(word(ids, i)))));
    store<u32>(word(keys, i), key);
    for (let b = 0; b < 4; b++) {
      const at = word(counts, b * 256 + <i32>((key >> (8 * b)) & 255));
      store<i32>(at, load<i32>(at) + 1);
    }
  }
  for (let b = 0; b < 4; b++) {
    const table = word(counts, b * 256);
    const shift = 8 * b;
    let at = 0;
    for (let x = 0; x < 256; x++) {
      const c = load<i32>(word(table, x));
      store<i32>(word(table, x), at);
      at += c;
    }
    for (let i = 0; i < count; i++) {
      const key = load<u32>(word(keys, i));
      const cell = word(table, <i32>((key >> shift) & 255));
      const to = load<i32>(cell);
      store<i32>(cell, to + 1);
      store<u32>(word(keys2, to), key);
      store<i32>(word(ids2, to), load<i32>(word(ids, i)));
    }
    let swap = keys; keys = keys2; keys2 = swap;
    swap = ids; ids = ids2; ids2 = swap;
  }
}

/** Writes min(k, scores that are not NaN) indexes and scores, best first, and returns how many. */
export function topK(scores: usize, n: i32, k: i32, outIds: usize, outScores: usize, work: usize): i32 {
  if (k <= 0 || n <= 0) return 0;
  const cap = max(capacity(n, k), 4096);
  const keys = work, ids = word(work, cap), keys2 = word(work, 2 * cap), ids2 = word(work, 3 * cap);
  const counts = word(work, 4 * cap);
  let count = -1;
  if (n <= 512 || n <= 3 * k) {
    count = collect(scores, n, -Infinity, ids, cap);
  } else {
    const sample = min(4096, max(512, n >> 4));
    const expected = <f64>k * <f64>sample / <f64>n;
    const rank = <i32>(expected + 3 * sqrt<f64>(expected) + 2);
    if (rank < sample) {
      const threshold = sampleThreshold(scores, sample, n / sample, rank, counts);
      count = collect(scores, n, threshold, ids, cap);
      if (count < k) count = -1;
    }
  }
  if (count < 0) count = select(scores, n, k, ids, counts);
  sortCandidates(scores, count, ids, keys, ids2, keys2, counts);
  if (count > k) count = k;
  for (let i = 0; i < count; i++) {
    const id = load<i32>(word(ids, i));
    store<i32>(word(outIds, i), id);
    store<f32>(word(outScores, i), load<f32>(word(scores, id)));
  }
  return count;
}
