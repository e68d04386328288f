import { expect, test } from 'vitest';
import { interactionsOf } from '../../../src/domain/interactions.ts';
import { createRng } from '../../../src/domain/rng.ts';
import { normaliseRows, splitHistories, throughScaling } from '../../../src/training/id-towers/tower.ts';

const train = interactionsOf([[0, 1, 2, 3], [], [4], [1, 3]], 5);
const everyone = Uint32Array.of(0, 1, 2, 3);
const rule = { weights: Float64Array.of(1, 2, 1, 1, 5), halfLife: 0 };

test('a whole history is a mean by weight, and all of it is to be found', () => {
  const { shown, starts, targets } = splitHistories(train, everyone, rule);
  expect(Array.from(shown.ids)).toEqual([0, 1, 2, 3, 4, 1, 3]);
  expect(Array.from(shown.offsets)).toEqual([0, 4, 4, 5, 7]);
  const wanted = [1 / 5, 2 / 5, 1 / 5, 1 / 5, 1, 2 / 3, 1 / 3];
  for (const [i, weight] of wanted.entries()) expect(shown.weights[i]).toBeCloseTo(weight, 6);
  expect([Array.from(starts), Array.from(targets)]).toEqual([
    Array.from(shown.offsets),
    Array.from(shown.ids),
  ]);
});

test('what lies a half-life back counts half', () => {
  const even = { weights: new Float64Array(5).fill(1), halfLife: 1 };
  const { weights } = splitHistories(train, Uint32Array.of(0), even).shown;
  for (const [i, share] of [1, 2, 4, 8].entries()) expect(weights[i]).toBeCloseTo(share / 15, 6);
});

test.each([0, 0.5, 0.9])('shown with chance %f, each item is on one side, and none is empty', (chance) => {
  const rng = createRng(1);
  let seen = 0;
  for (let draw = 0; draw < 400; draw++) {
    const { shown, starts, targets } = splitHistories(train, everyone, rule, {
      chance,
      uniform: () => rng.next(),
    });
    const sides = (b: number) => [
      Array.from(shown.ids.subarray(shown.offsets[b], shown.offsets[b + 1])),
      Array.from(targets.subarray(starts[b], starts[b + 1])),
    ];
    const [first, others] = sides(0);
    expect([...first, ...others].sort()).toEqual([0, 1, 2, 3]);
    expect(Math.min(first.length, others.length)).toBeGreaterThan(0);
    expect(sides(1)).toEqual([[], []]);
    expect(sides(2)).toEqual([[], [4]]);
    expect(sides(3).map((side) => side.length)).toEqual([1, 1]);
    seen += first.length;
  }
  // of four items one always shows and two more by chance; standard error under .036
  expect(Math.abs(seen / 400 - (1 + 2 * chance))).toBeLessThan(0.15);
});

test('gradients through the scaling are finite differences, and a row of zeros stays', () => {
  const raw = Float32Array.of(3, 4, 0, 0);
  const pull = Float32Array.of(0.3, -0.7, 1, 1);
  const value = (x: number, y: number): number => (0.3 * x - 0.7 * y) / Math.hypot(x, y);
  const vectors = raw.slice();
  const scales = normaliseRows(vectors, 2);
  const gradient = pull.slice();
  throughScaling(gradient, vectors, scales, 2);
  const step = 1e-4;
  expect(gradient[0]).toBeCloseTo((value(3 + step, 4) - value(3 - step, 4)) / (2 * step), 4);
  expect(gradient[1]).toBeCloseTo((value(3, 4 + step) - value(3, 4 - step)) / (2 * step), 4);
  expect([vectors[0], vectors[2], scales[1], gradient[2]]).toEqual([Math.fround(0.6), 0, 0, 0]);
});
