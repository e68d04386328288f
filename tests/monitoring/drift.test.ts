import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { kolmogorovSmirnov } from '../../src/math/two-samples.ts';
import { createDriftWindow, driftOf, snapshotOf } from '../../src/monitoring/drift.ts';

const normals = (n: number, label: string): Float64Array => {
  const rng = createRng(5).fork(label);
  return Float64Array.from({ length: n }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += rng.next();
    return sum;
  });
};

const moment = { at: 0 };
const clock = { now: () => moment.at };

/** Six features: five continuous, one flag. */
const NAMES = ['a', 'b', 'c', 'd', 'e', 'flag'];
const rowsOf = (n: number, label: string, shift = 0): number[][] => {
  const columns = NAMES.map((name) => normals(n, `${label}/${name}`));
  return Array.from({ length: n }, (_, i) =>
    columns.map((column, c) => (c === 5 ? Number(column[i] > 0.8) : column[i] + (c === 2 ? shift : 0))),
  );
};
const PAGES = 400;
const snapshots = NAMES.map((name, c) =>
  snapshotOf(
    name,
    rowsOf(PAGES, 'before').map((row) => row[c]),
    PAGES,
  ),
);
const driftAfter = (rows: readonly number[][]) => {
  const window = createDriftWindow(snapshots, { clock });
  for (const row of rows) window.add(row);
  return driftOf(snapshots, window.counts());
};

describe('drift', () => {
  it('is said of nothing while nothing changes: at most one window in 200', () => {
    // 0.001 a window is promised at most; 3 or more of 200 has a probability under 0.002
    let accused = 0;
    for (let run = 0; run < 200; run++) {
      if (driftAfter(rowsOf(300, `same${run}`)).some(({ drifted }) => drifted)) accused += 1;
    }
    expect(accused).toBeLessThan(2);
  });

  it('finds the one feature that moved by a standard deviation, every time', () => {
    for (let run = 0; run < 40; run++) {
      const found = driftAfter(rowsOf(300, `moved${run}`, 1));
      expect(found.filter(({ drifted }) => drifted).map(({ name }) => name)).toEqual(['c']);
    }
  });

  it('finds a flag that changed its share', () => {
    const flipped = rowsOf(300, 'flag').map((row) => row.map((value, c) => (c === 5 ? 1 - value : value)));
    expect(driftAfter(flipped).find(({ name }) => name === 'flag')).toMatchObject({ drifted: true });
  });

  it('says nothing of too few pages', () => {
    const few = driftAfter(rowsOf(50, 'few', 3));
    expect(few.map(({ n, psi, drifted }) => ({ n, psi, drifted }))).toEqual(
      NAMES.map(() => ({ n: 50, psi: Number.NaN, drifted: false })),
    );
  });

  it('has a distance within a bin of that of the values', () => {
    const rows = rowsOf(300, 'distance', 0.5);
    const exact = kolmogorovSmirnov(
      rowsOf(PAGES, 'before')
        .map((row) => row[2])
        .sort((a, b) => a - b),
      rows.map((row) => row[2]).sort((a, b) => a - b),
    );
    const { distance } = driftAfter(rows)[2];
    expect(distance).toBeLessThanOrEqual(exact + 1e-12);
    expect(exact - distance).toBeLessThan(0.06);
  });

  it('counts what is no number and what is out of range', () => {
    const rows = rowsOf(200, 'odd').map((row, i) =>
      row.map((value, c) => (c === 0 && i < 20 ? Number.NaN : c === 1 && i < 50 ? 99 : value)),
    );
    const [a, b] = driftAfter(rows);
    expect(a).toMatchObject({ n: 180, missingShare: 0.1 });
    expect(b.outsideShare).toBeCloseTo(0.25, 1);
  });

  it('forgets what is older than the window, and adds up windows of two processes', () => {
    moment.at = 10_000_000;
    const [one, other] = [createDriftWindow(snapshots, { clock }), createDriftWindow(snapshots, { clock })];
    for (const row of rowsOf(120, 'one', 2)) one.add(row);
    for (const row of rowsOf(120, 'other', 2)) other.add(row);
    const both = one.counts().map((count, i) => count + other.counts()[i]);
    expect(driftOf(snapshots, both)[2]).toMatchObject({ n: 240, drifted: true });
    moment.at += 3_600_001;
    expect(driftOf(snapshots, one.counts())[2].n).toBe(0);
  });

  it('refuses a snapshot of nothing', () => {
    expect(() => snapshotOf('empty', [Number.NaN], 3)).toThrow(/empty: expected finite values/);
  });
});
