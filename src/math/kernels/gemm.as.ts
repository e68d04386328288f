// C[m,n] = A[m,k] B[k,n] (or +=), any strides for A and B, rows of C contiguous.
// B is packed once into panels of 8 columns, A block by block into strips of 6 rows; the tile of
// 6 x 8 sums lives in 12 registers. k is cut into blocks of KC in a fixed order, so a row of C does
// not depend on which other rows are computed with it: rows may be split over threads bit for bit.
import { madd, zipLow, zipHigh, lowHalves, highHalves } from './lanes.as';

const MR: i32 = 6;
const NR: i32 = 8;
const KC: i32 = 256;
const MC: i32 = 120; // a block of A: 120 x 256 x 4 bytes = 120 KiB, half of a small L2

// @ts-ignore: decorator
@inline
function at(base: usize, index: i32): usize {
  return base + (<usize>index << 2);
}

/** Floats that packB writes: every panel is 8 wide, the last one padded with zeros. */
export function packedBFloats(k: i32, n: i32): i32 {
  return k * ((n + NR - 1) / NR) * NR;
}

/** Floats that gemmPacked needs as its own workspace: one packed block of A, one tile, a row of zeros. */
export function gemmWorkFloats(): i32 {
  return MC * KC + MR * NR + NR;
}

/** Packs panels [panelFrom, panelTo) of B; the panel range lets threads share the work. */
export function packB(B: usize, rs: i32, cs: i32, k: i32, n: i32, out: usize, panelFrom: i32, panelTo: i32): void {
  const panels = (n + NR - 1) / NR;
  for (let kb = 0; kb < k; kb += KC) {
    const kc = min(KC, k - kb);
    for (let panel = panelFrom; panel < panelTo; panel++) {
      const j = panel * NR;
      const w = min(NR, n - j);
      let o = at(out, kb * panels * NR + panel * kc * NR);
      let b = at(B, kb * rs + j * cs);
      if (w == NR && cs == 1) {
        const step = <usize>rs << 2;
        for (let p = 0; p < kc; p++) {
          v128.store(o, v128.load(b));
          v128.store(o, v128.load(b, 16), 16);
          o += 32;
          b += step;
        }
      } else if (w == NR && rs == 1) {
        const s = <usize>cs << 2;
        let p = 0;
        for (; p + 4 <= kc; p += 4) {
          for (let half: usize = 0; half < 2; half++) {
            const base = b + half * 4 * s;
            const r0 = v128.load(base), r1 = v128.load(base + s), r2 = v128.load(base + 2 * s), r3 = v128.load(base + 3 * s);
            const l0 = zipLow(r0, r1), h0 = zipHigh(r0, r1), l1 = zipLow(r2, r3), h1 = zipHigh(r2, r3);
            const t = o + half * 16;
            v128.store(t, lowHalves(l0, l1));
            v128.store(t, highHalves(l0, l1), 32);
            v128.store(t, lowHalves(h0, h1), 64);
            v128.store(t, highHalves(h0, h1), 96);
          }
          o += 128;
          b += 16;
        }
        for (; p < kc; p++) {
          for (let x: usize = 0; x < 8; x++) store<f32>(o + (x << 2), load<f32>(b + x * s));
          o += 32;
          b += 4;
        }
      } else {
        for (let p = 0; p < kc; p++) {
          for (let x = 0; x < NR; x++) store<f32>(at(o, x), x < w ? load<f32>(at(b, p * rs + x * cs)) : 0);
          o += 32;
        }
      }
    }
  }
}

/** Packs an A block [m, k] into strips of 6 rows, the last padded with zeros. */
function packA(A: usize, rs: i32, cs: i32, m: i32, k: i32, out: usize): void {
  let o = out;
  for (let i = 0; i < m; i += MR) {
    const h = min(MR, m - i);
    let a = at(A, i * rs);
    if (h == MR && rs == 1) {
      const step = <usize>cs << 2;
      for (let p = 0; p < k; p++) {
        v128.store(o, v128.load(a));
        store<u64>(o, load<u64>(a, 16), 16);
        o += 24;
        a += step;
      }
    } else if (h == MR && cs == 1) {
      const s = <usize>rs << 2;
      let p = 0;
      for (; p + 4 <= k; p += 4) {
        const r0 = v128.load(a), r1 = v128.load(a + s), r2 = v128.load(a + 2 * s), r3 = v128.load(a + 3 * s);
        const r4 = v128.load(a + 4 * s), r5 = v128.load(a + 5 * s);
        const l0 = zipLow(r0, r1), h0 = zipHigh(r0, r1), l1 = zipLow(r2, r3), h1 = zipHigh(r2, r3);
        const lx = zipLow(r4, r5), hx = zipHigh(r4, r5);
        v128.store(o, lowHalves(l0, l1));
        v128.store_lane<u64>(o, lx, 0, 16);
        v128.store(o, highHalves(l0, l1), 24);
        v128.store_lane<u64>(o, lx, 1, 40);
        v128.store(o, lowHalves(h0, h1), 48);
        v128.store_lane<u64>(o, hx, 0, 64);
        v128.store(o, highHalves(h0, h1), 72);
        v128.store_lane<u64>(o, hx, 1, 88);
        o += 96;
        a += 16;
      }
      for (; p < k; p++) {
        for (let y: usize = 0; y < 6; y++) store<f32>(o + (y << 2), load<f32>(a + y * s));
        o += 24;
        a += 4;
      }
    } else {
      for (let p = 0; p < k; p++) {
        for (let y = 0; y < MR; y++) store<f32>(at(o, y), y < h ? load<f32>(at(a, y * rs + p * cs)) : 0);
        o += 24;
      }
    }
  }
}

/**
 * One tile of 6 x 8: to = from + strip[6, k] panel[k, 8]. `fromStep` and `toStep` are bytes from row to row.
 * Exported so that it is not inlined, and left without unrolling or branches: in any other shape that was
 * tried, the engine moves all loads ahead of the multiplications and spills most registers.
 */
export function tile(a: usize, b: usize, k: i32, from: usize, fromStep: usize, to: usize, toStep: usize): void {
  let c00 = v128.load(from), c01 = v128.load(from, 16); from += fromStep;
  let c10 = v128.load(from), c11 = v128.load(from, 16); from += fromStep;
  let c20 = v128.load(from), c21 = v128.load(from, 16); from += fromStep;
  let c30 = v128.load(from), c31 = v128.load(from, 16); from += fromStep;
  let c40 = v128.load(from), c41 = v128.load(from, 16); from += fromStep;
  let c50 = v128.load(from), c51 = v128.load(from, 16);
  const end = a + <usize>k * 24;
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a); c00 = madd(x, b0, c00); c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4); c10 = madd(x, b0, c10); c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8); c20 = madd(x, b0, c20); c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12); c30 = madd(x, b0, c30); c31 = madd(x, b1, c31);
    x = v128.load32_splat(a, 16); c40 = madd(x, b0, c40); c41 = madd(x, b1, c41);
    x = v128.load32_splat(a, 20); c50 = madd(x, b0, c50); c51 = madd(x, b1, c51);
    a += 24;
    b += 32;
  }
  v128.store(to, c00); v128.store(to, c01, 16); to += toStep;
  v128.store(to, c10); v128.store(to, c11, 16); to += toStep;
  v128.store(to, c20); v128.store(to, c21, 16); to += toStep;
  v128.store(to, c30); v128.store(to, c31, 16); to += toStep;
  v128.store(to, c40); v128.store(to, c41, 16); to += toStep;
  v128.store(to, c50); v128.store(to, c51, 16);
}

/** A tile at the edge: h x w of C goes through the scratch tile. */
function edgeTile(a: usize, b: usize, k: i32, C: usize, ldc: i32, h: i32, w: i32, add: bool, scratch: usize): void {
  memory.fill(scratch, 0, MR * NR * 4);
  if (add) {
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) store<f32>(at(scratch, y * NR + x), load<f32>(at(C, y * ldc + x)));
  }
  tile(a, b, k, scratch, 32, scratch, 32);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) store<f32>(at(C, y * ldc + x), load<f32>(at(scratch, y * NR + x)));
}

/** C[m,n] (+)= A[m,k] times a B packed by packB. `work` holds gemmWorkFloats() floats. */
export function gemmPacked(
  A: usize, rs: i32, cs: i32, packed: usize, C: usize, ldc: i32, m: i32, k: i32, n: i32, add: bool, work: usize,
): void {
  const panels = (n + NR - 1) / NR;
  const scratch = at(work, MC * KC);
  const zeros = scratch + MR * NR * 4;
  const step = <usize>ldc << 2;
  v128.store(zeros, f32x4.splat(0));
  v128.store(zeros, f32x4.splat(0), 16);
  if (k == 0 && !add) for (let i = 0; i < m; i++) memory.fill(at(C, i * ldc), 0, <usize>n << 2);
  for (let kb = 0; kb < k; kb += KC) {
    const kc = min(KC, k - kb);
    const Bk = at(packed, kb * panels * NR);
    const fromC = add || kb > 0;
    for (let ib = 0; ib < m; ib += MC) {
      const mc = min(MC, m - ib);
      packA(at(A, ib * rs + kb * cs), rs, cs, mc, kc, work);
      for (let panel = 0; panel < panels; panel++) {
        const j = panel * NR;
        const w = min(NR, n - j);
        const b = at(Bk, panel * kc * NR);
        for (let i = 0; i < mc; i += MR) {
          const a = at(work, i * kc);
          const c = at(C, (ib + i) * ldc + j);
          const h = min(MR, mc - i);
          if (w == NR && h == MR) tile(a, b, kc, fromC ? c : zeros, fromC ? step : 0, c, step);
          else edgeTile(a, b, kc, c, ldc, h, w, fromC, scratch);
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function put(c: usize, x: v128, add: bool): void {
  v128.store(c, add ? f32x4.add(v128.load(c), x) : x);
}

/** One row: c[n] (+)= a[k] B[k,n] with the columns of B contiguous (row stride rs); nothing is packed. */
export function gemvRow(a: usize, as_: i32, B: usize, rs: i32, c: usize, k: i32, n: i32, add: bool): void {
  const sa = <usize>as_ << 2, sb = <usize>rs << 2;
  let j = 0;
  for (; j + 16 <= n; j += 16) {
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    let x = a, b = at(B, j);
    for (let p = 0; p < k; p++) {
      const v = v128.load32_splat(x);
      s0 = madd(v, v128.load(b), s0);
      s1 = madd(v, v128.load(b, 16), s1);
      s2 = madd(v, v128.load(b, 32), s2);
      s3 = madd(v, v128.load(b, 48), s3);
      x += sa;
      b += sb;
    }
    put(at(c, j), s0, add);
    put(at(c, j + 4), s1, add);
    put(at(c, j + 8), s2, add);
    put(at(c, j + 12), s3, add);
  }
  for (; j < n; j++) {
    let s: f32 = 0;
    let x = a, b = at(B, j);
    for (let p = 0; p < k; p++) {
      s += load<f32>(x) * load<f32>(b);
      x += sa;
      b += sb;
    }
    store<f32>(at(c, j), add ? load<f32>(at(c, j)) + s : s);
  }
}
