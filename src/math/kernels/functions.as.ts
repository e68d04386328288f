// exp, log, tanh and friends on four lanes. Polynomials after the Cephes library's single-precision
// functions (S. Moshier), within a few units in the last place; NaN stays NaN.
//
// Constants are read from memory: newer engines build a vector constant anew at each use, with two
// instructions of the one port that shuffles, which made exp half as fast.
import { madd } from './lanes.as';

// smallest and largest argument, 1 / ln 2, 1.5 * 2^23, -ln 2 in two parts, the polynomial, 1
const EXP: usize = memory.data<f32>([
  -104, 89, 1.44269504, 12582912, -0.693359375, 2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
]);
const EXPONENT_BIAS: usize = memory.data<i32>([127]);

// smallest normal number, 2^23, sqrt 2, 1/2, 1, the polynomial, -1/2, ln 2 in two parts
const LOG: usize = memory.data<f32>([
  1.17549435e-38, 8388608, 1.41421356, 0.5, 1,
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
  -0.5, -2.12194440e-4, 0.693359375,
]);

// the polynomial, 1, 2, where it ends
const TANH: usize = memory.data<f32>([
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1, 1, 2, 0.625,
]);

/** The i-th number of a table in all four lanes. */
// @ts-ignore: decorator
@inline
function all(table: usize, i: i32): v128 {
  return v128.load32_splat(table + (<usize>i << 2));
}

/** e^x: overflows to Infinity beyond 88.73 and passes through the denormals to 0 below -87.3. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmax and pmin in this order let a NaN through
  x = f32x4.pmin(f32x4.pmax(x, all(EXP, 0)), all(EXP, 1));
  // adding 1.5 * 2^23 rounds to the nearest whole number and leaves it in the low bits
  const round = all(EXP, 3);
  const t = madd(x, all(EXP, 2), round);
  const n = i32x4.sub(t, round);
  const z = f32x4.sub(t, round);
  let r = madd(z, all(EXP, 4), x);
  r = madd(z, all(EXP, 5), r);
  let p = madd(r, all(EXP, 6), all(EXP, 7));
  p = madd(p, r, all(EXP, 8));
  p = madd(p, r, all(EXP, 9));
  p = madd(p, r, all(EXP, 10));
  p = madd(p, r, all(EXP, 11));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), all(EXP, 12));
  // 2^n in two halves, each of which has an exponent in range
  const n1 = i32x4.shr_s(n, 1);
  const n2 = i32x4.sub(n, n1);
  const bias = all(EXPONENT_BIAS, 0);
  p = f32x4.mul(p, i32x4.shl(i32x4.add(n1, bias), 23));
  return f32x4.mul(p, i32x4.shl(i32x4.add(n2, bias), 23));
}

/** Natural logarithm: -Infinity at 0, NaN below, right for denormals. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, all(LOG, 0));
  const scaled = v128.bitselect(f32x4.mul(x, all(LOG, 1)), x, tiny);
  let e = i32x4.sub(i32x4.shr_u(scaled, 23), all(EXPONENT_BIAS, 0));
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)));
  const one = all(LOG, 4);
  let m = v128.or(v128.and(scaled, i32x4.splat(0x7fffff)), one);
  const high = f32x4.gt(m, all(LOG, 2));
  m = v128.bitselect(f32x4.mul(m, all(LOG, 3)), m, high);
  e = i32x4.sub(e, high); // the mask is -1
  const f = f32x4.sub(m, one);
  const s = f32x4.mul(f, f);
  const k = f32x4.convert_i32x4_s(e);
  let p = madd(f, all(LOG, 5), all(LOG, 6));
  p = madd(p, f, all(LOG, 7));
  p = madd(p, f, all(LOG, 8));
  p = madd(p, f, all(LOG, 9));
  p = madd(p, f, all(LOG, 10));
  p = madd(p, f, all(LOG, 11));
  p = madd(p, f, all(LOG, 12));
  p = madd(p, f, all(LOG, 13));
  p = f32x4.mul(p, f32x4.mul(s, f));
  p = madd(k, all(LOG, 15), p);
  p = madd(s, all(LOG, 14), p);
  p = madd(k, all(LOG, 16), f32x4.add(f, p));
  p = v128.bitselect(p, x, f32x4.lt(x, f32x4.splat(Infinity))); // Infinity and NaN stay
  p = v128.bitselect(f32x4.splat(NaN), p, f32x4.lt(x, f32x4.splat(0)));
  return v128.bitselect(f32x4.splat(-Infinity), p, f32x4.eq(x, f32x4.splat(0)));
}

/** log(1 + y) for y >= 0, right to the last bits also where 1 + y rounds y away. */
// @ts-ignore: decorator
@inline
export function log1pPositive4(y: v128): v128 {
  const one = all(LOG, 4);
  const u = f32x4.add(y, one);
  return f32x4.add(log4(u), f32x4.div(f32x4.sub(y, f32x4.sub(u, one)), u));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const s = f32x4.mul(x, x);
  let p = madd(s, all(TANH, 0), all(TANH, 1));
  p = madd(p, s, all(TANH, 2));
  p = madd(p, s, all(TANH, 3));
  p = madd(p, s, all(TANH, 4));
  p = madd(p, f32x4.mul(s, x), x);
  const e = exp4(f32x4.add(size, size));
  const one = all(TANH, 5);
  const far = f32x4.sub(one, f32x4.div(all(TANH, 6), f32x4.add(e, one)));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(p, v128.or(far, sign), f32x4.lt(size, all(TANH, 7)));
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = all(EXP, 12);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** log(1 + e^x) */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), log1pPositive4(exp4(f32x4.neg(f32x4.abs(x)))));
}
