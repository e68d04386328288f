// exp, log, tanh and friends on four lanes. Polynomials after the Cephes library's single-precision
// functions (S. Moshier), within a few units in the last place; NaN stays NaN.
import { madd } from './lanes.as';

// @ts-ignore: decorator
@inline
function c(value: f32): v128 {
  return f32x4.splat(value);
}

/** e^x: overflows to Infinity beyond 88.73 and passes through the denormals to 0 below -87.3. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // pmax and pmin in this order let a NaN through
  x = f32x4.pmin(f32x4.pmax(x, c(-104)), c(89));
  // adding 1.5 * 2^23 rounds to the nearest whole number and leaves it in the low bits
  const t = madd(x, c(1.44269504), c(12582912));
  const n = i32x4.sub(t, i32x4.splat(0x4b400000));
  const z = f32x4.sub(t, c(12582912));
  let r = madd(z, c(-0.693359375), x);
  r = madd(z, c(2.12194440e-4), r);
  let p = madd(r, c(1.9875691500e-4), c(1.3981999507e-3));
  p = madd(p, r, c(8.3334519073e-3));
  p = madd(p, r, c(4.1665795894e-2));
  p = madd(p, r, c(1.6666665459e-1));
  p = madd(p, r, c(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), c(1));
  // 2^n in two halves, each of which has an exponent in range
  const n1 = i32x4.shr_s(n, 1);
  const n2 = i32x4.sub(n, n1);
  const one = i32x4.splat(127);
  p = f32x4.mul(p, i32x4.shl(i32x4.add(n1, one), 23));
  return f32x4.mul(p, i32x4.shl(i32x4.add(n2, one), 23));
}

/** Natural logarithm: -Infinity at 0, NaN below, right for denormals. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, c(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, c(8388608)), x, tiny);
  let e = i32x4.sub(i32x4.shr_u(scaled, 23), i32x4.splat(127));
  e = i32x4.sub(e, v128.and(tiny, i32x4.splat(23)));
  let m = v128.or(v128.and(scaled, i32x4.splat(0x7fffff)), i32x4.splat(0x3f800000));
  const high = f32x4.gt(m, c(1.41421356));
  m = v128.bitselect(f32x4.mul(m, c(0.5)), m, high);
  e = i32x4.sub(e, high); // the mask is -1
  const f = f32x4.sub(m, c(1));
  const s = f32x4.mul(f, f);
  const k = f32x4.convert_i32x4_s(e);
  let p = madd(f, c(7.0376836292e-2), c(-1.1514610310e-1));
  p = madd(p, f, c(1.1676998740e-1));
  p = madd(p, f, c(-1.2420140846e-1));
  p = madd(p, f, c(1.4249322787e-1));
  p = madd(p, f, c(-1.6668057665e-1));
  p = madd(p, f, c(2.0000714765e-1));
  p = madd(p, f, c(-2.4999993993e-1));
  p = madd(p, f, c(3.3333331174e-1));
  p = f32x4.mul(p, f32x4.mul(s, f));
  p = madd(k, c(-2.12194440e-4), p);
  p = madd(s, c(-0.5), p);
  p = madd(k, c(0.693359375), f32x4.add(f, p));
  p = v128.bitselect(p, x, f32x4.lt(x, c(Infinity))); // Infinity and NaN stay
  p = v128.bitselect(c(NaN), p, f32x4.lt(x, c(0)));
  return v128.bitselect(c(-Infinity), p, f32x4.eq(x, c(0)));
}

/** log(1 + y) for y >= 0, right to the last bits also where 1 + y rounds y away. */
// @ts-ignore: decorator
@inline
export function log1pPositive4(y: v128): v128 {
  const u = f32x4.add(y, c(1));
  return f32x4.add(log4(u), f32x4.div(f32x4.sub(y, f32x4.sub(u, c(1))), u));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const s = f32x4.mul(x, x);
  let p = madd(s, c(-5.70498872745e-3), c(2.06390887954e-2));
  p = madd(p, s, c(-5.37397155531e-2));
  p = madd(p, s, c(1.33314422036e-1));
  p = madd(p, s, c(-3.33332819422e-1));
  p = madd(p, f32x4.mul(s, x), x);
  const e = exp4(f32x4.add(size, size));
  const far = f32x4.sub(c(1), f32x4.div(c(2), f32x4.add(e, c(1))));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(p, v128.or(far, sign), f32x4.lt(size, c(0.625)));
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(c(1), f32x4.add(c(1), exp4(f32x4.neg(x))));
}

/** log(1 + e^x) */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  return f32x4.add(f32x4.max(x, c(0)), log1pPositive4(exp4(f32x4.neg(f32x4.abs(x)))));
}
