import { expect, test } from 'vitest';
import { createSparseTable } from '../../src/training/sparse-adam.ts';

test('a row that every step touches moves as Adam says', () => {
  // Adam with a constant gradient g: m-hat = g and v-hat = g^2, so each step moves by rate * sign(g).
  const table = createSparseTable(Float32Array.of(1, 1, 5, 5), 2);
  for (let step = 1; step <= 3; step++) {
    table.accumulate(0, Float32Array.of(0.5, -2), 0, 1);
    table.step(0.1);
    expect(table.values[0]).toBeCloseTo(1 - 0.1 * step, 5);
    expect(table.values[1]).toBeCloseTo(1 + 0.1 * step, 5);
  }
  expect([table.values[2], table.values[3]]).toEqual([5, 5]);
});

test('gradients of one row add up within a step, and are gone after it', () => {
  const once = createSparseTable(Float32Array.of(1), 1);
  once.accumulate(0, Float32Array.of(9, 0.75), 1, 2);
  const twice = createSparseTable(Float32Array.of(1), 1);
  twice.accumulate(0, Float32Array.of(0.5), 0, 1);
  twice.accumulate(0, Float32Array.of(1), 0, 1);
  for (const table of [once, twice]) table.step(0.01);
  expect(twice.values[0]).toBe(once.values[0]);
  const before = twice.values[0];
  twice.step(0.01);
  expect(twice.values[0]).toBe(before);
});

test('more rows than were reserved at first', () => {
  const table = createSparseTable(new Float32Array(5_000), 1);
  for (let row = 0; row < 5_000; row++) table.accumulate(row, Float32Array.of(row % 2 === 0 ? 1 : -1), 0, 1);
  table.step(0.1);
  for (let row = 0; row < 5_000; row++) expect(table.values[row]).toBeCloseTo(row % 2 === 0 ? -0.1 : 0.1, 5);
});

test('refuses values that are no whole number of rows', () => {
  expect(() => createSparseTable(new Float32Array(7), 2)).toThrow(/7 values/);
});
