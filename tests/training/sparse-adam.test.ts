import { expect, test } from 'vitest';
import { createRng } from '../../src/domain/rng.ts';
import { sharedKernels } from '../../src/math/kernels/kernels.ts';
import { type Bags, createSparseTable } from '../../src/training/sparse-adam.ts';

/** One bag for each list of [row, weight]. */
const bagsOf = (...bags: (readonly (readonly [row: number, weight: number])[])[]): Bags => ({
  ids: Uint32Array.from(bags.flat(), ([row]) => row),
  weights: Float32Array.from(bags.flat(), ([, weight]) => weight),
  offsets: Uint32Array.from({ length: bags.length + 1 }, (_, b) => bags.slice(0, b).flat().length),
});

test('bags are weighted sums of rows, an empty one zeros', () => {
  const table = createSparseTable(Float32Array.of(1, 2, 10, 20), 2);
  const bags = bagsOf(
    [[1, 0.5]],
    [],
    [
      [0, 1],
      [1, -1],
      [0, 2],
    ],
  );
  expect([...table.lookUp(bags)]).toEqual([5, 10, 0, 0, -7, -14]);
  table.free();
});

test('a row that every step touches moves as Adam says, the others stay', () => {
  // Adam with a constant gradient g: m-hat = g and v-hat = g^2, so each step moves by rate * sign(g).
  const table = createSparseTable(Float32Array.of(1, 1, 5, 5), 2);
  for (let step = 1; step <= 3; step++) {
    table.learn(bagsOf([[0, 1]], []), Float32Array.of(0.5, -2, 9, 9), 0.1);
    expect(table.values[0]).toBeCloseTo(1 - 0.1 * step, 5);
    expect(table.values[1]).toBeCloseTo(1 + 0.1 * step, 5);
  }
  expect([table.values[2], table.values[3]]).toEqual([5, 5]);
  table.free();
});

test('gradients of one row add up by their weights within a step, and are gone after it', () => {
  const once = createSparseTable(new Float32Array(3), 1);
  const twice = createSparseTable(new Float32Array(3), 1);
  // 2 * 0.75 = 1 * 0.5 + 4 * 0.25; a second step then tells sizes apart, which the first does not
  once.learn(bagsOf([[2, 2]]), Float32Array.of(0.75), 0.01);
  twice.learn(bagsOf([[2, 1]], [[2, 4]]), Float32Array.of(0.5, 0.25), 0.01);
  for (const table of [once, twice]) table.learn(bagsOf([[2, 1]]), Float32Array.of(-0.1), 0.01);
  expect(once.values[2]).not.toBe(0);
  expect(twice.values[2]).toBe(once.values[2]);
  for (const table of [once, twice]) table.free();
});

test('many steps with rows that come and go agree with plain loops', () => {
  const [rows, size, rate] = [50, 6, 0.05];
  const rng = createRng(8);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => rng.next() - 0.5);
  const initial = draw(rows * size);
  const table = createSparseTable(initial, size);
  const [p, m, v] = [
    Float64Array.from(initial),
    new Float64Array(rows * size),
    new Float64Array(rows * size),
  ];
  for (let step = 1; step <= 20; step++) {
    const bags = bagsOf(
      ...Array.from({ length: 8 }, () =>
        Array.from(
          { length: Math.floor(4 * rng.next()) },
          () => [Math.floor(rows * rng.next()), rng.next()] as const,
        ),
      ),
    );
    const gradient = draw(8 * size);
    table.learn(bags, gradient, rate);
    const sums = new Map<number, Float64Array>();
    for (let b = 0; b < 8; b++) {
      for (let l = bags.offsets[b]; l < bags.offsets[b + 1]; l++) {
        const sum = sums.get(bags.ids[l]) ?? new Float64Array(size);
        for (let d = 0; d < size; d++) sum[d] += bags.weights[l] * gradient[b * size + d];
        sums.set(bags.ids[l], sum);
      }
    }
    for (const [row, sum] of sums) {
      sum.forEach((g, d) => {
        const at = row * size + d;
        m[at] = 0.9 * m[at] + 0.1 * g;
        v[at] = 0.999 * v[at] + 0.001 * g * g;
        p[at] -=
          (rate * Math.sqrt(1 - 0.999 ** step) * m[at]) / (1 - 0.9 ** step) / (Math.sqrt(v[at]) + 1e-8);
      });
    }
  }
  // 20 steps of 0.05 in float32, whose last bits differ
  for (let i = 0; i < p.length; i++) expect(Math.abs(table.values[i] - p[i])).toBeLessThan(1e-4);
  table.free();
});

test('gives its memory back, and holds none between calls', () => {
  const { arena } = sharedKernels();
  const before = arena.bytesInUse;
  const table = createSparseTable(new Float32Array(4_000), 4);
  const held = arena.bytesInUse;
  for (let i = 0; i < 10; i++) table.learn(bagsOf([[i, 1]]), Float32Array.of(1, 1, 1, 1), 0.1);
  expect(() => table.lookUp(bagsOf([[1_000, 1]]))).toThrow(RangeError);
  expect(arena.bytesInUse).toBe(held);
  table.free();
  expect(arena.bytesInUse).toBe(before);
});

test('refuses values that are no whole number of rows', () => {
  expect(() => createSparseTable(new Float32Array(7), 2)).toThrow(/7 values/);
});
