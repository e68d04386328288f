// A packed lower triangle in float64: forward substitution for many right-hand sides at once, and updates of the triangle.
// Lanes are right-hand sides, or rows, so each sees the operations, in the order, of a plain loop: no relaxed SIMD here,
// and the same bits on every machine.

// @ts-ignore: decorator
@inline
function pair(x: usize, y: usize, at: usize, pull: v128): v128 {
  return f64x2.sub(f64x2(<f64>load<f32>(x + at), <f64>load<f32>(y + at)), pull);
}

// @ts-ignore: decorator
@inline
function take(s: v128, entry: v128, w: usize): v128 {
  return f64x2.sub(s, f64x2.mul(entry, v128.load(w)));
}

// @ts-ignore: decorator
@inline
function addTo(sum: usize, by: v128): void {
  v128.store(sum, f64x2.add(v128.load(sum), by));
}

// @ts-ignore: decorator
@inline
function finish(s: v128, inverse: v128, z: v128, w: usize, mean: usize, square: usize): void {
  const solved = f64x2.mul(s, inverse);
  v128.store(w, solved);
  addTo(mean, f64x2.mul(solved, z));
  addTo(square, f64x2.mul(solved, solved));
}

/**
 * rows[i, a] = (L^-1 (x_a - pull))_i for i from `from` on, where L is packed by rows and x is [n, d] (f32); then
 * means[a] = sum_i rows[i, a] z[i] and squares[a] = sum_i rows[i, a]^2. `lanes` is n rounded up to a multiple of 4:
 * the lanes beyond n repeat the last right-hand side.
 */
export function solveLower(
  factor: usize, z: usize, pull: usize, x: usize, n: i32, from: i32, d: i32,
  lanes: i32, rows: usize, means: usize, squares: usize,
): void {
  memory.fill(means, 0, <usize>lanes << 3);
  memory.fill(squares, 0, <usize>lanes << 3);
  let a = 0;
  for (; a + 12 <= lanes; a += 12) {
    twelve(factor, z, pull, x, a, n, from, d, lanes, rows, means, squares);
  }
  for (; a < lanes; a += 4) {
    four(factor, z, pull, x, a, n, from, d, lanes, rows, means, squares);
  }
}

// @ts-ignore: decorator
@inline
function rowOf(x: usize, a: i32, n: i32, d: i32): usize {
  return x + ((<usize>min(a, n - 1) * <usize>d) << 2);
}

function four(
  factor: usize, z: usize, pull: usize, x: usize, a: i32, n: i32, from: i32, d: i32,
  lanes: i32, rows: usize, means: usize, squares: usize,
): void {
  const x0 = rowOf(x, a, n, d), x1 = rowOf(x, a + 1, n, d), x2 = rowOf(x, a + 2, n, d), x3 = rowOf(x, a + 3, n, d);
  const lane = <usize>a << 3, step = <usize>lanes << 3;
  const mean = means + lane, square = squares + lane;
  for (let i = from; i < d; i++) {
    const line = factor + ((<usize>i * <usize>(i + 1)) << 2);
    const p = v128.load64_splat(pull + (<usize>i << 3));
    const at = <usize>i << 2;
    let s0 = pair(x0, x1, at, p), s1 = pair(x2, x3, at, p);
    let w = rows + lane + <usize>from * step;
    for (let j = from; j < i; j++, w += step) {
      const entry = v128.load64_splat(line + (<usize>j << 3));
      s0 = take(s0, entry, w);
      s1 = take(s1, entry, w + 16);
    }
    const inverse = f64x2.splat(1 / load<f64>(line + (<usize>i << 3)));
    const zi = v128.load64_splat(z + (<usize>i << 3));
    finish(s0, inverse, zi, w, mean, square);
    finish(s1, inverse, zi, w + 16, mean + 16, square + 16);
  }
}

function twelve(
  factor: usize, z: usize, pull: usize, x: usize, a: i32, n: i32, from: i32, d: i32,
  lanes: i32, rows: usize, means: usize, squares: usize,
): void {
  const x0 = rowOf(x, a, n, d), x1 = rowOf(x, a + 1, n, d), x2 = rowOf(x, a + 2, n, d), x3 = rowOf(x, a + 3, n, d);
  const x4 = rowOf(x, a + 4, n, d), x5 = rowOf(x, a + 5, n, d), x6 = rowOf(x, a + 6, n, d), x7 = rowOf(x, a + 7, n, d);
  const x8 = rowOf(x, a + 8, n, d), x9 = rowOf(x, a + 9, n, d), xa = rowOf(x, a + 10, n, d), xb = rowOf(x, a + 11, n, d);
  const lane = <usize>a << 3, step = <usize>lanes << 3;
  const mean = means + lane, square = squares + lane;
  for (let i = from; i < d; i++) {
    const line = factor + ((<usize>i * <usize>(i + 1)) << 2);
    const p = v128.load64_splat(pull + (<usize>i << 3));
    const at = <usize>i << 2;
    let s0 = pair(x0, x1, at, p), s1 = pair(x2, x3, at, p), s2 = pair(x4, x5, at, p);
    let s3 = pair(x6, x7, at, p), s4 = pair(x8, x9, at, p), s5 = pair(xa, xb, at, p);
    let w = rows + lane + <usize>from * step;
    for (let j = from; j < i; j++, w += step) {
      const entry = v128.load64_splat(line + (<usize>j << 3));
      s0 = take(s0, entry, w);
      s1 = take(s1, entry, w + 16);
      s2 = take(s2, entry, w + 32);
      s3 = take(s3, entry, w + 48);
      s4 = take(s4, entry, w + 64);
      s5 = take(s5, entry, w + 80);
    }
    const inverse = f64x2.splat(1 / load<f64>(line + (<usize>i << 3)));
    const zi = v128.load64_splat(z + (<usize>i << 3));
    finish(s0, inverse, zi, w, mean, square);
    finish(s1, inverse, zi, w + 16, mean + 16, square + 16);
    finish(s2, inverse, zi, w + 32, mean + 32, square + 32);
    finish(s3, inverse, zi, w + 48, mean + 48, square + 48);
    finish(s4, inverse, zi, w + 64, mean + 64, square + 64);
    finish(s5, inverse, zi, w + 80, mean + 80, square + 80);
  }
}

/** A turn is three numbers: how much of an entry is kept, of u taken, and of the entry then taken from u. */
const TURN: usize = 24;

// @ts-ignore: decorator
@inline
function two(x: usize, y: usize): v128 {
  return v128.load64_lane(y, v128.load64_zero(x), 1);
}

/** Turns the entries [from, to) of a row, and gives what is left of its u. */
// @ts-ignore: decorator
@inline
function turnRow(line: usize, from: i32, to: i32, u: f64, turns: usize): f64 {
  for (let j = from; j < to; j++) {
    const at = line + (<usize>j << 3), turn = turns + <usize>j * TURN;
    const entry = load<f64>(at);
    store<f64>(at, load<f64>(turn) * entry + load<f64>(turn, 8) * u);
    u -= load<f64>(turn, 16) * entry;
  }
  return u;
}

/** Turns the first i entries of the rows i to i + 3, of which `line` is the first, leaving their u in `rest`. */
// @ts-ignore: decorator
@inline
function turnFour(line: usize, i: i32, rest: usize, turns: usize): void {
  const row = (<usize>i + 1) << 3;
  const line1 = line + row, line2 = line1 + row + 8, line3 = line2 + row + 16;
  let u01 = v128.load(rest), u23 = v128.load(rest, 16);
  for (let j: usize = 0, end = <usize>i << 3; j < end; j += 8, turns += TURN) {
    const e01 = two(line + j, line1 + j), e23 = two(line2 + j, line3 + j);
    const keep = v128.load64_splat(turns), take = v128.load64_splat(turns, 8), pull = v128.load64_splat(turns, 16);
    const n01 = f64x2.add(f64x2.mul(keep, e01), f64x2.mul(take, u01));
    const n23 = f64x2.add(f64x2.mul(keep, e23), f64x2.mul(take, u23));
    u01 = f64x2.sub(u01, f64x2.mul(pull, e01));
    u23 = f64x2.sub(u23, f64x2.mul(pull, e23));
    v128.store64_lane(line + j, n01, 0);
    v128.store64_lane(line1 + j, n01, 1);
    v128.store64_lane(line2 + j, n23, 0);
    v128.store64_lane(line3 + j, n23, 1);
  }
  v128.store(rest, u01);
  v128.store(rest, u23, 16);
}

/**
 * L, packed by rows, becomes the factor of L L^T + x x^T, and z = L^-1 b that of b + x y; gives what is left of y.
 * `turns` holds 3 d doubles of work; x is used up.
 */
export function rotateIn(factor: usize, z: usize, x: usize, d: i32, y: f64, turns: usize): f64 {
  let square: f64 = 1, length: f64 = 1; // of (1, p)
  let line = factor;
  for (let i = 0, begun = 0; i < d; i++) {
    const rest = x + (<usize>i << 3), at = line + (<usize>i << 3), turn = turns + <usize>i * TURN;
    if ((i & 3) == 0) {
      const whole = i + 4 <= d;
      if (whole) turnFour(line, i, rest, turns);
      begun = whole ? i : 0;
    }
    const pivot = load<f64>(at);
    const p = turnRow(line, begun, i, load<f64>(rest), turns) * (1 / pivot);
    square += p * p;
    const longer = sqrt(square);
    store<f64>(turn, length / longer);
    store<f64>(turn, p / (length * longer), 8);
    store<f64>(turn, p, 16);
    store<f64>(at, (pivot * longer) / length);
    length = longer;
    line = at + 8;
  }
  return turnRow(z, 0, d, y, turns) / length;
}
