// Softmax and softmax cross-entropy over rows, each row in three passes while it is in the first cache.
import { exp4, log4 } from './functions.as';
import { horizontalSum } from './lanes.as';

// @ts-ignore: decorator
@inline
function lane0(v: v128): f32 {
  return f32x4.extract_lane(v, 0);
}

// @ts-ignore: decorator
@inline
function horizontalMax(v: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

// A NaN may be passed over here: it comes back through the sum of the exponentials.
function rowMax(x: usize, n: i32): f32 {
  let s = f32x4.splat(-Infinity);
  const whole = x + (<usize>(n & ~3) << 2), end = x + (<usize>n << 2);
  for (; x < whole; x += 16) s = f32x4.pmax(s, v128.load(x));
  let r = horizontalMax(s);
  for (; x < end; x += 4) {
    const v = load<f32>(x);
    if (v > r) r = v;
  }
  return r;
}

/** out = e^(x - top); returns the sum. */
function expRow(x: usize, out: usize, n: i32, top: f32): f32 {
  const t = f32x4.splat(top);
  let s = f32x4.splat(0);
  const whole = x + (<usize>(n & ~3) << 2), end = x + (<usize>n << 2);
  // two at a time, so that one waits for its polynomial while the other goes on
  for (const pairs = x + (<usize>(n & ~7) << 2); x < pairs; x += 32, out += 32) {
    const e = exp4(f32x4.sub(v128.load(x), t)), g = exp4(f32x4.sub(v128.load(x, 16), t));
    s = f32x4.add(f32x4.add(s, e), g);
    v128.store(out, e);
    v128.store(out, g, 16);
  }
  for (; x < whole; x += 16, out += 16) {
    const e = exp4(f32x4.sub(v128.load(x), t));
    s = f32x4.add(s, e);
    v128.store(out, e);
  }
  let r = horizontalSum(s);
  for (; x < end; x += 4, out += 4) {
    const e = lane0(exp4(f32x4.sub(v128.load32_splat(x), t)));
    r += e;
    store<f32>(out, e);
  }
  return r;
}

/** out = x * factor + shift */
function affineRow(x: usize, out: usize, n: i32, factor: f32, shift: f32): void {
  const f = f32x4.splat(factor), h = f32x4.splat(shift);
  const whole = x + (<usize>(n & ~3) << 2), end = x + (<usize>n << 2);
  for (; x < whole; x += 16, out += 16) v128.store(out, f32x4.add(f32x4.mul(v128.load(x), f), h));
  for (; x < end; x += 4, out += 4) store<f32>(out, load<f32>(x) * factor + shift);
}

/** Softmax of each row of x[m, n]. x and out may be the same. */
export function softmaxRows(x: usize, out: usize, m: i32, n: i32): void {
  const step = <usize>n << 2;
  for (let i = 0; i < m; i++, x += step, out += step) {
    const sum = expRow(x, out, n, rowMax(x, n));
    affineRow(out, out, n, 1 / sum, 0);
  }
}

/** Logarithm of the softmax of each row: x - max - log(sum of e^(x - max)). Not in place. */
export function logSoftmaxRows(x: usize, out: usize, m: i32, n: i32): void {
  const step = <usize>n << 2;
  for (let i = 0; i < m; i++, x += step, out += step) {
    const top = rowMax(x, n);
    const sum = expRow(x, out, n, top);
    affineRow(x, out, n, 1, -top);
    affineRow(out, out, n, 1, -lane0(log4(f32x4.splat(sum))));
  }
}

/**
 * Softmax cross-entropy of rows [m, n], in place.
 *   z = scale * logits - bias, with the columns whose id is the row's id taken out (the target stays)
 *   loss[i] = log(sum_j e^(z_ij)) - z_i,target
 * The logits are replaced by gradScale * scale * (softmax(z) - onehot(target)), the gradient of
 * gradScale * loss. bias, rowIds and columnIds may be 0: none.
 */
export function softmaxCrossEntropy(
  logits: usize, m: i32, n: i32, targets: usize, scale: f32, bias: usize,
  rowIds: usize, columnIds: usize, gradScale: f32, loss: usize,
): void {
  const step = <usize>n << 2;
  const f = f32x4.splat(scale);
  const whole = n & ~3;
  for (let i = 0; i < m; i++, logits += step) {
    const target = logits + (<usize>load<i32>(targets + (<usize>i << 2)) << 2);
    if (bias != 0) {
      for (let j = 0; j < whole; j += 4) {
        const p = logits + (<usize>j << 2);
        v128.store(p, f32x4.sub(f32x4.mul(v128.load(p), f), v128.load(bias + (<usize>j << 2))));
      }
      for (let j = whole; j < n; j++) {
        const p = logits + (<usize>j << 2);
        store<f32>(p, load<f32>(p) * scale - load<f32>(bias + (<usize>j << 2)));
      }
    } else if (scale != 1) affineRow(logits, logits, n, scale, 0);
    const z = load<f32>(target);
    if (columnIds != 0) {
      const id = load<i32>(rowIds + (<usize>i << 2));
      const ids = i32x4.splat(id);
      for (let j = 0; j < whole; j += 4) {
        const same = i32x4.eq(v128.load(columnIds + (<usize>j << 2)), ids);
        if (v128.any_true(same)) {
          const p = logits + (<usize>j << 2);
          v128.store(p, v128.bitselect(f32x4.splat(-Infinity), v128.load(p), same));
        }
      }
      for (let j = whole; j < n; j++) {
        if (load<i32>(columnIds + (<usize>j << 2)) == id) store<f32>(logits + (<usize>j << 2), -Infinity);
      }
      store<f32>(target, z);
    }
    const top = rowMax(logits, n);
    const sum = expRow(logits, logits, n, top);
    store<f32>(loss + (<usize>i << 2), lane0(log4(f32x4.splat(sum))) + (top - z));
    const g = gradScale * scale;
    affineRow(logits, logits, n, g / sum, 0);
    store<f32>(target, load<f32>(target) - g);
  }
}
