// Sums and maxima over the last axis (a row gives one number) or the first (all rows give one row),
// and transposition.
import { horizontalSum, zipLow, zipHigh, lowHalves, highHalves } from './lanes.as';

/** out[i] = scale * sum of row i of x[m, n]. */
export function sumLast(x: usize, m: i32, n: i32, scale: f32, out: usize): void {
  for (let i = 0; i < m; i++) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    const blocks = x + (<usize>(n & ~15) << 2);
    for (; x < blocks; x += 64) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
    }
    let s = horizontalSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    for (let j = n & ~15; j < n; j++, x += 4) s += load<f32>(x);
    store<f32>(out + (<usize>i << 2), s * scale);
  }
}

/** out[i] = largest of row i of x[m, n]; -Infinity for an empty row, NaN where there is one. */
export function maxLast(x: usize, m: i32, n: i32, out: usize): void {
  for (let i = 0; i < m; i++) {
    let s = f32x4.splat(-Infinity);
    const blocks = x + (<usize>(n & ~3) << 2);
    for (; x < blocks; x += 16) s = f32x4.max(s, v128.load(x));
    let r = max<f32>(
      max<f32>(f32x4.extract_lane(s, 0), f32x4.extract_lane(s, 1)),
      max<f32>(f32x4.extract_lane(s, 2), f32x4.extract_lane(s, 3)),
    );
    for (let j = n & ~3; j < n; j++, x += 4) r = max<f32>(r, load<f32>(x));
    store<f32>(out + (<usize>i << 2), r);
  }
}

/** out[j] = scale * sum over i of x[i, j], for the n columns of rows that lie `stride` floats apart. */
export function sumFirst(x: usize, m: i32, n: i32, stride: i32, scale: f32, out: usize): void {
  const step = <usize>stride << 2;
  const k = f32x4.splat(scale);
  let j = 0;
  for (; j + 16 <= n; j += 16) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    let p = x + (<usize>j << 2);
    for (let i = 0; i < m; i++, p += step) {
      s0 = f32x4.add(s0, v128.load(p));
      s1 = f32x4.add(s1, v128.load(p, 16));
      s2 = f32x4.add(s2, v128.load(p, 32));
      s3 = f32x4.add(s3, v128.load(p, 48));
    }
    const o = out + (<usize>j << 2);
    v128.store(o, f32x4.mul(s0, k));
    v128.store(o, f32x4.mul(s1, k), 16);
    v128.store(o, f32x4.mul(s2, k), 32);
    v128.store(o, f32x4.mul(s3, k), 48);
  }
  for (; j < n; j++) {
    let s: f32 = 0;
    let p = x + (<usize>j << 2);
    for (let i = 0; i < m; i++, p += step) s += load<f32>(p);
    store<f32>(out + (<usize>j << 2), s * scale);
  }
}

/** out[j] = largest of x[i, j] over i; the counterpart of sumFirst. */
export function maxFirst(x: usize, m: i32, n: i32, stride: i32, out: usize): void {
  const step = <usize>stride << 2;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    let s = f32x4.splat(-Infinity);
    let p = x + (<usize>j << 2);
    for (let i = 0; i < m; i++, p += step) s = f32x4.max(s, v128.load(p));
    v128.store(out + (<usize>j << 2), s);
  }
  for (; j < n; j++) {
    let s: f32 = -Infinity;
    let p = x + (<usize>j << 2);
    for (let i = 0; i < m; i++, p += step) s = max<f32>(s, load<f32>(p));
    store<f32>(out + (<usize>j << 2), s);
  }
}

/** out[n, m] = x[m, n] transposed, in blocks of 4 x 4. */
export function transpose(x: usize, m: i32, n: i32, out: usize): void {
  const xs = <usize>n << 2, os = <usize>m << 2;
  const mw = m & ~3, nw = n & ~3;
  for (let j = 0; j < nw; j += 4) {
    let p = x + (<usize>j << 2), o = out + <usize>j * os;
    for (let i = 0; i < mw; i += 4) {
      const r0 = v128.load(p), r1 = v128.load(p + xs), r2 = v128.load(p + 2 * xs), r3 = v128.load(p + 3 * xs);
      const l0 = zipLow(r0, r1), h0 = zipHigh(r0, r1), l1 = zipLow(r2, r3), h1 = zipHigh(r2, r3);
      v128.store(o, lowHalves(l0, l1));
      v128.store(o + os, highHalves(l0, l1));
      v128.store(o + 2 * os, lowHalves(h0, h1));
      v128.store(o + 3 * os, highHalves(h0, h1));
      p += 4 * xs;
      o += 16;
    }
    for (let i = mw; i < m; i++) {
      for (let y = j; y < j + 4; y++) store<f32>(out + <usize>y * os + (<usize>i << 2), load<f32>(x + <usize>i * xs + (<usize>y << 2)));
    }
  }
  for (let j = nw; j < n; j++) {
    for (let i = 0; i < m; i++) store<f32>(out + <usize>j * os + (<usize>i << 2), load<f32>(x + <usize>i * xs + (<usize>j << 2)));
  }
}
