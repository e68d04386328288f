// Dot products of one query with n rows. A row's score is summed in one order whatever stands
// around it, so that a scan of a part, of the whole, or by several threads gives the same bits.
import { madd, horizontalSum, zipLow, zipHigh, lowHalves, highHalves } from './lanes.as';

/** Sum over the last d % 8 components, one after the other. */
function tail(q: usize, row: usize, d: i32): f32 {
  let s: f32 = 0;
  for (let k = d & ~7; k < d; k++) s += load<f32>(q + (<usize>k << 2)) * load<f32>(row + (<usize>k << 2));
  return s;
}

/** Dot product of q[d] and row[d]. */
export function dot(q: usize, row: usize, d: i32): f32 {
  const whole = <usize>(d & ~7) << 2;
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0);
  for (let k: usize = 0; k < whole; k += 32) {
    s0 = madd(v128.load(q + k), v128.load(row + k), s0);
    s1 = madd(v128.load(q + k, 16), v128.load(row + k, 16), s1);
  }
  const s = horizontalSum(f32x4.add(s0, s1));
  return d & 7 ? s + tail(q, row, d) : s;
}

/** out[i] = q[d] . rows[i, d] with `stride` floats from row to row. */
export function scan(q: usize, rows: usize, stride: i32, n: i32, d: i32, out: usize): void {
  const whole = <usize>(d & ~7) << 2;
  const step = <usize>stride << 2;
  const rest = (d & 7) != 0;
  let i = 0;
  let r0 = rows;
  for (; i + 4 <= n; i += 4) {
    const r1 = r0 + step, r2 = r1 + step, r3 = r2 + step;
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0);
    for (let k: usize = 0; k < whole; k += 32) {
      const q0 = v128.load(q + k), q1 = v128.load(q + k, 16);
      a0 = madd(q0, v128.load(r0 + k), a0);
      a1 = madd(q1, v128.load(r0 + k, 16), a1);
      b0 = madd(q0, v128.load(r1 + k), b0);
      b1 = madd(q1, v128.load(r1 + k, 16), b1);
      c0 = madd(q0, v128.load(r2 + k), c0);
      c1 = madd(q1, v128.load(r2 + k, 16), c1);
      d0 = madd(q0, v128.load(r3 + k), d0);
      d1 = madd(q1, v128.load(r3 + k, 16), d1);
    }
    a0 = f32x4.add(a0, a1);
    b0 = f32x4.add(b0, b1);
    c0 = f32x4.add(c0, c1);
    d0 = f32x4.add(d0, d1);
    const l0 = zipLow(a0, b0), h0 = zipHigh(a0, b0), l1 = zipLow(c0, d0), h1 = zipHigh(c0, d0);
    let s = f32x4.add(
      f32x4.add(lowHalves(l0, l1), highHalves(l0, l1)),
      f32x4.add(lowHalves(h0, h1), highHalves(h0, h1)),
    );
    if (rest) {
      const t = f32x4(tail(q, r0, d), tail(q, r1, d), tail(q, r2, d), tail(q, r3, d));
      s = f32x4.add(s, t);
    }
    v128.store(out + (<usize>i << 2), s);
    r0 = r3 + step;
  }
  for (; i < n; i++) {
    store<f32>(out + (<usize>i << 2), dot(q, r0, d));
    r0 += step;
  }
}

/** out[i] = q[d] . rows[ids[i], d]: the exact re-scoring of chosen rows. */
export function scanIds(q: usize, rows: usize, stride: i32, ids: usize, n: i32, d: i32, out: usize): void {
  for (let i = 0; i < n; i++) {
    const id = load<u32>(ids + (<usize>i << 2));
    store<f32>(out + (<usize>i << 2), dot(q, rows + ((<usize>id * <usize>stride) << 2), d));
  }
}
