import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topK } from '../../src/math/top-k.ts';

/** The readable twin: sort everything, then cut. */
const sortedTopK = (values: Float32Array, k: number): number[] =>
  [...values.keys()]
    .filter((i) => !Number.isNaN(values[i]))
    .sort((a, b) => (values[a] === values[b] ? a - b : values[b] > values[a] ? 1 : -1))
    .slice(0, k);

describe('topK', () => {
  it('gives the best first and ties by lower index', () => {
    expect([...topK(Float32Array.of(1, 3, 2, 3, 0), 3)]).toEqual([1, 3, 2]);
    expect([...topK(Float32Array.of(5, 5, 5, 5), 2)]).toEqual([0, 1]);
  });

  it('never selects NaN, and may come back short', () => {
    expect([...topK(Float32Array.of(Number.NaN, 1, Number.NaN, -Infinity), 4)]).toEqual([1, 3]);
    expect([...topK(Float32Array.of(Number.NaN), 1)]).toEqual([]);
  });

  it('gives none for k = 0 and for no values, and refuses what is no count', () => {
    expect([...topK(Float32Array.of(1, 2), 0)]).toEqual([]);
    expect([...topK(new Float32Array(0), 5)]).toEqual([]);
    expect(() => topK(Float32Array.of(1), -1)).toThrow(RangeError);
    expect(() => topK(Float32Array.of(1), 1.5)).toThrow(RangeError);
  });

  it('equals a full sort', () => {
    const value = fc.oneof(
      fc.integer({ min: -3, max: 3 }), // many ties
      fc.float(),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), fc.nat(220), (numbers, k) => {
        const values = Float32Array.from(numbers);
        expect([...topK(values, k)]).toEqual(sortedTopK(values, k));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
