import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverage, giniOfExposure, intraListDiversity, novelty } from '../../src/evaluation/list-metrics.ts';

describe('coverage', () => {
  it('counts each item of the catalogue once', () => {
    expect(coverage([Uint32Array.of(0, 1, 2), Uint32Array.of(2, 3)], 8)).toBe(0.5);
    expect(coverage([], 8)).toBe(0);
    expect(() => coverage([], 0)).toThrow(RangeError);
  });
});

/** The readable twin: every pair. */
const byPairs = (list: readonly number[], vectors: Float32Array, size: number): number => {
  let sum = 0;
  let pairs = 0;
  for (let i = 0; i < list.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = vectors.subarray(list[i] * size, (list[i] + 1) * size);
      const b = vectors.subarray(list[j] * size, (list[j] + 1) * size);
      let dot = 0;
      for (let d = 0; d < size; d++) dot += a[d] * b[d];
      const lengths = Math.hypot(...a) * Math.hypot(...b);
      sum += 1 - (lengths === 0 ? 0 : dot / lengths);
      pairs++;
    }
  }
  return sum / pairs;
};

describe('intraListDiversity', () => {
  const vectors = Float32Array.of(1, 0, 0, 2, 3, 0, -1, 0, 0, 0); // east, north, east, west, nowhere

  it('by hand', () => {
    expect(intraListDiversity([0, 2], vectors, 2)).toBeCloseTo(0, 12);
    expect(intraListDiversity([0, 1], vectors, 2)).toBeCloseTo(1, 12);
    expect(intraListDiversity([0, 3], vectors, 2)).toBeCloseTo(2, 12);
    expect(intraListDiversity([0, 1, 2], vectors, 2)).toBeCloseTo(2 / 3, 12);
    expect(intraListDiversity([0, 4], vectors, 2)).toBeCloseTo(1, 12);
    expect(intraListDiversity([0], vectors, 2)).toBeNaN();
  });

  it('equals the mean over pairs', () => {
    const value = fc.integer({ min: -3, max: 3 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 12, maxLength: 12 }), (numbers) => {
        const drawn = Float32Array.from(numbers);
        expect(intraListDiversity([0, 1, 2, 3], drawn, 3)).toBeCloseTo(byPairs([0, 1, 2, 3], drawn, 3), 10);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('giniOfExposure', () => {
  it('by hand', () => {
    expect(
      giniOfExposure(
        [
          [0, 1],
          [2, 3],
        ],
        4,
      ),
    ).toBeCloseTo(0, 12);
    expect(giniOfExposure([[2], [2], [2]], 4)).toBeCloseTo(3 / 4, 12);
    expect(giniOfExposure([[0, 1], [0]], 3)).toBeCloseTo(4 / 9, 12); // 0, 1, 2: (-2 * 0 + 0 * 1 + 2 * 2) / (3 * 3)
    expect(giniOfExposure([], 4)).toBeNaN();
    expect(() => giniOfExposure([[4]], 4)).toThrow('item 4: expected a row below 4');
  });

  it('is the mean difference of all pairs over twice the mean, whatever the items are called', () => {
    const lists = fc.array(fc.uniqueArray(fc.nat(6), { minLength: 1 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lists, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), (drawn, names) => {
        const exposures = Array.from(
          { length: 7 },
          (_, item) => drawn.flat().filter((i) => i === item).length,
        );
        let differences = 0;
        for (const x of exposures) for (const y of exposures) differences += Math.abs(x - y);
        const gini = giniOfExposure(drawn, 7);
        expect(gini).toBeCloseTo(differences / (2 * 7 * drawn.flat().length), 12);
        expect(
          giniOfExposure(
            drawn.map((list) => list.map((item) => names[item])),
            7,
          ),
        ).toBeCloseTo(gini, 12);
        expect(gini).toBeGreaterThanOrEqual(-1e-12);
        expect(gini).toBeLessThanOrEqual(6 / 7 + 1e-12);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('novelty', () => {
  it('is the mean of the bits: of 8 users 8, 2, 1 and none took the items', () => {
    const takers = [8, 2, 1, 0];
    expect(novelty([0, 1], takers, 8)).toBe((0 + 2) / 2);
    expect(novelty([2, 3], takers, 8)).toBe(3);
    expect(novelty([], takers, 8)).toBeNaN();
  });
});
