// Dot products of one int8 query with n int8 rows. Sums are exact in int32, so order does not matter.
import { zipLow, zipHigh, lowHalves, highHalves } from './lanes.as';

/** Sign-extends q[d] to 16 bits, padded with zeros to a multiple of 16 components. */
export function widen(q: usize, d: i32, wide: usize): void {
  const padded = (d + 15) & ~15;
  for (let k = 0; k < padded; k++) store<i16>(wide + (<usize>k << 1), k < d ? <i16>load<i8>(q + <usize>k) : 0);
}

// @ts-ignore: decorator
@inline
function step8(sum: v128, wide: usize, row: usize): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(wide), v128.load8x8_s(row)));
}

// 32 components of one row, the row's address in one register.
// @ts-ignore: decorator
@inline
function step32(sum: v128, w0: v128, w1: v128, w2: v128, w3: v128, row: usize): v128 {
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(w0, v128.load8x8_s(row)));
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(w1, v128.load8x8_s(row, 8)));
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(w2, v128.load8x8_s(row, 16)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(w3, v128.load8x8_s(row, 24)));
}

function dotInt8(wide: usize, row: usize, d: i32): i32 {
  const whole = d & ~7;
  let s = i32x4.splat(0);
  for (let k: usize = 0; k < <usize>whole; k += 8) s = step8(s, wide + (k << 1), row + k);
  let r = i32x4.extract_lane(s, 0) + i32x4.extract_lane(s, 1) + i32x4.extract_lane(s, 2) + i32x4.extract_lane(s, 3);
  for (let k = whole; k < d; k++) r += <i32>load<i16>(wide + (<usize>k << 1)) * <i32>load<i8>(row + <usize>k);
  return r;
}

/** Horizontal sums of four vectors, as one vector. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const l0 = zipLow(a, b), h0 = zipHigh(a, b), l1 = zipLow(c, d), h1 = zipHigh(c, d);
  return i32x4.add(
    i32x4.add(lowHalves(l0, l1), highHalves(l0, l1)),
    i32x4.add(lowHalves(h0, h1), highHalves(h0, h1)),
  );
}

/**
 * out[i] = scale * scales[i] * (q[d] . rows[i, d]) as float32; scales may be 0: all 1. Rows lie `stride` bytes
 * apart. `wide` has room for d rounded up to 16, in 16-bit words.
 */
export function scanInt8(
  q: usize, rows: usize, stride: i32, n: i32, d: i32, scale: f32, scales: usize, out: usize, wide: usize,
): void {
  widen(q, d, wide);
  scanWide(wide, rows, stride, n, d, scale, scales, out);
}

/** The same for a query that is already widened. */
export function scanWide(
  wide: usize, rows: usize, stride: i32, n: i32, d: i32, scale: f32, scales: usize, out: usize,
): void {
  const f = f32x4.splat(scale);
  const step = <usize>stride;
  const fast = (d & 7) == 0;
  const blocks = <usize>(d & ~31);
  let i = 0;
  let r0 = rows;
  if (fast) {
    for (; i + 4 <= n; i += 4) {
      const r1 = r0 + step, r2 = r1 + step, r3 = r2 + step;
      let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), e = i32x4.splat(0);
      let w = wide;
      for (let k: usize = 0; k < blocks; k += 32, w += 64) {
        const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
        a = step32(a, w0, w1, w2, w3, r0 + k);
        b = step32(b, w0, w1, w2, w3, r1 + k);
        c = step32(c, w0, w1, w2, w3, r2 + k);
        e = step32(e, w0, w1, w2, w3, r3 + k);
      }
      for (let k = blocks; k < <usize>d; k += 8, w += 16) {
        a = step8(a, w, r0 + k);
        b = step8(b, w, r1 + k);
        c = step8(c, w, r2 + k);
        e = step8(e, w, r3 + k);
      }
      let s = f32x4.mul(f32x4.convert_i32x4_s(sums(a, b, c, e)), f);
      if (scales != 0) s = f32x4.mul(s, v128.load(scales + (<usize>i << 2)));
      v128.store(out + (<usize>i << 2), s);
      r0 = r3 + step;
    }
  }
  for (; i < n; i++) {
    let s = <f32>dotInt8(wide, r0, d) * scale;
    if (scales != 0) s *= load<f32>(scales + (<usize>i << 2));
    store<f32>(out + (<usize>i << 2), s);
    r0 += step;
  }
}
