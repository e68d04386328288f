// Rows of tables by id: gather, scatter-add, embedding bags, and Adam for all or for chosen rows.
import { madd } from './lanes.as';

// @ts-ignore: decorator
@inline
function word(base: usize, i: i32): usize {
  return base + (<usize>i << 2);
}

/** to += weight * from, over d floats. */
// @ts-ignore: decorator
@inline
function addRow(to: usize, from: usize, d: i32, weight: f32): void {
  const w = f32x4.splat(weight);
  let k = 0;
  for (; k + 4 <= d; k += 4, to += 16, from += 16) {
    v128.store(to, madd(w, v128.load(from), v128.load(to)));
  }
  for (; k < d; k++, to += 4, from += 4) store<f32>(to, load<f32>(to) + weight * load<f32>(from));
}

// @ts-ignore: decorator
@inline
function copyRow(to: usize, from: usize, d: i32): void {
  let k = 0;
  for (; k + 4 <= d; k += 4, to += 16, from += 16) v128.store(to, v128.load(from));
  for (; k < d; k++, to += 4, from += 4) store<u32>(to, load<u32>(from));
}

/** out[i] = x[i] for rows of d words that lie `xStride` and `outStride` words apart. */
export function copyRows(x: usize, xStride: i32, rows: i32, d: i32, out: usize, outStride: i32): void {
  const xs = <usize>xStride << 2, os = <usize>outStride << 2;
  for (let i = 0; i < rows; i++, x += xs, out += os) copyRow(out, x, d);
}

/** out[i] = table[ids[i]] for rows of d words; an id outside of [0, rows) gives zeros. */
export function gatherRows(table: usize, rows: i32, d: i32, ids: usize, n: i32, out: usize): void {
  const step = <usize>d << 2;
  for (let i = 0; i < n; i++, out += step) {
    const id = load<u32>(word(ids, i));
    if (id < <u32>rows) copyRow(out, table + <usize>id * step, d);
    else memory.fill(out, 0, step);
  }
}

/** table[ids[i]] += values[i], in the order of i; an id outside of [0, rows) is passed over. */
export function scatterAddRows(table: usize, rows: i32, d: i32, ids: usize, n: i32, values: usize): void {
  const step = <usize>d << 2;
  for (let i = 0; i < n; i++, values += step) {
    const id = load<u32>(word(ids, i));
    if (id < <u32>rows) addRow(table + <usize>id * step, values, d, 1);
  }
}

// @ts-ignore: decorator
@inline
function bagWeight(weights: usize, l: i32, from: i32, to: i32, mean: bool): f32 {
  const w: f32 = weights == 0 ? 1 : load<f32>(word(weights, l));
  return mean ? w / <f32>(to - from) : w;
}

/** out[b] = sum (or mean) over l in [offsets[b], offsets[b + 1]) of weights[l] * table[ids[l]]. */
export function embeddingBag(
  table: usize, d: i32, ids: usize, weights: usize, offsets: usize, bags: i32, mean: bool, out: usize,
): void {
  const step = <usize>d << 2;
  for (let b = 0; b < bags; b++, out += step) {
    const from = load<i32>(word(offsets, b)), to = load<i32>(word(offsets, b + 1));
    memory.fill(out, 0, step);
    for (let l = from; l < to; l++) {
      addRow(out, table + <usize>load<u32>(word(ids, l)) * step, d, bagWeight(weights, l, from, to, mean));
    }
  }
}

/**
 * The sparse gradient of embeddingBag: `unique` gets the distinct ids in order of first use, `grads` one row
 * of d for each; returns how many. `slots` holds a word per table row, all -1 before and after: the cost
 * does not depend on the size of the table.
 */
export function embeddingBagBackward(
  d: i32, ids: usize, weights: usize, offsets: usize, bags: i32, mean: bool, gradOut: usize,
  slots: usize, unique: usize, grads: usize,
): i32 {
  const step = <usize>d << 2;
  let count = 0;
  for (let b = 0; b < bags; b++, gradOut += step) {
    const from = load<i32>(word(offsets, b)), to = load<i32>(word(offsets, b + 1));
    for (let l = from; l < to; l++) {
      const id = load<i32>(word(ids, l));
      let slot = load<i32>(word(slots, id));
      if (slot < 0) {
        slot = count++;
        store<i32>(word(slots, id), slot);
        store<i32>(word(unique, slot), id);
        memory.fill(grads + <usize>slot * step, 0, step);
      }
      addRow(grads + <usize>slot * step, gradOut, d, bagWeight(weights, l, from, to, mean));
    }
  }
  for (let u = 0; u < count; u++) store<i32>(word(slots, load<i32>(word(unique, u))), -1);
  return count;
}

// @ts-ignore: decorator
@inline
function adamStep(
  full: bool, p: usize, m: usize, v: usize, g: usize, r1: v128, r2: v128, b1: v128, b2: v128, c1: v128, c2: v128, e: v128,
): void {
  const gradient = full ? v128.load(g) : v128.load32_splat(g);
  const m1 = madd(b1, full ? v128.load(m) : v128.load32_splat(m), f32x4.mul(c1, gradient));
  const v1 = madd(b2, full ? v128.load(v) : v128.load32_splat(v), f32x4.mul(c2, f32x4.mul(gradient, gradient)));
  const size = madd(f32x4.sqrt(v1), r2, e);
  const p1 = f32x4.sub(full ? v128.load(p) : v128.load32_splat(p), f32x4.div(f32x4.mul(r1, m1), size));
  if (full) {
    v128.store(m, m1);
    v128.store(v, v1);
    v128.store(p, p1);
  } else {
    v128.store_lane<f32>(m, m1, 0);
    v128.store_lane<f32>(v, v1, 0);
    v128.store_lane<f32>(p, p1, 0);
  }
}

/**
 * Adam on n floats: rate1 = learning rate / (1 - beta1^t), root2 = 1 / sqrt(1 - beta2^t), and rest = 1 - beta,
 * taken in double precision by the caller, since 1 - 0.999 in float32 has lost four digits.
 */
export function adam(
  p: usize, m: usize, v: usize, g: usize, n: i32, rate1: f32, root2: f32, beta1: f32, beta2: f32, rest1: f32, rest2: f32, eps: f32,
): void {
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), c1 = f32x4.splat(rest1), c2 = f32x4.splat(rest2);
  const r1 = f32x4.splat(rate1), r2 = f32x4.splat(root2), e = f32x4.splat(eps);
  let i = 0;
  for (; i + 4 <= n; i += 4, p += 16, m += 16, v += 16, g += 16) adamStep(true, p, m, v, g, r1, r2, b1, b2, c1, c2, e);
  for (; i < n; i++, p += 4, m += 4, v += 4, g += 4) adamStep(false, p, m, v, g, r1, r2, b1, b2, c1, c2, e);
}

/** Adam on the rows `ids` (distinct) of tables of d columns; `g` holds one row of gradient per id. */
export function adamRows(
  p: usize, m: usize, v: usize, ids: usize, rows: i32, d: i32, g: usize,
  rate1: f32, root2: f32, beta1: f32, beta2: f32, rest1: f32, rest2: f32, eps: f32,
): void {
  const step = <usize>d << 2;
  for (let i = 0; i < rows; i++, g += step) {
    const at = <usize>load<u32>(word(ids, i)) * step;
    adam(p + at, m + at, v + at, g, d, rate1, root2, beta1, beta2, rest1, rest2, eps);
  }
}
