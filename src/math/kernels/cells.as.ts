// The loops of an inverted file: the int8 scan of a few cells, and the nearest centroid of each row.
import { scanWide, widen } from './int8.as';

/**
 * Scans the cells `cells[0, count)`, whose rows lie at [starts[cell], starts[cell + 1]), one after the other:
 * out[i] = scale * scales[row] * (q[d] . codes[row, d]) and rows[i] = row for the i-th row met. `wide` as in
 * scanInt8. One call for all cells, because a cell takes a few microseconds.
 */
export function scanCells(
  q: usize, codes: usize, scales: usize, starts: usize, cells: usize, count: i32, d: i32, scale: f32,
  out: usize, rows: usize, wide: usize,
): void {
  widen(q, d, wide);
  for (let c = 0; c < count; c++) {
    const at = starts + (<usize>load<u32>(cells + (<usize>c << 2)) << 2);
    const from = load<i32>(at);
    const n = load<i32>(at, 4) - from;
    scanWide(wide, codes + <usize>from * <usize>d, d, n, d, scale, scales + (<usize>from << 2), out);
    out += <usize>n << 2;
    let row = i32x4.add(i32x4.splat(from), i32x4(0, 1, 2, 3));
    const four = i32x4.splat(4);
    let i = 0;
    for (; i + 4 <= n; i += 4) {
      v128.store(rows, row);
      row = i32x4.add(row, four);
      rows += 16;
    }
    for (; i < n; i++) {
      store<i32>(rows, from + i);
      rows += 4;
    }
  }
}

/**
 * ids[i] = the first j at which x[i, j] + bias[j] is largest, best[i] = that sum; NaN is passed over, and a row of
 * nothing else gives 0 and -Infinity.
 */
export function argMaxRows(x: usize, bias: usize, m: i32, n: i32, ids: usize, best: usize): void {
  const whole = n & ~3;
  for (let i = 0; i < m; i++) {
    let top = f32x4.splat(-Infinity);
    let where = i32x4.splat(0);
    let at = i32x4(0, 1, 2, 3);
    const four = i32x4.splat(4);
    for (let j = 0; j < whole; j += 4) {
      const p = <usize>j << 2;
      const s = f32x4.add(v128.load(x + p), v128.load(bias + p));
      const above = f32x4.gt(s, top);
      top = v128.bitselect(s, top, above);
      where = v128.bitselect(at, where, above);
      at = i32x4.add(at, four);
    }
    let most = f32x4.extract_lane(top, 0);
    let id = i32x4.extract_lane(where, 0);
    for (let lane = 1; lane < 4; lane++) {
      const value = lane == 1 ? f32x4.extract_lane(top, 1) : lane == 2 ? f32x4.extract_lane(top, 2) : f32x4.extract_lane(top, 3);
      const place = lane == 1 ? i32x4.extract_lane(where, 1) : lane == 2 ? i32x4.extract_lane(where, 2) : i32x4.extract_lane(where, 3);
      if (value > most || (value == most && place < id)) {
        most = value;
        id = place;
      }
    }
    for (let j = whole; j < n; j++) {
      const p = <usize>j << 2;
      const s = load<f32>(x + p) + load<f32>(bias + p);
      if (s > most) {
        most = s;
        id = j;
      }
    }
    store<i32>(ids + (<usize>i << 2), id);
    store<f32>(best + (<usize>i << 2), most);
    x += <usize>n << 2;
  }
}
