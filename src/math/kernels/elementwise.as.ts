// Element by element, one export per operation. The operation is a constant inside an inlined loop, so
// each export is a loop of its own. Tails go through the same four-lane code, one element at a time:
// an element has the same bits wherever it stands.
import { exp4, log4, sigmoid4, softplus4, tanh4 } from './functions.as';

const enum Unary {
  abs, neg, square, sqrt, rsqrt, reciprocal, exp, log, sigmoid, tanh, softplus, relu, relu6, step, sign, floor, ceil, round, elu,
}

const enum Binary { add, sub, mul, div, maximum, minimum, squaredDifference }

// @ts-ignore: decorator
@inline
function c(value: f32): v128 {
  return f32x4.splat(value);
}

// @ts-ignore: decorator
@inline
function one(op: Unary, x: v128): v128 {
  if (op == Unary.abs) return f32x4.abs(x);
  if (op == Unary.neg) return f32x4.neg(x);
  if (op == Unary.square) return f32x4.mul(x, x);
  if (op == Unary.sqrt) return f32x4.sqrt(x);
  if (op == Unary.rsqrt) return f32x4.div(c(1), f32x4.sqrt(x));
  if (op == Unary.reciprocal) return f32x4.div(c(1), x);
  if (op == Unary.exp) return exp4(x);
  if (op == Unary.log) return log4(x);
  if (op == Unary.sigmoid) return sigmoid4(x);
  if (op == Unary.tanh) return tanh4(x);
  if (op == Unary.softplus) return softplus4(x);
  if (op == Unary.relu) return f32x4.max(c(0), x);
  if (op == Unary.relu6) return f32x4.min(c(6), f32x4.max(c(0), x));
  // 1 above 0, else 0; NaN stays
  if (op == Unary.step) return v128.or(v128.and(f32x4.gt(x, c(0)), c(1)), v128.and(f32x4.ne(x, x), x));
  if (op == Unary.sign) {
    const up = v128.and(f32x4.gt(x, c(0)), c(1));
    const down = v128.and(f32x4.lt(x, c(0)), c(-1));
    return v128.or(v128.or(up, down), v128.and(f32x4.ne(x, x), x));
  }
  if (op == Unary.floor) return f32x4.floor(x);
  if (op == Unary.ceil) return f32x4.ceil(x);
  if (op == Unary.round) return f32x4.nearest(x);
  return v128.bitselect(f32x4.sub(exp4(x), c(1)), x, f32x4.lt(x, c(0))); // elu
}

// @ts-ignore: decorator
@inline
function map(op: Unary, x: usize, out: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  const whole = x + (<usize>(n & ~3) << 2);
  while (x < whole) {
    v128.store(out, one(op, v128.load(x)));
    x += 16;
    out += 16;
  }
  while (x < end) {
    v128.store_lane<f32>(out, one(op, v128.load32_splat(x)), 0);
    x += 4;
    out += 4;
  }
}

export function unary_abs(x: usize, out: usize, n: i32): void { map(Unary.abs, x, out, n); }
export function unary_neg(x: usize, out: usize, n: i32): void { map(Unary.neg, x, out, n); }
export function unary_square(x: usize, out: usize, n: i32): void { map(Unary.square, x, out, n); }
export function unary_sqrt(x: usize, out: usize, n: i32): void { map(Unary.sqrt, x, out, n); }
export function unary_rsqrt(x: usize, out: usize, n: i32): void { map(Unary.rsqrt, x, out, n); }
export function unary_reciprocal(x: usize, out: usize, n: i32): void { map(Unary.reciprocal, x, out, n); }
export function unary_exp(x: usize, out: usize, n: i32): void { map(Unary.exp, x, out, n); }
export function unary_log(x: usize, out: usize, n: i32): void { map(Unary.log, x, out, n); }
export function unary_sigmoid(x: usize, out: usize, n: i32): void { map(Unary.sigmoid, x, out, n); }
export function unary_tanh(x: usize, out: usize, n: i32): void { map(Unary.tanh, x, out, n); }
export function unary_softplus(x: usize, out: usize, n: i32): void { map(Unary.softplus, x, out, n); }
export function unary_relu(x: usize, out: usize, n: i32): void { map(Unary.relu, x, out, n); }
export function unary_relu6(x: usize, out: usize, n: i32): void { map(Unary.relu6, x, out, n); }
export function unary_step(x: usize, out: usize, n: i32): void { map(Unary.step, x, out, n); }
export function unary_sign(x: usize, out: usize, n: i32): void { map(Unary.sign, x, out, n); }
export function unary_floor(x: usize, out: usize, n: i32): void { map(Unary.floor, x, out, n); }
export function unary_ceil(x: usize, out: usize, n: i32): void { map(Unary.ceil, x, out, n); }
export function unary_round(x: usize, out: usize, n: i32): void { map(Unary.round, x, out, n); }
export function unary_elu(x: usize, out: usize, n: i32): void { map(Unary.elu, x, out, n); }

// @ts-ignore: decorator
@inline
function two(op: Binary, a: v128, b: v128): v128 {
  if (op == Binary.add) return f32x4.add(a, b);
  if (op == Binary.sub) return f32x4.sub(a, b);
  if (op == Binary.mul) return f32x4.mul(a, b);
  if (op == Binary.div) return f32x4.div(a, b);
  if (op == Binary.maximum) return f32x4.max(a, b);
  if (op == Binary.minimum) return f32x4.min(a, b);
  const d = f32x4.sub(a, b);
  return f32x4.mul(d, d); // squaredDifference
}

/**
 * out[m, n] = a op b, where each operand has a stride from row to row (any, 0 repeats the row) and from
 * column to column (1, or 0 for a column vector or a scalar).
 */
// @ts-ignore: decorator
@inline
function zip(op: Binary, A: usize, ar: i32, ac: i32, B: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void {
  const whole = n & ~3;
  for (let i = 0; i < m; i++) {
    let a = A + (<usize>(i * ar) << 2), b = B + (<usize>(i * br) << 2);
    const end = out + (<usize>n << 2), wholeEnd = out + (<usize>whole << 2);
    if (ac == 1 && bc == 1) {
      for (; out < wholeEnd; out += 16) {
        v128.store(out, two(op, v128.load(a), v128.load(b)));
        a += 16;
        b += 16;
      }
    } else if (ac == 1) {
      const y = v128.load32_splat(b);
      for (; out < wholeEnd; out += 16) {
        v128.store(out, two(op, v128.load(a), y));
        a += 16;
      }
    } else if (bc == 1) {
      const x = v128.load32_splat(a);
      for (; out < wholeEnd; out += 16) {
        v128.store(out, two(op, x, v128.load(b)));
        b += 16;
      }
    } else {
      const r = two(op, v128.load32_splat(a), v128.load32_splat(b));
      for (; out < wholeEnd; out += 16) v128.store(out, r);
    }
    const sa = <usize>ac << 2, sb = <usize>bc << 2;
    for (; out < end; out += 4) {
      v128.store_lane<f32>(out, two(op, v128.load32_splat(a), v128.load32_splat(b)), 0);
      a += sa;
      b += sb;
    }
  }
}

export function binary_add(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.add, a, ar, ac, b, br, bc, out, m, n); }
export function binary_sub(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.sub, a, ar, ac, b, br, bc, out, m, n); }
export function binary_mul(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.mul, a, ar, ac, b, br, bc, out, m, n); }
export function binary_div(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.div, a, ar, ac, b, br, bc, out, m, n); }
export function binary_maximum(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.maximum, a, ar, ac, b, br, bc, out, m, n); }
export function binary_minimum(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.minimum, a, ar, ac, b, br, bc, out, m, n); }
export function binary_squaredDifference(a: usize, ar: i32, ac: i32, b: usize, br: i32, bc: i32, out: usize, m: i32, n: i32): void { zip(Binary.squaredDifference, a, ar, ac, b, br, bc, out, m, n); }
